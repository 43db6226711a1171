/* What the backward kernel of each op reads: the contract with the backends (auxfuse/backend.h). What a kernel does not
 * read is not kept for it. */
#ifndef AXF_TENSOR_OP_TRAITS_H
#define AXF_TENSOR_OP_TRAITS_H

#include "auxfuse/backend.h"

/* Every mask is over the inputs of the call: bit i is input i. */
typedef struct axf_op_traits {
    const char *name;                /* as in the op table, for messages */
    uint32_t differentiable;         /* inputs that can have a gradient */
    uint32_t reads[AXF_CALL_INPUTS]; /* input i is read for the gradients of these inputs */
    uint32_t reads_out;              /* the result is read for the gradients of these inputs */
} axf_op_traits;

/* By op and activation, since only some activations of linear and unary read their result. */
axf_op_traits axf_op_traits_get(const axf_call *call);

#endif
