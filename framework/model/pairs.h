/* The pairs of texts and images that a loss drew in a step, for the trace. */
#ifndef AXF_MODEL_PAIRS_H
#define AXF_MODEL_PAIRS_H

#include <stdint.h>

typedef struct axf_pairs { /* all zeros: none, and no memory */
    int32_t count, capacity;
    int32_t *text, *image, *match; /* [count] posts of the batch; match 1: the two belong together */
} axf_pairs;

/* Makes room for `count` pairs. axf_pairs_set does so where a loss draws more. */
void axf_pairs_reserve(axf_pairs *pairs, int32_t count);

/* Copies `count` pairs in the place of those that were there. */
void axf_pairs_set(axf_pairs *pairs, int32_t count, const int32_t *text, const int32_t *image, const int32_t *match);

void axf_pairs_free(axf_pairs *pairs);

#endif
