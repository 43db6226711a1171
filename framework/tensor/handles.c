#include "tensor/handles.h"

#include <stdio.h>

axf_value *axf_tensor_value(axf_tensor *tensor)
{
    axf_handle *handle = (axf_handle *)tensor;
    return handle->kind == AXF_HANDLE_VALUE ? (axf_value *)handle : NULL;
}

axf_param *axf_tensor_param(axf_tensor *tensor)
{
    axf_value *value = axf_tensor_value(tensor);
    return value != NULL ? value->param : (axf_param *)tensor;
}

axf_shape_text axf_tensor_text(const axf_tensor *tensor)
{
    axf_shape_text result;
    const axf_handle *handle = (const axf_handle *)tensor;
    const size_t room = sizeof result.text;
    const char *name = handle->kind == AXF_HANDLE_PARAM ? ((const axf_param *)handle)->name : "";
    size_t at = (size_t)snprintf(result.text, room, "%.100s%s[", name, name[0] != '\0' ? " " : "");
    for (int32_t i = 0; i < tensor->ndim && at < room; i++) {
        at += (size_t)snprintf(result.text + at, room - at, "%s%lld", i > 0 ? ", " : "", (long long)tensor->shape[i]);
    }
    if (at < room) {
        snprintf(result.text + at, room - at, "]");
    }
    return result;
}
