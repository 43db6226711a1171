/* Gradients of parameters: taken from the pool, or in memory of their own that is kept from step to step. */
#ifndef AXF_TENSOR_GRADIENT_H
#define AXF_TENSOR_GRADIENT_H

#include "tensor/tape_types.h"

/* Gives the parameter's gradient memory where it has none. */
axf_status axf_gradient_prepare(axf_tape *tape, axf_param *param);

/* After a planned step: memory for the parameter's kept gradient, where an optimiser step adds up `parts` steps like that
 * one. */
axf_status axf_gradient_reserve(axf_tape *tape, axf_param *param, int32_t parts);

/* Returns a pooled gradient to the pool, after the hook. A kept one stays as it is. */
void axf_gradient_drop(axf_tape *tape, axf_param *param);

/* to += from, by the backend. Nothing is computed in planning. */
axf_status axf_gradient_add(axf_tape *tape, axf_tensor *to, const axf_tensor *from);

#endif
