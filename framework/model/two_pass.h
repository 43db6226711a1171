/* A step in two passes (gradient caching): losses that compare all posts of a batch, encoders that run in
 * micro-batches.
 *
 * First pass: each micro-batch through the encoders, nothing recorded; the states of all are put together. Fusion,
 * classifier and losses then run once over the whole batch, as in a step that is not split, and backward as far as the
 * states. Second pass: each micro-batch through the encoders again, with the same draws, and backward from the
 * gradients of its states. So memory holds the activations of the encoders for one micro-batch and one side only, for
 * the price of a second run of the encoders that are trained. */
#ifndef AXF_MODEL_TWO_PASS_H
#define AXF_MODEL_TWO_PASS_H

#include "model/pass.h"

typedef struct axf_two_pass {
    axf_model *model;
    axf_tape *tape;
    const axf_batch *batch; /* the whole */
    int32_t micro;          /* posts of a micro-batch */
    const axf_pass *pass;   /* for scopes */
    axf_encoded encoded;    /* leaves */
} axf_two_pass;

/* Inside axf_tape_begin/end, recording (or planning), with gradients that are kept. The batch outlives the step; set
 * outputs->pairs before. What outputs hold can be read until backward. */
axf_status axf_two_pass_forward(axf_two_pass *step, axf_model *model, axf_tape *tape, const axf_batch *batch,
                                int32_t micro, axf_outputs *outputs);
axf_status axf_two_pass_backward(axf_two_pass *step, axf_tensor *total);

#endif
