/* Drawing splits, nested subsets and epoch orders: all by counter-based draws, so each can be replayed alone. */
#ifndef AXF_POSTS_SPLIT_H
#define AXF_POSTS_SPLIT_H

#include "posts/posts.h"

/* *given 1: every post has a split; 0: none has. Some but not all: AXF_ERR_DATA naming the first without. */
axf_status axf_split_given(const axf_posts *posts, int *given);

/* Gives every post a split when none has one (some but not all: an error naming the first without). fractions of train,
 * val, test (sum 1); floor(f n) posts for train and val, test gets the rest; stratified: each class in these
 * proportions, by largest remainder. Keyed by seed alone. */
axf_status axf_split_draw(axf_posts *posts, uint64_t seed, const double fractions[3], int stratify);

/* Keeps `size` train posts (others get AXF_SPLIT_NONE): stratified, and nested: the 500 contain the 200. */
axf_status axf_split_subset(axf_posts *posts, uint64_t seed, int32_t size);

/* Uniform order of an epoch: index[0 … count-1] shuffled in place, keyed by (seed, epoch). */
void axf_order_shuffle(int32_t *index, int32_t count, uint64_t seed, int32_t epoch);

/* weights[k] = n / (K · count_k) over the train posts, in double, then float; a class without a post gets 0 and its
 * name goes to the log. */
void axf_class_weights(const axf_posts *posts, float *weights);

/* The same of several labels a post: weights[k] = (n - count_k) / count_k, what a post with label k counts beside one
 * without it; a label that no train post has gets 1 and its name goes to the log. */
void axf_label_weights(const axf_posts *posts, float *weights);

#endif
