/* Drawing splits, nested subsets and the orders of epochs. All draws are counter-based, so each can be repeated without
 * the others. */
#ifndef AXF_POSTS_SPLIT_H
#define AXF_POSTS_SPLIT_H

#include "posts/posts.h"

/* Sets *given to 1 when every post has a split, and to 0 when none has. AXF_ERR_DATA when only some have one; the
 * message names the first post without. */
axf_status axf_split_given(const axf_posts *posts, int *given);

/* Gives every post a split when none has one (AXF_ERR_DATA as above). `fractions` are those of train, val and test,
 * with sum 1: train and val get floor(f n) posts, test gets the rest. With `stratify` each class is divided in the same
 * proportions, by largest remainder. The draws depend on nothing but the seed. */
axf_status axf_split_draw(axf_posts *posts, uint64_t seed, const double fractions[3], int stratify);

/* Keeps `size` train posts and sets the split of the other train posts to AXF_SPLIT_NONE. Subsets are stratified and
 * nested: with the same seed, a subset of 500 contains the subset of 200. */
axf_status axf_split_subset(axf_posts *posts, uint64_t seed, int32_t size);

/* The order of an epoch: shuffles index[0 … count-1] in place, uniformly. The order depends on the seed and the
 * epoch. */
void axf_order_shuffle(int32_t *index, int32_t count, uint64_t seed, int32_t epoch);

/* weights[k] = n / (K · count_k) over the train posts, computed in double and stored as float. A class without a post
 * gets 0, and the log names it. */
void axf_class_weights(const axf_posts *posts, float *weights);

/* The same where posts have several labels: weights[k] = (n - count_k) / count_k, the weight of a post with label k
 * where a post without it has weight 1. A label that no train post has gets 1, and the log names it. */
void axf_label_weights(const axf_posts *posts, float *weights);

#endif
