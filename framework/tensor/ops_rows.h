/* Rows by index: embedding, gather and scatter.
 * What each op computes is told in auxfuse/ops.h. */
#ifndef AXF_TENSOR_OPS_ROWS_H
#define AXF_TENSOR_OPS_ROWS_H

#include "auxfuse/tensor.h"

axf_tensor *axf_op_embedding(const axf_pass *pass, axf_tensor *table, axf_tensor *ids, const axf_rows *rows);
/* Rows of x by index in host memory -> [count, D] with the given structure: gather_rows for the ops of this folder.
 * Messages name `op`. */
axf_tensor *axf_op_gather(const axf_pass *pass, const char *op, axf_tensor *x, const int32_t *index, int64_t count,
                          const axf_rows *rows);
axf_tensor *axf_op_gather_rows(const axf_pass *pass, axf_tensor *x, const int32_t *index, int64_t count);
axf_tensor *axf_op_scatter_rows(const axf_pass *pass, axf_tensor *x, const int32_t *index, int64_t count, int64_t rows);

#endif
