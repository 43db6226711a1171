#include "model/two_pass.h"

#include "core/error.h"
#include "model/pass.h"
#include "model/state.h"
#include "tensor/backward.h"
#include "tensor/leaf.h"
#include "tensor/passes.h"
#include "tensor/tape.h"

#include <stdlib.h>
#include <string.h>

/* Some posts of a batch as a batch of their own, with all that encoders read. */
typedef struct part {
    axf_batch batch;
    axf_features features;
    int32_t from;
    int32_t *token_offset; /* [micro + 1] */
    int64_t *pixel_offset;
} part;

static int encodes_again(const axf_model *model)
{
    int again = 0;
    for (int32_t i = 0; i < model->loss_count; i++) {
        again |= model->loss[i].facts.second_pass != 0;
    }
    return again;
}

static void part_init(part *p, const axf_two_pass *step)
{
    const size_t count = (size_t)step->micro + 1;
    *p = (part){.token_offset = axf_tape_memory(step->tape, count * sizeof *p->token_offset),
                .pixel_offset = axf_tape_memory(step->tape, count * sizeof *p->pixel_offset)};
}

static const float *skip(const float *values, int64_t count)
{
    return values != NULL ? values + count : NULL;
}

static void part_features(part *p, const axf_features *whole)
{
    const int64_t from = p->from;
    p->features = *whole;
    p->features.row_values = skip(whole->row_values, from * whole->rows * whole->width);
    p->features.first_values = skip(whole->first_values, from * whole->width);
    p->features.pooled_values = skip(whole->pooled_values, from * whole->pooled_width);
    p->batch.features = &p->features;
}

/* Takes up to `micro` posts of the whole, beginning with post `from`. Targets and columns are left out: only losses read
 * them, and losses see the whole. */
static void part_take(part *p, const axf_batch *whole, int32_t from, int32_t micro)
{
    const int32_t n = micro < whole->posts - from ? micro : whole->posts - from;
    p->from = from;
    p->batch = (axf_batch){.posts = n,
                           .batch_posts = whole->batch_posts,
                           .slots = whole->slots + from,
                           .step = whole->step,
                           .ids = whole->ids != NULL ? whole->ids + from : NULL,
                           .feature_ids = whole->feature_ids != NULL ? whole->feature_ids + from : NULL,
                           .learned = whole->learned != NULL ? whole->learned + from : NULL,
                           .dataset = whole->dataset};
    if (whole->token_offset != NULL) {
        const int32_t first = whole->token_offset[from];
        for (int32_t b = 0; b <= n; b++) {
            p->token_offset[b] = whole->token_offset[from + b] - first;
        }
        p->batch.token_offset = p->token_offset;
        p->batch.token_ids = whole->token_ids + first;
        p->batch.token_types = whole->token_types != NULL ? whole->token_types + first : NULL;
    }
    if (whole->pixels != NULL) {
        const int64_t first = whole->pixel_offset[from];
        for (int32_t b = 0; b <= n; b++) {
            p->pixel_offset[b] = whole->pixel_offset[from + b] - first;
        }
        p->batch.pixel_offset = p->pixel_offset;
        p->batch.pixels = whole->pixels + first;
        p->batch.height = whole->height + from;
        p->batch.width = whole->width + from;
    }
    if (whole->features != NULL) {
        part_features(p, whole->features);
    }
}

static void scope_begin(const axf_two_pass *step)
{
    step->pass->ops->scope_begin(step->pass);
}

static void scope_end(const axf_two_pass *step, const axf_state *kept)
{
    axf_tensor *tensors[AXF_STATE_MAX];
    const int32_t count = kept != NULL ? (int32_t)kept->count : 0;
    for (int32_t i = 0; i < count; i++) {
        tensors[i] = kept->item[i].tensor;
    }
    step->pass->ops->scope_end(step->pass, tensors, count);
}

/* Encodes one side of every part. What a part was made of is gone when the next one begins. */
static axf_status encode_parts(axf_two_pass *step, int side, int again, axf_state *states)
{
    part p;
    part_init(&p, step);
    axf_status status = AXF_OK;
    for (int32_t from = 0; from < step->batch->posts && status == AXF_OK; from += step->micro) {
        axf_state *state = &states[from / step->micro];
        part_take(&p, step->batch, from, step->micro);
        scope_begin(step);
        status = axf_model_encode(step->model, step->tape, &p.batch, side, again, state);
        scope_end(step, state);
    }
    return status;
}

