/* A step in two passes (gradient caching), for losses that compare all posts of a batch while the encoders run in
 * micro-batches.
 *
 * In the first pass each micro-batch goes through the encoders without being recorded, and the states of all are put
 * together. Fusion, classifier and losses then run once over the whole batch, as in a step that is not split, and
 * backward goes as far as the states. In the second pass each micro-batch goes through the encoders again, with the same
 * random draws, and backward begins at the gradients of its states. So memory holds the activations of the encoders for
 * only one micro-batch and one side, and the price is a second run of the encoders that are trained. */
#ifndef AXF_MODEL_TWO_PASS_H
#define AXF_MODEL_TWO_PASS_H

#include "model/batch.h"
#include "model/outputs.h"
#include "tensor/tape.h"

typedef struct axf_two_pass {
    axf_model *model;
    axf_tape *tape;
    const axf_batch *batch; /* the whole logical batch */
    int32_t micro;          /* posts of a micro-batch */
    const axf_pass *pass;   /* opens and closes the scopes of the step */
    axf_encoded encoded;    /* the states of the whole batch, from which backward goes on in the second pass */
} axf_two_pass;

/* Both run between axf_tape_begin and axf_tape_end of a tape that records or plans, and that keeps gradients. The batch
 * must outlive the step. outputs->pairs is set before, and the tensors of `outputs` can be read until backward. */
axf_status axf_two_pass_forward(axf_two_pass *step, axf_model *model, axf_tape *tape, const axf_batch *batch,
                                int32_t micro, axf_outputs *outputs);
axf_status axf_two_pass_backward(axf_two_pass *step, axf_tensor *total);

#endif
