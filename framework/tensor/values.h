/* Values: the tensors of a step, their memory and their views. */
#ifndef AXF_TENSOR_VALUES_H
#define AXF_TENSOR_VALUES_H

#include "tensor/shape.h"
#include "tensor/tape_types.h"

/* A dense layout in the real dtype of the tape. */
axf_layout axf_layout_real(const axf_tape *tape, int32_t ndim, const int64_t *shape);

/* A new tensor of the current scope with memory from the pool. NULL after a sticky failure whose message names `op`. */
axf_value *axf_value_new(axf_tape *tape, const char *op, const axf_layout *layout);

/* The same memory under another shape and structure. With with_gradient 0 the view is detached. */
axf_value *axf_value_view(axf_tape *tape, axf_tensor *of, int32_t ndim, const int64_t *shape, const axf_rows *rows,
                          int32_t with_gradient);

/* Gives one reference back; the memory returns to the pool with the last one. NULL is skipped. */
void axf_value_drop(axf_tape *tape, axf_value *value);

#endif
