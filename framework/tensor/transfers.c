#include "tensor/transfers.h"

#include "core/error.h"
#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/values.h"

#include <stdlib.h>
#include <string.h>

/* Returns host memory for a conversion, which is valid until the next call. */
static void *scratch(axf_tape *tape, size_t size)
{
    if (size > tape->scratch_size) {
        free(tape->scratch);
        tape->scratch = axf_alloc(size);
        tape->scratch_size = size;
    }
    return tape->scratch;
}

/* In planning the functions below copy nothing, but take the host memory that they will need in a step. */
static axf_status upload(axf_tape *tape, const axf_tensor *to, const void *data)
{
    return tape->planning ? AXF_OK : tape->backend->upload(tape->backend_self, to->data, data, axf_tensor_bytes(to));
}

static axf_status upload_real(axf_tape *tape, const axf_tensor *to, const float *data)
{
    if (tape->real_dtype != AXF_F64) {
        return upload(tape, to, data);
    }
    const int64_t count = axf_tensor_elements(to);
    double *wide = scratch(tape, (size_t)count * sizeof *wide);
    for (int64_t i = 0; i < count && !tape->planning; i++) {
        wide[i] = data[i];
    }
    return upload(tape, to, wide);
}

/* Numbers are kept in host memory, too, since ops check them there. */
static axf_status upload_numbers(axf_tape *tape, axf_value *value, const int32_t *data)
{
    const size_t size = axf_tensor_bytes(&value->tensor);
    int32_t *copy = axf_scratchpad_zero(&tape->step_memory, size);
    if (!tape->planning) {
        value->host = memcpy(copy, data, size);
    }
    return upload(tape, &value->tensor, data);
}

axf_tensor *axf_tape_input(axf_tape *tape, int32_t dtype, int32_t ndim, const int64_t *shape, const void *data,
                           const axf_rows *rows)
{
    if (tape->status != AXF_OK) {
        return NULL;
    }
    axf_layout layout = axf_layout_real(tape, ndim, shape);
    const int32_t real = dtype == AXF_F32;
    layout.dtype = real ? tape->real_dtype : dtype;
    layout.rows = rows;
    axf_value *value = axf_value_new(tape, "input", &layout);
    if (value == NULL) {
        return NULL;
    }
    if (rows != NULL && shape[0] < rows->total) {
        axf_tape_fail(tape, AXF_ERR_SHAPE, "input: %s has fewer rows than the %lld of its posts",
                      axf_tensor_text(&value->tensor).text, (long long)rows->total);
        return NULL;
    }
    if (axf_tensor_elements(&value->tensor) == 0) {
        return &value->tensor;
    }
    const axf_status status = real               ? upload_real(tape, &value->tensor, data)
                              : dtype == AXF_I32 ? upload_numbers(tape, value, data)
                                                 : upload(tape, &value->tensor, data);
    if (status != AXF_OK) {
        axf_tape_context(tape, status, "input");
        return NULL;
    }
    return &value->tensor;
}

const int32_t *axf_tape_locate(axf_tape *tape, const int32_t *numbers, int64_t count)
{
    if (tape->backend->host_memory) {
        return numbers;
    }
    axf_block *block = axf_pool_take(tape->step_pool, (size_t)count * sizeof *numbers);
    if (block == NULL) {
        axf_tape_context(tape, AXF_ERR_MEMORY, "ragged rows");
        return NULL;
    }
    if (!tape->planning) {
        const axf_status status =
            tape->backend->upload(tape->backend_self, block->data, numbers, (size_t)count * sizeof *numbers);
        if (status != AXF_OK) {
            axf_tape_context(tape, status, "ragged rows");
            return NULL;
        }
    }
    return (const int32_t *)block->data;
}

static axf_status check_read(axf_tape *tape, const axf_tensor *tensor, int32_t dtype)
{
    if (tensor == NULL || tensor->data == NULL || tape->planning) {
        return axf_fail(AXF_ERR_INTERNAL, "a tensor that is to be read has no memory (any more)");
    }
    if (tensor->dtype != dtype) {
        return axf_fail(AXF_ERR_INTERNAL, "a tensor of dtype %d is to be read as %d", (int)tensor->dtype, (int)dtype);
    }
    return AXF_OK;
}

static axf_status download(axf_tape *tape, const axf_tensor *tensor, void *to)
{
    const size_t size = axf_tensor_bytes(tensor);
    return size > 0 ? tape->backend->download(tape->backend_self, to, tensor->data, size) : AXF_OK;
}

axf_status axf_tape_read(axf_tape *tape, const axf_tensor *tensor, float *values)
{
    AXF_TRY(check_read(tape, tensor, tape->real_dtype));
    if (tape->real_dtype == AXF_F32) {
        return download(tape, tensor, values);
    }
    const int64_t count = axf_tensor_elements(tensor);
    double *wide = scratch(tape, (size_t)count * sizeof *wide);
    AXF_TRY(download(tape, tensor, wide));
    for (int64_t i = 0; i < count; i++) {
        values[i] = (float)wide[i];
    }
    return AXF_OK;
}

axf_status axf_tape_read_double(axf_tape *tape, const axf_tensor *tensor, double *values)
{
    AXF_TRY(check_read(tape, tensor, tape->real_dtype));
    if (tape->real_dtype == AXF_F64) {
        return download(tape, tensor, values);
    }
    const int64_t count = axf_tensor_elements(tensor);
    float *narrow = scratch(tape, (size_t)count * sizeof *narrow);
    AXF_TRY(download(tape, tensor, narrow));
    for (int64_t i = 0; i < count; i++) {
        values[i] = narrow[i];
    }
    return AXF_OK;
}

axf_status axf_tape_read_index(axf_tape *tape, const axf_tensor *tensor, int32_t *values)
{
    AXF_TRY(check_read(tape, tensor, AXF_I32));
    return download(tape, tensor, values);
}

const int32_t *axf_tape_host_index(axf_tape *tape, const char *op, axf_tensor *tensor)
{
    axf_value *value = axf_tensor_value(tensor);
    if (value == NULL || tape->planning) {
        return NULL;
    }
    if (value->host == NULL) {
        int32_t *copy = axf_scratchpad_zero(&tape->step_memory, (size_t)axf_tensor_elements(tensor) * sizeof *copy);
        const axf_status status = axf_tape_read_index(tape, tensor, copy);
        if (status != AXF_OK) {
            axf_tape_context(tape, status, op);
            return NULL;
        }
        value->host = copy;
    }
    return value->host;
}
