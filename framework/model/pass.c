#include "model/pass.h"

#include "model/encode.h"
#include "model/join.h"
#include "model/loss_view.h"

static axf_status run_model(axf_forward *f)
{
    const axf_model *model = f->model;
    const axf_batch *batch = f->batch;
    axf_outputs *outputs = f->outputs;
    *outputs = (axf_outputs){.pairs = outputs->pairs};
    f->live = f->training && !model->evaluation_only;
    const axf_pass *head = axf_forward_pass(f, "head", AXF_PASS_FIRST, 0, batch->posts, batch->slots);
    f->ops = head->ops;
    AXF_TRY(axf_encode_sides(f, AXF_PASS_FIRST, &f->text, &f->image));
    axf_joined joined;
    AXF_TRY(axf_join_states(f, AXF_PASS_FIRST, model->join_wanted, batch->posts, batch->slots, &f->text, &f->image,
                            &joined));
    const double rate = model->head_dropout ? model->experiment->head.dropout : 0;
    axf_tensor *dropped = f->ops->dropout(head, joined.fused, rate, "dropout");
    outputs->fused = joined.fused;
    outputs->logits = f->ops->linear(head, dropped, &model->head_weight->tensor, &model->head_bias->tensor, AXF_NONE);
    AXF_TRY(axf_tape_status(f->tape));
    if (batch->targets == NULL && batch->labels == NULL) {
        return AXF_OK;
    }
    return axf_losses_run(f, head, dropped, &joined);
}

axf_status axf_model_run(axf_model *model, axf_tape *tape, const axf_batch *batch, int training, axf_outputs *outputs)
{
    axf_forward f = {.model = model, .tape = tape, .batch = batch, .training = training, .outputs = outputs};
    return run_model(&f);
}

axf_status axf_model_run_encoded(axf_model *model, axf_tape *tape, const axf_batch *batch, const axf_encoded *encoded,
                                 axf_outputs *outputs)
{
    axf_forward f = {
        .model = model, .tape = tape, .batch = batch, .training = 1, .encoded = encoded, .outputs = outputs};
    return run_model(&f);
}

axf_status axf_model_encode(axf_model *model, axf_tape *tape, const axf_batch *batch, int side, int again,
                            axf_state *state)
{
    axf_forward f = {.model = model, .tape = tape, .batch = batch, .training = 1, .live = !model->evaluation_only};
    const int32_t scope = again ? AXF_PASS_SECOND : AXF_PASS_FIRST;
    return side == AXF_SIDE_TEXT ? axf_encode_text(&f, scope, state) : axf_encode_image(&f, scope, state);
}

axf_status axf_model_encode_images(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state)
{
    axf_forward f = {.model = model, .tape = tape, .batch = batch};
    return axf_encode_pictures(&f, AXF_PASS_FIRST, state);
}

axf_status axf_model_encode_texts(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state)
{
    axf_forward f = {.model = model, .tape = tape, .batch = batch};
    return axf_encode_text(&f, AXF_PASS_FIRST, state);
}
