#include "tensor/values.h"

#include "tensor/failure.h"
#include "tensor/handles.h"

axf_layout axf_layout_real(const axf_tape *tape, int32_t ndim, const int64_t *shape)
{
    axf_layout layout = {.dtype = tape->real_dtype, .ndim = ndim, .shape = {1, 1, 1, 1}};
    for (int32_t i = 0; i < ndim && i < AXF_MAX_DIMS; i++) {
        layout.shape[i] = shape[i];
    }
    return layout;
}

static axf_value *value_add(axf_tape *tape, const axf_layout *layout, void *data)
{
    if (tape->value_count == tape->value_capacity) {
        tape->value_capacity = tape->value_capacity > 0 ? 2 * tape->value_capacity : 256;
        tape->values = axf_realloc(tape->values, (size_t)tape->value_capacity * sizeof *tape->values);
    }
    axf_value *value = axf_scratchpad_zero(&tape->step_memory, sizeof *value);
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
        block = axf_pool_take(tape->step_pool, bytes);
        status = block != NULL ? AXF_OK : AXF_ERR_MEMORY;
    }
    if (status != AXF_OK) {
        axf_tape_context(tape, status, op);
        return NULL;
    }
    axf_value *value = value_add(tape, layout, block->data);
    value->block = block;
    return value;
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
    axf_pool_drop(tape->step_pool, value->block);
    value->block = NULL;
    if (value->param == NULL) {
        value->tensor.data = NULL; /* so that a kernel which reads what its op does not keep fails at once */
    }
}
