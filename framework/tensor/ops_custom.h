/* The ops of plugins themselves.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_CUSTOM_H
#define AXF_TENSOR_OPS_CUSTOM_H

#include "auxfuse/ops.h"

axf_tensor *axf_op_custom_call(const axf_pass *pass, const axf_op_custom *op, axf_tensor *const *inputs, int32_t count,
                               int32_t ndim, const int64_t *shape, const axf_rows *rows, const void *parameters);

#endif
