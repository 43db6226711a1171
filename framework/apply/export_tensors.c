#include "apply/export_tensors.h"

#include "core/error.h"
#include "tensor/param_values.h"
#include "weights/safetensors_write.h"

#include <stdlib.h>

static axf_status put(axf_safetensors_writer *writer, axf_param *param)
{
    const size_t elements = (size_t)axf_param_elements(param);
    float *values = malloc(elements * sizeof *values + 1);
    axf_status status =
        values != NULL ? axf_param_get(param, values) : axf_fail(AXF_ERR_MEMORY, "no memory for '%s'", param->name);
    if (status == AXF_OK) {
        status = axf_safetensors_put(writer, values, elements * sizeof *values);
    }
    free(values);
    return status;
}

axf_status axf_export_tensors(const char *path, axf_param *const *params, const char *const *names, int32_t count)
{
    axf_safetensors_item *items = axf_alloc(((size_t)count + 1) * sizeof *items);
    for (int32_t i = 0; i < count; i++) {
        items[i] = (axf_safetensors_item){names[i], AXF_STORED_F32, params[i]->tensor.ndim, params[i]->tensor.shape};
    }
    const axf_safetensors_pair pair = {"format", "pt"}; /* without it transformers refuses the file */
    axf_safetensors_writer *writer;
    axf_status status = axf_safetensors_create(path, &pair, 1, items, (size_t)count, &writer);
    free(items);
    AXF_TRY(status);
    for (int32_t i = 0; i < count && status == AXF_OK; i++) {
        status = put(writer, params[i]);
    }
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}
