/* The pass under way: what its pieces (encode.h, join.h, loss_view.h) share. */
#ifndef AXF_MODEL_FORWARD_H
#define AXF_MODEL_FORWARD_H

#include "model/batch.h"
#include "model/model.h"
#include "model/outputs.h"
#include "tensor/tape.h"

typedef struct axf_forward {
    const axf_model *model;
    axf_tape *tape;
    const axf_batch *batch;
    int training; /* 1: a step, which is recorded, and whose random draws are a step's */
    int live;     /* 1: training mode, which means dropout and batch statistics */
    const axf_ops *ops;
    axf_state text, image;
    const axf_encoded *encoded; /* both sides, encoded before; NULL: this pass encodes them */
    axf_outputs *outputs;
} axf_forward;

/* A tape's pass of a component that is not an encoder. `scope` is AXF_PASS_FIRST or SECOND, and is used in a step only;
 * `slots` has `posts` entries. */
const axf_pass *axf_forward_pass(const axf_forward *f, const char *component, int32_t scope, uint32_t wanted,
                                 int32_t posts, const int32_t *slots);

/* A tape's pass of an encoder: as far as it is frozen it is in evaluation mode, except with the defect
 * frozen_in_train_mode. */
const axf_pass *axf_forward_encoder_pass(const axf_forward *f, const char *component, int frozen, int32_t scope,
                                         uint32_t wanted, int32_t posts, const int32_t *slots);

#endif
