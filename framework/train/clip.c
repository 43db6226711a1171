#include "train/clip.h"

#include "tensor/transfers.h"

#include <math.h>

enum { SUM_BYTES = 64 }; /* memory for one number */

static int is_clipped(const axf_param *param)
{
    return param->trained && param->has_gradient;
}

/* The gradient without the rows of a sparse table that were not touched. */
static axf_tensor used_gradient(const axf_param *param)
{
    axf_tensor gradient = param->gradient;
    gradient.shape[0] = param->spec.flags & AXF_PARAM_SPARSE ? param->touched.count : gradient.shape[0];
    return gradient;
}

/* Adds the squares of all gradients. `result` has memory for one number. */
static axf_status square_sum(const axf_params *params, axf_tape *tape, axf_tensor *result, double *sum)
{
    *sum = 0;
    for (int32_t i = 0; i < params->count; i++) {
        if (!is_clipped(params->items[i])) {
            continue;
        }
        float value;
        axf_tensor gradient = used_gradient(params->items[i]);
        const axf_call call = {
            .struct_size = sizeof call, .op = AXF_OP_SQUARE_SUM, .inputs = 1, .in = {&gradient}, .out = result};
        AXF_TRY(params->backend->forward(params->backend_self, &call));
        AXF_TRY(axf_tape_read(tape, result, &value));
        *sum += value;
    }
    return AXF_OK;
}

static axf_status scale(const axf_params *params, double factor)
{
    for (int32_t i = 0; i < params->count; i++) {
        if (!is_clipped(params->items[i])) {
            continue;
        }
        axf_tensor gradient = used_gradient(params->items[i]);
        axf_call call = {
            .struct_size = sizeof call, .op = AXF_OP_SCALE, .inputs = 1, .in = {&gradient}, .out = &gradient};
        call.f[0] = factor;
        AXF_TRY(params->backend->forward(params->backend_self, &call));
    }
    return AXF_OK;
}

axf_status axf_clip_gradients(axf_clip *clip, const axf_params *params, axf_tape *tape, double most)
{
    axf_tensor *result = &clip->square_sum;
    double sum;
    if (result->data == NULL) {
        *result = (axf_tensor){sizeof *result, params->real_dtype, 1, 0, {1, 1, 1, 1}, NULL, NULL};
        AXF_TRY(params->backend->allocate(params->backend_self, SUM_BYTES, &result->data));
    }
    AXF_TRY(square_sum(params, tape, result, &sum));
    const double norm = sqrt(sum);
    return norm <= most ? AXF_OK : scale(params, most / (norm + 1e-6));
}

void axf_clip_free(axf_clip *clip, const axf_params *params)
{
    if (clip->square_sum.data != NULL) {
        params->backend->release(params->backend_self, clip->square_sum.data, SUM_BYTES);
    }
    *clip = (axf_clip){0};
}
