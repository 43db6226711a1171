/* Ops without a kernel: numbers from the host, and other views of the same memory. */
#include "tensor/ops_internal.h"

#include "core/error.h"

axf_tensor *axf_op_index(const axf_pass *pass, const int32_t *values, int64_t count)
{
    return axf_tape_input(pass->tape, AXF_I32, 1, &count, values, NULL);
}

axf_tensor *axf_op_constant(const axf_pass *pass, const float *values, int64_t rows, int64_t columns)
{
    const int64_t shape[] = {rows, columns};
    return axf_tape_input(pass->tape, AXF_F32, columns > 0 ? 2 : 1, shape, values, NULL);
}

axf_tensor *axf_op_reshape(const axf_pass *pass, axf_tensor *x, int32_t ndim, const int64_t *shape)
{
    if (!axf_op_ready(pass, "reshape", &x, 1)) {
        return NULL;
    }
    axf_layout layout = axf_layout_real(pass->tape, ndim, shape);
    layout.dtype = x->dtype;
    size_t bytes = 0;
    const axf_status status = axf_layout_bytes(&layout, &bytes);
    if (status != AXF_OK) {
        axf_tape_failed(pass->tape, status, "reshape");
        return NULL;
    }
    if (bytes != (size_t)axf_tensor_elements(x) * axf_dtype_size(x->dtype)) {
        const axf_handle wanted = {
            .tensor = {.ndim = ndim, .shape = {layout.shape[0], layout.shape[1], layout.shape[2], layout.shape[3]}},
            .kind = AXF_HANDLE_VALUE};
        return axf_op_misfit(pass, "reshape", x, &wanted.tensor, "the number of elements must stay");
    }
    return &axf_value_view(pass->tape, x, ndim, layout.shape, NULL, 1)->tensor;
}

axf_tensor *axf_op_with_rows(const axf_pass *pass, axf_tensor *x, const axf_rows *rows)
{
    if (!axf_op_ready(pass, "with_rows", &x, 1)) {
        return NULL;
    }
    if (x->ndim != 2 || (rows != NULL && rows->total > x->shape[0])) {
        return axf_op_misfit(pass, "with_rows", x, NULL, "it must be [R, D] with at least the rows of the posts");
    }
    return &axf_value_view(pass->tape, x, x->ndim, x->shape, rows, 1)->tensor;
}

axf_tensor *axf_op_detach(const axf_pass *pass, axf_tensor *x)
{
    if (!axf_op_ready(pass, "detach", &x, 1)) {
        return NULL;
    }
    return &axf_value_view(pass->tape, x, x->ndim, x->shape, x->rows, 0)->tensor;
}

/* An own op's parameters are the plugin's: they must live until the step has ended. */
axf_tensor *axf_op_custom_call(const axf_pass *pass, const axf_op_custom *op, axf_tensor *const *inputs, int32_t count,
                               int32_t ndim, const int64_t *shape, const axf_rows *rows, const void *parameters)
{
    axf_tape *tape = pass->tape;
    if (op == NULL || op->struct_size < sizeof *op || op->name == NULL || op->forward == NULL || count < 0 ||
        count > AXF_CALL_INPUTS || ndim < 1 || ndim > AXF_MAX_DIMS) {
        axf_tape_fail(tape, AXF_ERR_PLUGIN,
                      "custom: an op needs a name, forward, 0 to %d inputs and 1 to %d dimensions", AXF_CALL_INPUTS,
                      AXF_MAX_DIMS);
        return NULL;
    }
    if (!axf_op_ready(pass, op->name, inputs, count)) {
        return NULL;
    }
    axf_call call = {.op = AXF_OP_CUSTOM, .inputs = count, .custom = op, .parameters = parameters};
    int32_t wants = 0;
    for (int32_t i = 0; i < count; i++) {
        call.in[i] = inputs[i];
        wants |= inputs[i]->wants_gradient;
    }
    if (wants && op->backward == NULL) {
        axf_tape_fail(tape, AXF_ERR_PLUGIN, "%s: an input carries a gradient, and the op has no backward: detach it",
                      op->name);
        return NULL;
    }
    axf_layout out = axf_layout_real(tape, ndim, shape);
    out.rows = rows;
    if (rows != NULL && (ndim != 2 || shape[0] < rows->total)) {
        axf_tape_fail(tape, AXF_ERR_SHAPE, "%s: a result with rows is [R, D] with at least the rows of the posts",
                      op->name);
        return NULL;
    }
    return axf_op_apply(pass, &call, &out, NULL);
}

const axf_rows *axf_op_rows(const axf_pass *pass, int32_t posts, const int32_t *offset)
{
    int bad = posts < 1 || offset == NULL || offset[0] != 0;
    for (int32_t b = 0; !bad && b < posts; b++) {
        bad = offset[b + 1] < offset[b];
    }
    if (bad) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "rows: offsets of %d posts must begin at 0 and not fall", posts);
        return NULL;
    }
    return axf_tape_rows(pass->tape, posts, offset);
}
