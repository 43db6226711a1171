/* Normalisations and softmax.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_NORM_H
#define AXF_TENSOR_OPS_NORM_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_layer_norm(const axf_pass *pass, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta, double eps);
axf_tensor *axf_op_batch_norm(const axf_pass *pass, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta,
                              axf_tensor *running_mean, axf_tensor *running_var, double eps, double momentum);
axf_tensor *axf_op_l2_normalize(const axf_pass *pass, axf_tensor *x);
axf_tensor *axf_op_softmax(const axf_pass *pass, axf_tensor *x);

#endif
