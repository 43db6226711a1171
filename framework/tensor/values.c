/* Tensors of a step: memory, views, scopes. */
#include "core/error.h"
#include "tensor/tape_internal.h"

#include <stdlib.h>

size_t axf_dtype_size(int32_t dtype)
{
    switch (dtype) {
    case AXF_F64:
        return 8;
    case AXF_F32:
    case AXF_I32:
        return 4;
    case AXF_BF16:
        return 2;
    case AXF_U8:
        return 1;
    default:
        return 0;
    }
}

int64_t axf_tensor_elements(const axf_tensor *tensor)
{
    const int64_t *shape = tensor->shape;
    return shape[0] * shape[1] * shape[2] * shape[3];
}

axf_layout axf_layout_real(const axf_tape *tape, int32_t ndim, const int64_t *shape)
{
    axf_layout layout = {.dtype = tape->real, .ndim = ndim, .shape = {1, 1, 1, 1}};
    for (int32_t i = 0; i < ndim && i < AXF_MAX_DIMS; i++) {
        layout.shape[i] = shape[i];
    }
    return layout;
}

axf_status axf_layout_bytes(const axf_layout *layout, size_t *bytes)
{
    int64_t size = (int64_t)axf_dtype_size(layout->dtype);
    if (size == 0 || layout->ndim < 1 || layout->ndim > AXF_MAX_DIMS) {
        return axf_fail(AXF_ERR_SHAPE, "a tensor of dtype %d with %d dimensions", (int)layout->dtype,
                        (int)layout->ndim);
    }
    int64_t widest = size; /* without dimensions of 0: later products must not overflow either */
    for (int32_t i = 0; i < layout->ndim; i++) {
        const int64_t n = layout->shape[i];
        if (n < 0 || __builtin_mul_overflow(widest, n > 0 ? n : 1, &widest) || widest > INT64_MAX / 8) {
            return axf_fail(AXF_ERR_SHAPE, "dimension %d of the result is %lld: negative, or too large", (int)i,
                            (long long)n);
        }
        size *= n;
    }
    *bytes = (size_t)size;
    return AXF_OK;
}

void *axf_tape_scratch(axf_tape *tape, size_t size)
{
    if (size > tape->scratch_size) {
        free(tape->scratch);
        tape->scratch = axf_alloc(size);
        tape->scratch_size = size;
    }
    return tape->scratch;
}

static axf_value *value_add(axf_tape *tape, const axf_layout *layout, void *data)
{
    if (tape->value_count == tape->value_capacity) {
        tape->value_capacity = tape->value_capacity > 0 ? 2 * tape->value_capacity : 256;
        tape->values = axf_realloc(tape->values, (size_t)tape->value_capacity * sizeof *tape->values);
    }
    axf_value *value = axf_step_arena_alloc(&tape->arena, sizeof *value);
    value->tensor = (axf_tensor){.struct_size = sizeof(axf_tensor),
                                 .dtype = layout->dtype,
                                 .ndim = layout->ndim,
                                 .data = data,
                                 .rows = layout->rows};
    for (int32_t i = 0; i < AXF_MAX_DIMS; i++) {
        value->tensor.shape[i] = i < layout->ndim ? layout->shape[i] : 1;
    }
    value->kind = AXF_HANDLE_VALUE;
    value->refs = 1;
    value->alive = 1;
    value->root = value;
    tape->values[tape->value_count++] = value;
    return value;
}

axf_value *axf_value_new(axf_tape *tape, const char *op, const axf_layout *layout)
{
    size_t bytes = 0;
    axf_status status = axf_layout_bytes(layout, &bytes);
    axf_block *block = NULL;
    if (status == AXF_OK) {
        block = axf_pool_take(tape->memory, bytes);
        status = block != NULL ? AXF_OK : AXF_ERR_MEMORY;
    }
    if (status != AXF_OK) {
        axf_tape_failed(tape, status, op);
        return NULL;
    }
    axf_value *value = value_add(tape, layout, block->data);
    value->block = block;
    return value;
}

axf_value *axf_tensor_value(axf_tensor *tensor)
{
    axf_handle *handle = (axf_handle *)tensor;
    return handle->kind == AXF_HANDLE_VALUE ? (axf_value *)handle : NULL;
}

axf_param *axf_tensor_param(axf_tensor *tensor)
{
    axf_value *value = axf_tensor_value(tensor);
    return value != NULL ? value->param : (axf_param *)tensor;
}

axf_value *axf_value_view(axf_tape *tape, axf_tensor *of, int32_t ndim, const int64_t *shape, const axf_rows *rows,
                          int32_t with_gradient)
{
    axf_layout layout = axf_layout_real(tape, ndim, shape);
    layout.dtype = of->dtype;
    layout.rows = rows;
    axf_value *view = value_add(tape, &layout, of->data);
    axf_value *base = axf_tensor_value(of);
    view->param = axf_tensor_param(of);
    if (base != NULL) {
        view->block = base->block;
        view->host = base->host;
        if (view->block != NULL) {
            axf_pool_hold(view->block);
        }
    }
    if (with_gradient) {
        view->tensor.wants_gradient = of->wants_gradient;
        view->root = base != NULL ? base->root : view;
    }
    return view;
}

void axf_value_drop(axf_tape *tape, axf_value *value)
{
    if (value == NULL || --value->refs > 0) {
        return;
    }
    axf_pool_drop(tape->memory, value->block);
    value->block = NULL;
    if (value->param == NULL) {
        value->tensor.data = NULL; /* a kernel that reads what its op does not save fails at once */
    }
}

void axf_scope_begin(const axf_pass *pass)
{
    axf_tape *tape = pass->tape;
    if (tape->scope_count == tape->scope_capacity) {
        tape->scope_capacity = tape->scope_capacity > 0 ? 2 * tape->scope_capacity : 16;
        tape->scopes = axf_realloc(tape->scopes, (size_t)tape->scope_capacity * sizeof *tape->scopes);
    }
    tape->scopes[tape->scope_count++] = tape->value_count;
}

static void mark_kept(axf_tensor *const *kept, int32_t count, int32_t mark)
{
    for (int32_t i = 0; i < count; i++) {
        axf_value *value = kept[i] != NULL ? axf_tensor_value(kept[i]) : NULL;
        if (value != NULL) {
            value->kept = mark;
        }
    }
}

void axf_scope_end(const axf_pass *pass, axf_tensor *const *kept, int32_t count)
{
    axf_tape *tape = pass->tape;
    if (tape->scope_count == 0) {
        axf_tape_fail(tape, AXF_ERR_PLUGIN, "scope_end without a scope_begin");
        return;
    }
    const int32_t begin = tape->scopes[--tape->scope_count];
    mark_kept(kept, count, 1);
    int32_t left = begin;
    for (int32_t i = begin; i < tape->value_count; i++) {
        axf_value *value = tape->values[i];
        if (value->kept) {
            tape->values[left++] = value;
        } else {
            value->alive = 0;
            axf_value_drop(tape, value);
        }
    }
    tape->value_count = left;
    mark_kept(kept, count, 0);
}
