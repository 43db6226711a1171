#include "model/forward.h"

#include "tensor/passes.h"

const axf_pass *axf_forward_pass(const axf_forward *f, const char *component, int32_t scope, uint32_t wanted,
                                 int32_t posts, const int32_t *slots)
{
    const axf_pass_settings settings = {.component = component,
                                        .training = f->live,
                                        .scope = f->training ? scope : AXF_PASS_EVALUATION,
                                        .wanted = wanted,
                                        .posts = posts,
                                        .slots = slots,
                                        .step = f->batch->step,
                                        .record = f->training};
    return axf_tape_pass(f->tape, &settings);
}

const axf_pass *axf_forward_encoder_pass(const axf_forward *f, const char *component, int frozen, int32_t scope,
                                         uint32_t wanted, int32_t posts, const int32_t *slots)
{
    const int all = f->model->experiment->defects & AXF_DEFECT_FROZEN_IN_TRAIN_MODE;
    const int through = f->model->learned_vector != NULL ||
                        f->model->learned_pooled != NULL; /* gradients go through to a learned vector */
    const axf_pass_settings settings = {.component = component,
                                        .training = f->live && (!frozen || all),
                                        .scope = f->training ? scope : AXF_PASS_EVALUATION,
                                        .wanted = wanted,
                                        .posts = posts,
                                        .slots = slots,
                                        .step = f->batch->step,
                                        .record = !f->training || (frozen && !through) ? AXF_RECORD_NOTHING
                                                  : all || frozen                      ? AXF_RECORD
                                                                                       : AXF_RECORD_TRAINED};
    return axf_tape_pass(f->tape, &settings);
}
