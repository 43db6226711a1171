#include "tensor/param_values.h"

#include "core/error.h"
#include "tensor/shape.h"

enum { CHUNK = 16384 }; /* elements converted at a time */

static axf_status check_memory(const axf_param *param)
{
    return param->tensor.data != NULL ? AXF_OK : axf_fail(AXF_ERR_INTERNAL, "%s has no memory yet", param->name);
}

axf_status axf_param_write(axf_param *param, int64_t first, int64_t count, const float *values)
{
    AXF_TRY(check_memory(param));
    const axf_params *params = param->owner;
    const size_t size = axf_dtype_size(params->real_dtype);
    char *to = (char *)param->tensor.data + (size_t)first * size;
    if (params->real_dtype != AXF_F64) {
        return params->backend->upload(params->backend_self, to, values, (size_t)count * size);
    }
    double wide[CHUNK];
    for (int64_t i = 0; i < count; i++) {
        wide[i] = values[i];
    }
    return params->backend->upload(params->backend_self, to, wide, (size_t)count * size);
}

void axf_param_changed(axf_param *param)
{
    if (param->owner->backend->changed != NULL) {
        param->owner->backend->changed(param->owner->backend_self, &param->tensor);
    }
}

axf_status axf_param_set(axf_param *param, const float *values)
{
    const int64_t total = axf_param_elements(param);
    for (int64_t first = 0; first < total; first += CHUNK) {
        const int64_t count = total - first < CHUNK ? total - first : CHUNK;
        AXF_TRY(axf_param_write(param, first, count, values + first));
    }
    axf_param_changed(param);
    return AXF_OK;
}

axf_status axf_param_get(const axf_param *param, float *values)
{
    AXF_TRY(check_memory(param));
    const axf_params *params = param->owner;
    const int64_t total = axf_param_elements(param);
    if (params->real_dtype != AXF_F64) {
        return params->backend->download(params->backend_self, values, param->tensor.data,
                                         (size_t)total * sizeof(float));
    }
    double wide[CHUNK];
    for (int64_t first = 0; first < total; first += CHUNK) {
        const int64_t count = total - first < CHUNK ? total - first : CHUNK;
        AXF_TRY(params->backend->download(params->backend_self, wide, (const double *)param->tensor.data + first,
                                          (size_t)count * sizeof(double)));
        for (int64_t i = 0; i < count; i++) {
            values[first + i] = (float)wide[i];
        }
    }
    return AXF_OK;
}
