/* Parameters as a .safetensors file that transformers loads. */
#ifndef AXF_APPLY_EXPORT_TENSORS_H
#define AXF_APPLY_EXPORT_TENSORS_H

#include "tensor/params.h"

/* Writes the values of params[0 … count-1] in f32, each under the name at the same place, durably to `path`. */
axf_status axf_export_tensors(const char *path, axf_param *const *params, const char *const *names, int32_t count);

#endif
