#include "tensor/gradient.h"

#include "core/error.h"
#include "tensor/shape.h"

static int32_t is_sparse(const axf_param *param)
{
    return (param->spec.flags & AXF_PARAM_SPARSE) != 0;
}

/* Rows that the gradient needs. For a table it is bounded by the number of ids that were looked up, so that planning,
 * which does not read ids, arrives at the same size. */
static int64_t needed_rows(const axf_param *param)
{
    return is_sparse(param) ? param->touched.bound : param->tensor.shape[0];
}

/* Gives the gradient memory of its own, which grows with the rows touched and stays from step to step. */
static axf_status prepare_kept(axf_tape *tape, axf_param *param)
{
    const axf_backend *backend = tape->backend;
    const int64_t rows = needed_rows(param);
    const size_t size = (size_t)rows * axf_tensor_row_bytes(&param->tensor);
    const size_t old = param->gradient_size;
    if (old >= size) {
        return AXF_OK;
    }
    void *memory = NULL;
    if (backend->allocate(tape->backend_self, size, &memory) != AXF_OK) {
        return axf_context(AXF_ERR_MEMORY, "%zu bytes for the gradient of %s", size, param->name);
    }
    if (old > 0) {
        axf_status status = AXF_OK;
        if (param->has_gradient) {
            status = backend->copy(tape->backend_self, memory, param->gradient.data, old);
            status = status == AXF_OK ? backend->zero(tape->backend_self, (char *)memory + old, size - old) : status;
            status = status == AXF_OK ? backend->synchronize(tape->backend_self) : status;
        }
        backend->release(tape->backend_self, param->gradient.data, old);
        if (status != AXF_OK) {
            backend->release(tape->backend_self, memory, size);
            param->gradient.data = NULL;
            param->gradient_size = 0;
            return status;
        }
    }
    param->gradient.data = memory;
    param->gradient.shape[0] = rows;
    param->gradient_size = size;
    return AXF_OK;
}

axf_status axf_gradient_prepare(axf_tape *tape, axf_param *param)
{
    if (tape->keep_gradients) {
        return tape->planning ? AXF_OK : prepare_kept(tape, param);
    }
    if (param->gradient_block != NULL) {
        return AXF_OK;
    }
    const int64_t rows = needed_rows(param);
    param->gradient_block = axf_pool_take(tape->step_pool, (size_t)rows * axf_tensor_row_bytes(&param->tensor));
    if (param->gradient_block == NULL) {
        return axf_context(AXF_ERR_MEMORY, "gradient of %s", param->name);
    }
    param->gradient.data = param->gradient_block->data;
    param->gradient.shape[0] = rows;
    return AXF_OK;
}

void axf_gradient_drop(axf_tape *tape, axf_param *param)
{
    if (param->gradient_block != NULL) {
        axf_pool_drop(tape->step_pool, param->gradient_block);
        param->gradient_block = NULL;
        param->gradient.data = NULL;
        param->has_gradient = 0;
    }
}

axf_status axf_gradient_add(axf_tape *tape, axf_tensor *to, const axf_tensor *from)
{
    axf_call call = {
        .struct_size = sizeof call, .op = AXF_OP_ACCUMULATE, .inputs = 2, .in = {to, from}, .out = to, .f = {1}};
    return tape->planning ? AXF_OK : tape->backend->forward(tape->backend_self, &call);
}

axf_status axf_gradient_reserve(axf_tape *tape, axf_param *param, int32_t parts)
{
    const int64_t rows = param->tensor.shape[0], bound = (int64_t)param->touched.bound * parts;
    param->touched.bound = (int32_t)(bound < rows ? bound : rows);
    return needed_rows(param) > 0 ? prepare_kept(tape, param) : AXF_OK;
}
