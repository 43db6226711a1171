#include "model/encode.h"

#include "model/learned_image.h"
#include "model/sides.h"
#include "model/state.h"
#include "model/text_input.h"
#include "tensor/ragged.h"
#include "tensor/tape.h"
#include "tensor/transfers.h"

#include <stdlib.h>

/* Frees what a component made during its call, except the tensors of the state that it gave. */
static void end_scope(const axf_pass *pass, const axf_state *state)
{
    axf_tensor *kept[AXF_STATE_MAX];
    for (uint32_t i = 0; i < state->count; i++) {
        kept[i] = state->item[i].tensor;
    }
    pass->ops->scope_end(pass, kept, (int32_t)state->count);
}

static const axf_pass *begin_side(axf_forward *f, int side, int32_t scope)
{
    const axf_model *model = f->model;
    const axf_pass *pass =
        axf_forward_encoder_pass(f, axf_side_instance(model, side)->prefix, axf_side_frozen(model, side), scope,
                                 axf_side_wanted(model, side, scope), f->batch->posts, f->batch->slots);
    pass->ops->scope_begin(pass);
    return pass;
}

static axf_status encode_tokens(axf_forward *f, int32_t scope, const axf_tokens *tokens, axf_state *state)
{
    const axf_pass *pass = begin_side(f, AXF_SIDE_TEXT, scope);
    const axf_status status = axf_side_encode_tokens(f->model, pass, tokens, state);
    end_scope(pass, state);
    return status;
}

axf_status axf_encode_text(axf_forward *f, int32_t scope, axf_state *state)
{
    const axf_model *model = f->model;
    *state = (axf_state){.struct_size = sizeof *state};
    if (!model->has_text) {
        return AXF_OK;
    }
    axf_tokens tokens;
    AXF_TRY(
        axf_text_input_make(f->tape, f->batch, model->fusion_facts.padded_texts ? &model->text_facts : NULL, &tokens));
    return encode_tokens(f, scope, &tokens, state);
}

static axf_status add_features(axf_forward *f, axf_state *state)
{
    const axf_features *features = f->batch->features;
    const int32_t posts = f->batch->posts;
    const int64_t vector[2] = {posts, features->width}, pooled[2] = {posts, features->pooled_width};
    if (features->row_values != NULL) {
        int32_t *offset = axf_tape_memory(f->tape, ((size_t)posts + 1) * sizeof *offset);
        for (int32_t b = 0; b <= posts; b++) {
            offset[b] = b * features->rows;
        }
        const axf_rows *rows = axf_tape_rows(f->tape, posts, offset);
        const int64_t shape[2] = {(int64_t)posts * features->rows, features->width};
        AXF_TRY(axf_state_add(state, "rows", axf_tape_input(f->tape, AXF_F32, 2, shape, features->row_values, rows)));
    }
    if (features->first_values != NULL) {
        AXF_TRY(
            axf_state_add(state, "first", axf_tape_input(f->tape, AXF_F32, 2, vector, features->first_values, NULL)));
    }
    if (features->pooled_values != NULL) {
        AXF_TRY(
            axf_state_add(state, "pooled", axf_tape_input(f->tape, AXF_F32, 2, pooled, features->pooled_values, NULL)));
    }
    return axf_tape_status(f->tape);
}

static axf_images images_of(axf_forward *f)
{
    const axf_batch *batch = f->batch;
    const int64_t elements = batch->pixel_offset[batch->posts];
    int32_t one_size = 1;
    for (int32_t b = 1; b < batch->posts; b++) {
        one_size &= batch->height[b] == batch->height[0] && batch->width[b] == batch->width[0];
    }
    axf_tensor *pixels = axf_tape_input(f->tape, AXF_F32, 1, &elements, batch->pixels, NULL);
    return (axf_images){.struct_size = sizeof(axf_images),
                        .posts = batch->posts,
                        .pixels = pixels,
                        .height = batch->height,
                        .width = batch->width,
                        .offset = batch->pixel_offset,
                        .one_size = one_size};
}

axf_status axf_encode_pictures(axf_forward *f, int32_t scope, axf_state *state)
{
    const axf_model *model = f->model;
    const axf_batch *batch = f->batch;
    *state = (axf_state){.struct_size = sizeof *state};
    if (!model->has_image) {
        return AXF_OK;
    }
    if (batch->features != NULL) {
        return add_features(f, state);
    }
    axf_status status;
    const axf_pass *pass;
    if (model->image_facts.from_pixels) {
        const axf_images images = images_of(f);
        pass = begin_side(f, AXF_SIDE_IMAGE, scope);
        status = axf_side_encode_images(model, pass, &images, state);
    } else {
        pass = begin_side(f, AXF_SIDE_IMAGE, scope);
        status = axf_side_encode_features(model, pass, batch->feature_ids, state);
    }
    end_scope(pass, state);
    return status;
}

axf_status axf_encode_image(axf_forward *f, int32_t scope, axf_state *state)
{
    AXF_TRY(axf_encode_pictures(f, scope, state));
    if (f->model->learned_vector == NULL && f->model->learned_pooled == NULL) {
        return AXF_OK;
    }
    const axf_batch *batch = f->batch;
    const axf_pass *pass = axf_forward_pass(f, "missing_image", scope, 0, batch->posts, batch->slots);
    return axf_learned_image_replace(f->model, pass, batch, f->live, state);
}

axf_status axf_encode_sides(axf_forward *f, int32_t scope, axf_state *text, axf_state *image)
{
    if (f->encoded != NULL) {
        *text = f->encoded->state[scope == AXF_PASS_SECOND][AXF_SIDE_TEXT];
        *image = f->encoded->state[scope == AXF_PASS_SECOND][AXF_SIDE_IMAGE];
        return AXF_OK;
    }
    AXF_TRY(axf_encode_text(f, scope, text));
    return axf_encode_image(f, scope, image);
}
