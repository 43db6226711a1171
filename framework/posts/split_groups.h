/* Drawing splits in which groups of posts, such as those of an account, stay whole. */
#ifndef AXF_POSTS_SPLIT_GROUPS_H
#define AXF_POSTS_SPLIT_GROUPS_H

#include "posts/posts.h"

/* Draws splits like axf_split_draw (posts/split.h), but keeps each group in one split. A group is all posts with the
 * same word in the dataset's text column `column`; a post without a word is a group of its own. Large groups are placed
 * first; groups whose sizes have the same power of two are placed in an order that depends on the seed. Each group goes
 * to the split whose class counts it brings nearest to what the fractions ask for, so the sizes of splits are only near
 * f n. Splits that the data names stay, with a warning where they divide a group. AXF_ERR_SPEC: there is no such
 * column. */
axf_status axf_split_draw_groups(axf_posts *posts, uint64_t seed, const double fractions[3], int stratify,
                                 const char *column);

#endif
