/* Rows of a sparse table that the step has touched: its gradient holds these alone. */
#ifndef AXF_TENSOR_TOUCHED_H
#define AXF_TENSOR_TOUCHED_H

#include "tensor/params.h"

/* Notes the ids as touched -> i32 tensor [count] of their places in the gradient, -1 for an id of -1. NULL after a
 * sticky failure. */
axf_tensor *axf_touched_places(const axf_pass *pass, axf_param *param, const int32_t *ids, int64_t count);

#endif
