/* Drawing splits in which groups of posts, such as those of an account, stay whole. */
#ifndef AXF_POSTS_SPLIT_GROUPS_H
#define AXF_POSTS_SPLIT_GROUPS_H

#include "posts/posts.h"

/* Draws splits as axf_split_draw (posts/split.h) does, with the posts of a group, those with the same word in the dataset's text column `column`, in one split;
 * posts without a word are each alone. Groups are dealt out by size, largest first (those of the same power of two in
 * an order keyed by seed), each to the split whose class counts it brings nearest to what the fractions ask for, so
 * sizes are near f n, not exact. Splits that the data gives stay, and a group that they tear apart is warned of.
 * Errors: no such column. */
axf_status axf_split_draw_groups(axf_posts *posts, uint64_t seed, const double fractions[3], int stratify,
                                 const char *column);

#endif
