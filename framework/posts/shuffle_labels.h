/* A control experiment: labels that have nothing to do with their posts. */
#ifndef AXF_POSTS_SHUFFLE_LABELS_H
#define AXF_POSTS_SHUFFLE_LABELS_H

#include "posts/posts.h"

/* Deals the targets (or label sets) of a split's posts out anew among them; class counts stay. Keyed by seed and split.
 */
void axf_labels_shuffle(axf_posts *posts, uint64_t seed, int32_t split);

#endif
