/* Posts by index, and rows of each post: what is computed from the ragged structure on the host.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_POSTS_H
#define AXF_TENSOR_OPS_POSTS_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_gather_posts(const axf_pass *pass, axf_tensor *x, const int32_t *index, int32_t count);
axf_tensor *axf_op_slice_rows(const axf_pass *pass, axf_tensor *x, int32_t from, int32_t count);
axf_tensor *axf_op_pool_rows(const axf_pass *pass, axf_tensor *x, int32_t kind, int32_t from);

#endif
