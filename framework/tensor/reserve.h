/* What is reserved after a planned step, so that the steps like it allocate nothing. */
#ifndef AXF_TENSOR_RESERVE_H
#define AXF_TENSOR_RESERVE_H

#include "tensor/tape.h"

/* Grows the pool to `bytes` in one piece (huge pages are asked for from 2 MiB on). A step that needs more than is
 * reserved gets a further piece, which axf_tape_grown counts. */
axf_status axf_tape_reserve(axf_tape *tape, size_t bytes);

/* Memory for the gradients of all trained parameters, where gradients are kept and an optimiser step adds up `parts`
 * steps like the planned one: before the axf_params_begin_step that follows it. */
axf_status axf_tape_reserve_gradients(axf_tape *tape, int32_t parts);

#endif
