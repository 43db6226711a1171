#include "train/average.h"

#include "tensor/shape.h"

#include <stdlib.h>

static size_t bytes_of(const axf_average *average, const axf_tensor *tensor)
{
    return (size_t)axf_tensor_elements(tensor) * (average->params->real_dtype == AXF_F64 ? 8 : 4);
}

static axf_status copy(const axf_average *average, void *to, const void *from, const axf_tensor *like)
{
    return average->backend->copy(average->backend_self, to, from, bytes_of(average, like));
}

static axf_status allocate(const axf_average *average, axf_tensor *tensor)
{
    return average->backend->allocate(average->backend_self, bytes_of(average, tensor), &tensor->data);
}

axf_status axf_average_init(axf_average *average, const axf_experiment *experiment, axf_params *params,
                            const axf_backend *backend, void *backend_self)
{
    *average = (axf_average){experiment, params, backend, backend_self, NULL, {0}, 0, 0, 0};
    if (experiment->train.averaging == AXF_AVERAGING_NONE) {
        return AXF_OK;
    }
    average->values = axf_alloc_zero((size_t)params->count + 1, sizeof *average->values);
    for (int32_t i = 0; i < params->count; i++) {
        const axf_param *param = params->items[i];
        if (!param->trained) {
            continue;
        }
        axf_tensor *value = &average->values[i];
        *value = param->tensor;
        value->data = NULL;
        value->wants_gradient = 0;
        AXF_TRY(allocate(average, value));
        AXF_TRY(copy(average, value->data, param->tensor.data, value));
        if (axf_tensor_elements(value) > (average->scratch.ndim > 0 ? axf_tensor_elements(&average->scratch) : 0)) {
            average->scratch = *value;
        }
    }
    average->scratch.data = NULL;
    return average->scratch.ndim > 0 ? allocate(average, &average->scratch) : AXF_OK;
}

void axf_average_free(axf_average *average)
{
    for (int32_t i = 0; average->values != NULL && i < average->params->count; i++) {
        axf_tensor *value = &average->values[i];
        if (value->data != NULL) {
            average->backend->release(average->backend_self, value->data, bytes_of(average, value));
        }
    }
    if (average->scratch.data != NULL) {
        average->backend->release(average->backend_self, average->scratch.data, bytes_of(average, &average->scratch));
    }
    free(average->values);
    *average = (axf_average){0};
}

/* a <- (1 - share) a + share w */
static axf_status mix(axf_average *average, double share)
{
    for (int32_t i = 0; i < average->params->count; i++) {
        axf_tensor *value = &average->values[i], *weight = &average->params->items[i]->tensor;
        if (value->data == NULL) {
            continue;
        }
        axf_call scale = {.struct_size = sizeof scale, .op = AXF_OP_SCALE, .inputs = 1, .in = {value}, .out = value};
        scale.f[0] = 1 - share;
        axf_call add = {
            .struct_size = sizeof add, .op = AXF_OP_ACCUMULATE, .inputs = 2, .in = {value, weight}, .out = value};
        add.f[0] = share;
        AXF_TRY(average->backend->forward(average->backend_self, &scale));
        AXF_TRY(average->backend->forward(average->backend_self, &add));
    }
    average->count++;
    return AXF_OK;
}

axf_status axf_average_step(axf_average *average)
{
    if (average->values == NULL || average->experiment->train.averaging != AXF_AVERAGING_EMA) {
        return AXF_OK;
    }
    const double n = (double)average->count, young = (1 + n) / (10 + n);
    const double decay = average->experiment->train.averaging_decay;
    return mix(average, 1 - (young < decay ? young : decay));
}

axf_status axf_average_epoch(axf_average *average, int32_t epoch)
{
    const axf_settings_train *train = &average->experiment->train;
    if (average->values == NULL || train->averaging != AXF_AVERAGING_MEAN || epoch < train->averaging_from ||
        epoch <= average->epoch) {
        return AXF_OK;
    }
    average->epoch = epoch;
    return mix(average, 1 / (double)(average->count + 1));
}

static axf_status exchange(axf_average *average)
{
    for (int32_t i = 0; i < average->params->count; i++) {
        axf_tensor *value = &average->values[i], *weight = &average->params->items[i]->tensor;
        if (value->data == NULL) {
            continue;
        }
        AXF_TRY(copy(average, average->scratch.data, weight->data, value));
        AXF_TRY(copy(average, weight->data, value->data, value));
        AXF_TRY(copy(average, value->data, average->scratch.data, value));
        average->backend->changed(average->backend_self, weight);
    }
    average->swapped = !average->swapped;
    return AXF_OK;
}

axf_status axf_average_enter(axf_average *average)
{
    return average->values != NULL && average->count > 0 && !average->swapped ? exchange(average) : AXF_OK;
}

axf_status axf_average_leave(axf_average *average)
{
    return average->swapped ? exchange(average) : AXF_OK;
}
