/* Transfers between host memory and the backend's memory. */
#ifndef AXF_TENSOR_TRANSFERS_H
#define AXF_TENSOR_TRANSFERS_H

#include "tensor/tape.h"

/* A tensor of the step with data copied from host memory; in planning the data is not read. f32 becomes f64 where the
 * backend computes in f64. NULL after a sticky failure. */
axf_tensor *axf_tape_input(axf_tape *tape, int32_t dtype, int32_t ndim, const int64_t *shape, const void *data,
                           const axf_rows *rows);

/* The numbers where the backend's kernels find them: as they are where that is host memory, else copied there for the
 * rest of the step. NULL after a sticky failure. */
const int32_t *axf_tape_locate(axf_tape *tape, const int32_t *numbers, int64_t count);

/* Copies the elements of a real tensor to host memory, as f32 or as double. */
axf_status axf_tape_read(axf_tape *tape, const axf_tensor *tensor, float *values);
axf_status axf_tape_read_double(axf_tape *tape, const axf_tensor *tensor, double *values);

/* Copies the elements of an i32 tensor to host memory. */
axf_status axf_tape_read_index(axf_tape *tape, const axf_tensor *tensor, int32_t *values);

/* The numbers of an i32 tensor in host memory. NULL in planning, and after a sticky failure. */
const int32_t *axf_tape_host_index(axf_tape *tape, const char *op, axf_tensor *tensor);

#endif
