/* A control experiment: labels that have nothing to do with their posts. */
#ifndef AXF_POSTS_SHUFFLE_LABELS_H
#define AXF_POSTS_SHUFFLE_LABELS_H

#include "posts/posts.h"

/* Permutes the targets (or sets of labels) among the posts of a split, so that the number of posts of each class stays
 * the same. The permutation depends on the seed and the split. */
void axf_labels_shuffle(axf_posts *posts, uint64_t seed, int32_t split);

#endif
