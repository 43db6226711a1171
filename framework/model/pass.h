/* One pass through the model: texts and images to states, fused vectors, logits and losses. */
#ifndef AXF_MODEL_PASS_H
#define AXF_MODEL_PASS_H

#include "model/batch.h"
#include "model/model.h"
#include "model/outputs.h"
#include "tensor/tape.h"

/* Runs one pass between axf_tape_begin and axf_tape_end. training 1: a step, which drops out and is recorded; 0:
 * evaluation. outputs->pairs is set before. Without targets and labels there are no losses. */
axf_status axf_model_run(axf_model *model, axf_tape *tape, const axf_batch *batch, int training, axf_outputs *outputs);

/* A step's pass in two pieces, for steps in two passes (two_pass.h): the encoder of one side, which gives an empty state
 * where the model lacks the side, and all that comes after the encoders. again 1: the second pass of a loss that encodes
 * everything again. */
axf_status axf_model_encode(axf_model *model, axf_tape *tape, const axf_batch *batch, int side, int again,
                            axf_state *state);
axf_status axf_model_run_encoded(axf_model *model, axf_tape *tape, const axf_batch *batch, const axf_encoded *encoded,
                                 axf_outputs *outputs);

/* One side alone, in evaluation mode. The state holds what model->text_wanted or image_wanted asks for. */
axf_status axf_model_encode_texts(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state);
axf_status axf_model_encode_images(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state);

#endif
