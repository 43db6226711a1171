/* Losses and sums.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_LOSS_H
#define AXF_TENSOR_OPS_LOSS_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_cross_entropy(const axf_pass *pass, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
axf_tensor *axf_op_binary_cross_entropy(const axf_pass *pass, axf_tensor *logits, axf_tensor *targets,
                                        axf_tensor *weights);
axf_tensor *axf_op_sum(const axf_pass *pass, axf_tensor *x, double factor);

#endif
