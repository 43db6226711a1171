/* Matrix products: linear, matmul, attention.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_LINEAR_H
#define AXF_TENSOR_OPS_LINEAR_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_linear(const axf_pass *pass, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t activation);
axf_tensor *axf_op_matmul(const axf_pass *pass, axf_tensor *a, axf_tensor *b, int32_t transpose_a, int32_t transpose_b,
                          double scale);
axf_tensor *axf_op_attention(const axf_pass *pass, axf_tensor *q, axf_tensor *k, axf_tensor *v, axf_tensor *bias,
                             int32_t heads, double scale, double dropout, const char *name);

#endif
