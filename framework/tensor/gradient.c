/* Gradients of parameters: pooled or kept, dense or of the touched rows of a table. */
#include "core/error.h"
#include "tensor/tape_internal.h"

static int32_t is_sparse(const axf_param *param)
{
    return (param->spec.flags & AXF_PARAM_SPARSE) != 0;
}

/* Rows that the gradient needs: a bound by the number of ids looked up, so that planning, which reads no ids, comes to
 * the same size. */
static int64_t needed_rows(const axf_param *param)
{
    return is_sparse(param) ? param->touched.bound : param->tensor.shape[0];
}

static size_t row_bytes(const axf_param *param)
{
    const int64_t *shape = param->tensor.shape;
    return (size_t)(shape[1] * shape[2] * shape[3]) * axf_dtype_size(param->tensor.dtype);
}

/* Memory of its own, which grows with the rows touched and stays from step to step. */
static axf_status prepare_kept(axf_tape *tape, axf_param *param)
{
    const axf_backend *backend = tape->backend;
    const int64_t rows = needed_rows(param);
    const size_t size = (size_t)rows * row_bytes(param);
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
    if (tape->settings.keep_gradients) {
        return tape->planning ? AXF_OK : prepare_kept(tape, param);
    }
    if (param->gradient_block != NULL) {
        return AXF_OK;
    }
    const int64_t rows = needed_rows(param);
    param->gradient_block = axf_pool_take(tape->memory, (size_t)rows * row_bytes(param));
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
        axf_pool_drop(tape->memory, param->gradient_block);
        param->gradient_block = NULL;
        param->gradient.data = NULL;
        param->has_gradient = 0;
    }
}

static int32_t touch(axf_touched *touched, int32_t id)
{
    if (id < 0) {
        return -1;
    }
    if (touched->slot[id] < 0) {
        if (touched->count == touched->room) {
            touched->room = touched->room > 0 ? 2 * touched->room : 256;
            touched->ids = axf_realloc(touched->ids, (size_t)touched->room * sizeof *touched->ids);
        }
        touched->slot[id] = touched->count;
        touched->ids[touched->count++] = id;
    }
    return touched->slot[id];
}

axf_tensor *axf_gradient_slots(const axf_pass *pass, axf_param *param, const int32_t *ids, int64_t count)
{
    axf_tape *tape = pass->tape;
    const int64_t rows = param->tensor.shape[0];
    const int64_t bound = count < rows - param->touched.bound ? param->touched.bound + count : rows;
    param->touched.bound = (int32_t)bound;
    int32_t *slots = axf_tape_scratch(tape, (size_t)count * sizeof *slots);
    for (int64_t i = 0; i < count && !tape->planning; i++) {
        slots[i] = touch(&param->touched, ids[i]);
    }
    return axf_tape_input(tape, AXF_I32, 1, &count, slots, NULL);
}
