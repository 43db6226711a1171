#include "train/optimizer.h"

#include "train/schedule.h"

#include <math.h>
#include <stdlib.h>

axf_status axf_optimizer_init(axf_optimizer *optimizer, const axf_experiment *experiment, axf_params *params,
                              int64_t total_steps)
{
    *optimizer = (axf_optimizer){.settings = &experiment->train, .params = params, .total_steps = total_steps};
    optimizer->moments = axf_alloc_zero((size_t)params->count, sizeof *optimizer->moments);
    optimizer->values = axf_alloc_zero((size_t)params->count, sizeof *optimizer->values);
    for (int32_t i = 0; i < params->count; i++) {
        params->items[i]->optimizer = &optimizer->moments[i];
    }
    return axf_groups_apply(experiment, params, optimizer->values);
}

/* ---- memory for lists of rows, kept so that a step allocates nothing ---- */

static size_t list_bytes(const axf_optimizer *optimizer)
{
    return 2 * (size_t)optimizer->row_capacity * sizeof(int32_t);
}

static void release_lists(axf_optimizer *optimizer)
{
    const axf_params *params = optimizer->params;
    if (optimizer->lists.data != NULL) {
        params->backend->release(params->backend_self, optimizer->lists.data, list_bytes(optimizer));
        optimizer->lists.data = NULL;
    }
}

/* Room for lists of `capacity` rows; it grows only when the moments of a table have grown. */
static axf_status grow_lists(axf_optimizer *optimizer, int32_t capacity)
{
    const axf_params *params = optimizer->params;
    if (capacity <= optimizer->row_capacity) {
        return AXF_OK;
    }
    release_lists(optimizer);
    optimizer->row_capacity = capacity;
    optimizer->rows = axf_realloc(optimizer->rows, (size_t)capacity * sizeof *optimizer->rows);
    return params->backend->allocate(params->backend_self, list_bytes(optimizer), &optimizer->lists.data);
}

void axf_optimizer_free(axf_optimizer *optimizer)
{
    for (int32_t i = 0; optimizer->moments != NULL && i < optimizer->params->count; i++) {
        axf_moments_free(&optimizer->moments[i], optimizer->params->items[i]);
    }
    release_lists(optimizer);
    free(optimizer->rows);
    free(optimizer->moments);
    free(optimizer->values);
    *optimizer = (axf_optimizer){0};
}

void axf_optimizer_begin_step(axf_optimizer *optimizer)
{
    optimizer->rate_factor = axf_schedule_factor(optimizer->settings, optimizer->step, optimizer->total_steps);
}

void axf_optimizer_end_step(axf_optimizer *optimizer)
{
    optimizer->step++;
}

/* ---- the update ---- */

static int is_sparse(const axf_param *param)
{
    return (param->spec.flags & AXF_PARAM_SPARSE) != 0;
}

static axf_call adamw_call(const axf_optimizer *optimizer, axf_param *param, axf_moments *moments)
{
    const axf_settings_train *train = optimizer->settings;
    const axf_group_values *values = &optimizer->values[moments - optimizer->moments];
    const double rate = isnan(values->learning_rate) ? train->learning_rate : values->learning_rate;
    axf_call call = {.struct_size = sizeof call, .op = AXF_OP_ADAMW, .inputs = 4};
    call.in[0] = &param->tensor;
    call.in[1] = &moments->m;
    call.in[2] = &moments->v;
    call.in[3] = &param->gradient;
    call.f[0] = rate * optimizer->rate_factor;
    call.f[1] = isnan(values->weight_decay) ? train->weight_decay : values->weight_decay;
    call.f[2] = train->beta1;
    call.f[3] = train->beta2;
    call.f[4] = train->epsilon;
    call.f[5] = 1 - pow(train->beta1, (double)moments->steps);
    call.f[6] = 1 - pow(train->beta2, (double)moments->steps);
    return call;
}

