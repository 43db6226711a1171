/* Tensors side by side, and one after the other.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_CONCAT_H
#define AXF_TENSOR_OPS_CONCAT_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_concat_columns(const axf_pass *pass, axf_tensor *const *x, int32_t count);
axf_tensor *axf_op_slice_columns(const axf_pass *pass, axf_tensor *x, int64_t from, int64_t count);
axf_tensor *axf_op_concat_rows(const axf_pass *pass, axf_tensor *const *x, int32_t count);

#endif