static axf_status join_states(axf_two_pass *step, const axf_state *states, int32_t parts, axf_state *joined)
{
    axf_tensor **tensors = axf_tape_memory(step->tape, (size_t)parts * sizeof(axf_tensor *));
    *joined = (axf_state){.struct_size = sizeof *joined};
    axf_status status = AXF_OK;
    for (uint32_t i = 0; i < states[0].count && status == AXF_OK; i++) {
        for (int32_t k = 0; k < parts; k++) {
            tensors[k] = axf_state_find(&states[k], states[0].item[i].name);
        }
        joined->item[i].name = states[0].item[i].name;
        joined->item[joined->count++].tensor = axf_leaf_join(step->tape, tensors, parts);
        status = axf_tape_status(step->tape);
    }
    return status;
}

static axf_status encode_side(axf_two_pass *step, int side, int again)
{
    const int32_t parts = (step->batch->posts + step->micro - 1) / step->micro;
    axf_state *states = axf_tape_memory(step->tape, (size_t)parts * sizeof *states),
              *joined = &step->encoded.state[again][side];
    scope_begin(step);
    axf_status status = encode_parts(step, side, again, states);
    if (status == AXF_OK) {
        status = join_states(step, states, parts, joined);
    }
    scope_end(step, joined);
    return status;
}

axf_status axf_two_pass_forward(axf_two_pass *step, axf_model *model, axf_tape *tape, const axf_batch *batch,
                                int32_t micro, axf_outputs *outputs)
{
    *step = (axf_two_pass){.model = model, .tape = tape, .batch = batch, .micro = micro};
    const axf_pass_settings settings = {.component = "step", .scope = AXF_PASS_FIRST, .step = batch->step};
    step->pass = axf_tape_pass(tape, &settings);
    scope_begin(step); /* ends in backward, when only the gradients of the leaves are left */
    axf_tape_pause_recording(tape);
    for (int again = 0; again <= encodes_again(model); again++) {
        for (int side = 0; side < AXF_SIDES; side++) {
            AXF_TRY(encode_side(step, side, again));
        }
    }
    axf_tape_resume_recording(tape);
    return axf_model_run_encoded(model, tape, batch, &step->encoded, outputs);
}

static int takes_gradient(const axf_state *leaves)
{
    int takes = 0;
    for (uint32_t i = 0; i < leaves->count; i++) {
        takes |= leaves->item[i].tensor->wants_gradient;
    }
    return takes;
}

/* Encodes one side of one part again, recorded, and goes backward from the gradients of its states. */
static axf_status backward_part(axf_two_pass *step, const part *p, int side, int again)
{
    const axf_state *joined = &step->encoded.state[again][side];
    if (!takes_gradient(joined)) {
        return AXF_OK;
    }
    axf_tensor *leaves[AXF_STATE_MAX], *outputs[AXF_STATE_MAX];
    axf_state state;
    scope_begin(step);
    AXF_TRY(axf_model_encode(step->model, step->tape, &p->batch, side, again, &state));
    for (uint32_t i = 0; i < joined->count; i++) {
        leaves[i] = joined->item[i].tensor;
        outputs[i] = axf_state_find(&state, joined->item[i].name);
        if (outputs[i] == NULL) {
            return axf_fail(AXF_ERR_PLUGIN, "an encoder gave no '%s' in the second pass", joined->item[i].name);
        }
    }
    AXF_TRY(axf_leaf_backward(step->tape, leaves, p->from, outputs, (int32_t)joined->count));
    scope_end(step, NULL);
    return AXF_OK;
}

axf_status axf_two_pass_backward(axf_two_pass *step, axf_tensor *total)
{
    AXF_TRY(axf_tape_backward(step->tape, total, 1, NULL, NULL));
    scope_end(step, NULL);
    part p;
    part_init(&p, step);
    axf_status status = AXF_OK;
    for (int32_t from = 0; from < step->batch->posts && status == AXF_OK; from += step->micro) {
        part_take(&p, step->batch, from, step->micro);
        for (int k = 0; k < 2 * AXF_SIDES && status == AXF_OK; k++) {
            status = backward_part(step, &p, k % AXF_SIDES, k / AXF_SIDES);
        }
    }
    return status;
}
