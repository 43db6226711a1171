/* How an op goes onto the tape: the checks common to all ops, memory for the result, the kernel, the node. */
#ifndef AXF_TENSOR_RECORD_H
#define AXF_TENSOR_RECORD_H

#include "auxfuse/backend.h"
#include "tensor/shape.h"

/* 1 when the op may go on: the step has not failed, and each of the tensors is there and in a living scope. */
int32_t axf_op_ready(const axf_pass *pass, const char *op, axf_tensor *const *tensors, int32_t count);

/* 1 when an op of the pass on these tensors (NULLs are skipped) behaves as in training: it drops, and it uses the
 * statistics of the batch. */
int axf_op_trains(const axf_pass *pass, axf_tensor *const *tensors, int32_t count);

/* The result of a checked call: allocates it and `keep` (NULL, or ndim 0: the op keeps nothing), runs the kernel and
 * records the call. The op sets in, i, f, random, images and custom of the call; the rest is set here. NULL after a
 * sticky failure. */
axf_tensor *axf_op_apply(const axf_pass *pass, axf_call *call, const axf_layout *out, const axf_layout *keep);

#endif
