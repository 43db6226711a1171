#include "features/tower.h"

#include "core/error.h"
#include "model/freeze.h"
#include "model/load_weights.h"
#include "model/pass.h"
#include "model/state.h"
#include "plugin/calls.h"
#include "tensor/shape.h"
#include "tensor/transfers.h"

#include <stdlib.h>
#include <string.h>

static void forget(axf_tower *tower)
{
    axf_instance *instance = tower->model->experiment->image.instance;
    axf_call_destroy(instance);
    instance->declared_count = 0;
    instance->rule_count = 0;
    instance->weights_folder = NULL;
    axf_params_free(&tower->model->params);
}

static axf_status declare(axf_tower *tower, uint32_t wanted)
{
    axf_model *model = tower->model;
    axf_instance *instance = model->experiment->image.instance;
    axf_params_init(&model->params, tower->backend, tower->backend_self,
                    model->experiment->top.precision == AXF_SETTING_F64 ? AXF_F64 : AXF_F32);
    tower->wanted = model->image_wanted = wanted;
    AXF_TRY(axf_call_image_declare(instance, &model->params, wanted));
    for (int32_t i = 0; i < instance->declared_count; i++) {
        instance->declared[i]->trained = 0;
    }
    uint8_t *missing = axf_alloc_zero((size_t)instance->declared_count + 1, 1);
    const axf_status found = axf_weights_find_missing(instance, missing);
    tower->new_params = tower->trained_params = 0;
    for (int32_t i = 0; i < instance->declared_count; i++) {
        tower->new_params += missing[i];
        tower->trained_params += axf_freeze_keeps_trained(instance, i, missing[i]);
    }
    free(missing);
    return axf_instance_context(instance, found);
}

axf_status axf_tower_declare(axf_tower *tower, axf_model *model, const axf_backend *backend, void *backend_self)
{
    *tower = (axf_tower){.model = model,
                         .backend = backend,
                         .backend_self = backend_self,
                         .model_params = model->params,
                         .model_wanted = model->image_wanted};
    model->backend = backend;
    model->backend_self = backend_self;
    const uint32_t all = model->image_facts.gives & (AXF_WANT_ROWS | AXF_WANT_FIRST | AXF_WANT_POOLED);
    AXF_TRY(declare(tower, all));
    if (tower->new_params > 0 && (all & AXF_WANT_POOLED) && !(tower->model_wanted & AXF_WANT_POOLED)) {
        forget(tower);
        return declare(tower, all & ~(uint32_t)AXF_WANT_POOLED);
    }
    return AXF_OK;
}

static axf_status load(axf_tower *tower)
{
    axf_model *model = tower->model;
    axf_weights_summary summary;
    AXF_TRY(axf_params_allocate(&model->params));
    AXF_TRY(axf_weights_load(model, model->experiment->image.instance, &summary));
    const axf_tape_settings settings = {.seed = model->experiment->seed};
    return axf_tape_new(tower->backend, tower->backend_self, &model->params, &settings, &tower->tape);
}

static axf_status read_kind(axf_tower *tower, const axf_state *state, int kind, float *out)
{
    const axf_tensor *tensor = axf_state_find(state, axf_feature_names[kind]);
    const size_t values = axf_feature_values(&tower->model->image_facts, kind) * AXF_TOWER_BATCH;
    const size_t there = tensor != NULL ? (size_t)axf_tensor_elements(tensor) : 0;
    if (there < values) {
        return axf_fail(AXF_ERR_PLUGIN, "image encoder: '%s' has %zu values, its facts say %zu",
                        axf_feature_names[kind], there, values);
    }
    if (there == values) {
        return axf_tape_read(tower->tape, tensor, out);
    }
    float *all = axf_alloc(there * sizeof *all); /* rows of padding follow */
    const axf_status status = axf_tape_read(tower->tape, tensor, all);
    memcpy(out, all, values * sizeof *all);
    free(all);
    return status;
}

axf_status axf_tower_run(axf_tower *tower, const float *pixels, float *const out[AXF_FEATURE_KINDS])
{
    const axf_pixel_recipe *recipe = &tower->model->image_facts.recipe;
    int32_t slots[AXF_TOWER_BATCH], height[AXF_TOWER_BATCH], width[AXF_TOWER_BATCH];
    int64_t offset[AXF_TOWER_BATCH + 1] = {0};
    if (tower->tape == NULL) {
        AXF_TRY(load(tower));
    }
    for (int32_t b = 0; b < AXF_TOWER_BATCH; b++) {
        slots[b] = b;
        height[b] = recipe->out_height;
        width[b] = recipe->out_width;
        offset[b + 1] = offset[b] + 3 * (int64_t)height[b] * width[b];
    }
    const axf_batch batch = {.posts = AXF_TOWER_BATCH,
                             .batch_posts = AXF_TOWER_BATCH,
                             .slots = slots,
                             .pixels = pixels,
                             .height = height,
                             .width = width,
                             .pixel_offset = offset};
    axf_state state;
    axf_tape_begin(tower->tape, 0, 0);
    axf_status status = axf_model_encode_images(tower->model, tower->tape, &batch, &state);
    for (int kind = 0; kind < AXF_FEATURE_KINDS && status == AXF_OK; kind++) {
        if (out[kind] != NULL) {
            status = read_kind(tower, &state, kind, out[kind]);
        }
    }
    axf_tape_end(tower->tape);
    return status;
}

void axf_tower_free(axf_tower *tower)
{
    if (tower->tape != NULL) {
        axf_tape_free(tower->tape);
    }
    forget(tower);
    tower->model->params = tower->model_params;
    tower->model->image_wanted = tower->model_wanted;
}
