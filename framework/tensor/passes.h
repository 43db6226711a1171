/* Passes: one call of a component within a step, with the posts that it sees and how it is recorded. */
#ifndef AXF_TENSOR_PASSES_H
#define AXF_TENSOR_PASSES_H

#include "tensor/tape.h"

typedef struct axf_pass_settings {
    const char *component; /* full prefix, which keys the random draws: "text", "fusion", "losses.itm" */
    int32_t training, scope;
    uint32_t wanted;
    int32_t posts;
    const int32_t *slots; /* [posts], copied; NULL: 0 … posts-1 */
    int64_t step;
    int32_t record; /* AXF_RECORD_… (tape.h) */
} axf_pass_settings;

/* A pass of the current step, which lives until axf_tape_end. */
const axf_pass *axf_tape_pass(axf_tape *tape, const axf_pass_settings *settings);

#endif
