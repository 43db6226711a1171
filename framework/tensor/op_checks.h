/* The checks that the front ends of ops share, and their messages. */
#ifndef AXF_TENSOR_OP_CHECKS_H
#define AXF_TENSOR_OP_CHECKS_H

#include "auxfuse/tensor.h"

/* 1 when the tensor is real and has `ndim` dimensions (0: any number), else 0 after a sticky failure. */
int32_t axf_op_check(const axf_pass *pass, const char *op, const char *what, const axf_tensor *tensor, int32_t ndim);

/* 1 when x is there, alive and real with `ndim` dimensions (0: any number), else 0 after a sticky failure: all that an
 * op of one real input has to check of it. */
int32_t axf_op_ready_one(const axf_pass *pass, const char *op, axf_tensor *x, int32_t ndim);

/* Records "op: a [2, 3] and b [4] do not fit: why" as a sticky failure; b may be NULL. Returns NULL. */
axf_tensor *axf_op_misfit(const axf_pass *pass, const char *op, const axf_tensor *a, const axf_tensor *b,
                          const char *why);

/* 1 when all numbers lie in lowest … limit-1, else 0 after a sticky failure. NULL, as in planning, passes. */
int32_t axf_op_check_index(const axf_pass *pass, const char *op, const int32_t *index, int64_t count, int64_t lowest,
                           int64_t limit);

#endif