/* Copies two lists of `count` numbers to where the backend's kernels find them, until the next call. */
static axf_status upload_lists(axf_optimizer *optimizer, const int32_t *ids, const int32_t *gradient_row, int32_t count,
                               axf_tensor *id_tensor, axf_tensor *row_tensor)
{
    const axf_backend *backend = optimizer->params->backend;
    void *self = optimizer->params->backend_self;
    const size_t bytes = (size_t)count * sizeof(int32_t);
    *id_tensor = (axf_tensor){sizeof *id_tensor, AXF_I32, 1, 0, {count, 1, 1, 1}, optimizer->lists.data, NULL};
    *row_tensor = *id_tensor;
    row_tensor->data = (char *)optimizer->lists.data + bytes;
    AXF_TRY(backend->upload(self, id_tensor->data, ids, bytes));
    return backend->upload(self, row_tensor->data, gradient_row, bytes);
}

/* w <- w f for the whole table: rows without moments are only ever decayed. */
static axf_status decay_table(const axf_params *params, axf_param *param, double factor)
{
    if (params->real_dtype == AXF_F32) {
        factor = (float)factor; /* rounded as the kernel of AdamW rounds it */
        if (factor == 1) {
            return AXF_OK;
        }
    }
    axf_call call = {
        .struct_size = sizeof call, .op = AXF_OP_SCALE, .inputs = 1, .in = {&param->tensor}, .out = &param->tensor};
    call.f[0] = factor;
    return params->backend->forward(params->backend_self, &call);
}

/* Updates every row that ever had a gradient; the gradient of rows that have none in this step is zero. The whole table
 * is decayed first, and the kernel's own decay is switched off: the same factors in the same order give the same bits
 * as the dense update. */
static axf_status update_rows(axf_optimizer *optimizer, axf_param *param, axf_moments *moments)
{
    const axf_params *params = optimizer->params;
    if (param->has_gradient) {
        AXF_TRY(axf_moments_take_rows(moments, param, param->touched.ids, param->touched.count));
    }
    if (moments->count == 0) {
        return AXF_OK;
    }
    axf_call call = adamw_call(optimizer, param, moments);
    AXF_TRY(decay_table(params, param, 1 - call.f[0] * call.f[1]));
    call.f[1] = 0;
    AXF_TRY(grow_lists(optimizer, moments->capacity));
    for (int32_t i = 0; i < moments->count; i++) {
        optimizer->rows[i] = param->has_gradient ? param->touched.place_of_row[moments->ids[i]] : -1;
    }
    axf_tensor ids, rows;
    AXF_TRY(upload_lists(optimizer, moments->ids, optimizer->rows, moments->count, &ids, &rows));
    call.inputs = 6;
    call.in[4] = &ids;
    call.in[5] = &rows;
    return params->backend->forward(params->backend_self, &call);
}

axf_status axf_optimizer_update(void *context, axf_param *param)
{
    axf_optimizer *optimizer = context;
    const axf_params *params = optimizer->params;
    axf_moments *moments = param->optimizer;
    if (!param->trained || !param->has_gradient) {
        return AXF_OK;
    }
    moments->steps++;
    if (is_sparse(param)) {
        AXF_TRY(update_rows(optimizer, param, moments));
    } else {
        AXF_TRY(axf_moments_make(moments, param));
        const axf_call call = adamw_call(optimizer, param, moments);
        AXF_TRY(params->backend->forward(params->backend_self, &call));
    }
    params->backend->changed(params->backend_self, &param->tensor);
    return AXF_OK;
}

size_t axf_optimizer_estimate(const axf_params *params)
{
    size_t bytes = 0;
    for (int32_t i = 0; i < params->count; i++) {
        const axf_param *param = params->items[i];
        if (param->trained && !is_sparse(param)) {
            bytes += 2 * sizeof(float) * (size_t)axf_param_elements(param);
        }
    }
    return bytes;
}
