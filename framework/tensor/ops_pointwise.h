/* Element by element, with broadcasting and random drops.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_POINTWISE_H
#define AXF_TENSOR_OPS_POINTWISE_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_add(const axf_pass *pass, axf_tensor *a, axf_tensor *b);
axf_tensor *axf_op_multiply(const axf_pass *pass, axf_tensor *a, axf_tensor *b);
axf_tensor *axf_op_scale(const axf_pass *pass, axf_tensor *x, double factor, double offset);
axf_tensor *axf_op_unary(const axf_pass *pass, axf_tensor *x, int32_t activation);
axf_tensor *axf_op_dropout(const axf_pass *pass, axf_tensor *x, double rate, const char *name);
axf_tensor *axf_op_drop_path(const axf_pass *pass, axf_tensor *x, double rate, const char *name);

#endif
