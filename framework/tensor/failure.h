/* The sticky failure of a step: the first one is the cause of all that follow, and the only one that is told. */
#ifndef AXF_TENSOR_FAILURE_H
#define AXF_TENSOR_FAILURE_H

#include "tensor/tape_types.h"

/* Records the message and marks the step as failed. Returns the step's status, which is that of its first failure. */
axf_status axf_tape_fail(axf_tape *tape, axf_status status, const char *format, ...) AXF_PRINTF(3, 4);

/* Marks the step as failed after a function further down has recorded the message; `op` is put before the message. */
void axf_tape_context(axf_tape *tape, axf_status status, const char *op);

#endif
