/* Ops without a kernel: numbers from the host, and other views of the same memory.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_VIEWS_H
#define AXF_TENSOR_OPS_VIEWS_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_index(const axf_pass *pass, const int32_t *values, int64_t count);
axf_tensor *axf_op_constant(const axf_pass *pass, const float *values, int64_t rows, int64_t columns);
const axf_rows *axf_op_rows(const axf_pass *pass, int32_t posts, const int32_t *offset);
axf_tensor *axf_op_reshape(const axf_pass *pass, axf_tensor *x, int32_t ndim, const int64_t *shape);
axf_tensor *axf_op_with_rows(const axf_pass *pass, axf_tensor *x, const axf_rows *rows);
axf_tensor *axf_op_detach(const axf_pass *pass, axf_tensor *x);

#endif
