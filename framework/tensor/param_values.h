/* Values of parameters, from and to host memory. */
#ifndef AXF_TENSOR_PARAM_VALUES_H
#define AXF_TENSOR_PARAM_VALUES_H

#include "tensor/params.h"

/* Values from and to host memory as f32, whatever the real dtype is. Setting tells the backend that they changed. */
axf_status axf_param_set(axf_param *param, const float *values);
axf_status axf_param_get(const axf_param *param, float *values);

/* Writes `count` values (at most 16384) from element `first` on. Whoever writes the last of them calls
 * axf_param_changed, which tells the backend to forget what it made of the old ones. */
axf_status axf_param_write(axf_param *param, int64_t first, int64_t count, const float *values);
void axf_param_changed(axf_param *param);

#endif
