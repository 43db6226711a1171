#include "tensor/ops_custom.h"

#include "tensor/failure.h"
#include "tensor/record.h"
#include "tensor/values.h"

/* `parameters` belong to the plugin, and must live until the step has ended. */
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
