#include "tensor/record.h"

#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/op_traits.h"
#include "tensor/tape.h"
#include "tensor/values.h"

int32_t axf_op_ready(const axf_pass *pass, const char *op, axf_tensor *const *tensors, int32_t count)
{
    axf_tape *tape = pass->tape;
    if (tape->status != AXF_OK) {
        return 0;
    }
    for (int32_t i = 0; i < count; i++) {
        if (tensors[i] == NULL) {
            axf_tape_fail(tape, AXF_ERR_PLUGIN, "%s: tensor %d is missing (NULL)", op, (int)i + 1);
            return 0;
        }
        const axf_value *value = axf_tensor_value(tensors[i]);
        if (value == NULL && tensors[i]->data == NULL && !tape->planning) {
            axf_tape_fail(tape, AXF_ERR_INTERNAL, "%s: parameter %s has no memory yet", op,
                          axf_tensor_text(tensors[i]).text);
            return 0;
        }
        if (value != NULL && !value->alive) {
            axf_tape_fail(tape, AXF_ERR_PLUGIN,
                          "%s: tensor %d, %s, was made in a scope that has ended: hand it to scope_end to keep it", op,
                          (int)i + 1, axf_tensor_text(tensors[i]).text);
            return 0;
        }
    }
    return 1;
}

int axf_op_trains(const axf_pass *pass, axf_tensor *const *tensors, int32_t count)
{
    if (!pass->training || ((const axf_pass_record *)pass)->record != AXF_RECORD_TRAINED) {
        return pass->training;
    }
    int trained = 0;
    for (int32_t i = 0; i < count; i++) {
        trained |= tensors[i] != NULL && tensors[i]->wants_gradient;
    }
    return trained;
}

/* Returns which inputs want a gradient (bit i: input i). An input that wants one which the op cannot give is a sticky
 * failure. */
static uint32_t wanted_inputs(const axf_pass *pass, const axf_call *call, const axf_op_traits *traits)
{
    axf_tape *tape = pass->tape;
    uint32_t wanted = 0;
    if (!tape->recording || !((const axf_pass_record *)pass)->record) {
        return 0;
    }
    for (int32_t i = 0; i < call->inputs; i++) {
        axf_tensor *tensor = (axf_tensor *)call->in[i];
        if (tensor == NULL || !tensor->wants_gradient) {
            continue;
        }
        if (!(traits->differentiable >> i & 1)) {
            axf_tape_fail(tape, AXF_ERR_UNSUPPORTED,
                          "%s: input %d, %s, carries a gradient, which this op does not "
                          "pass on: detach it",
                          traits->name, (int)i + 1, axf_tensor_text(tensor).text);
            return 0;
        }
        const axf_param *param = axf_tensor_param(tensor);
        if (param != NULL && param->spec.flags & AXF_PARAM_SPARSE &&
            (call->op != AXF_OP_EMBEDDING || &param->tensor != tensor)) {
            axf_tape_fail(tape, AXF_ERR_UNSUPPORTED,
                          "%s: %s is declared sparse, so that only embedding may read it; "
                          "declare it without AXF_PARAM_SPARSE",
                          traits->name, param->name);
            return 0;
        }
        wanted |= 1u << i;
    }
    return wanted;
}

static axf_node *node_add(axf_tape *tape)
{
    if (tape->node_count == tape->node_capacity) {
        tape->node_capacity = tape->node_capacity > 0 ? 2 * tape->node_capacity : 256;
        tape->nodes = axf_realloc(tape->nodes, (size_t)tape->node_capacity * sizeof *tape->nodes);
    }
    axf_node *node = axf_scratchpad_zero(&tape->step_memory, sizeof *node);
    tape->nodes[tape->node_count++] = node;
    return node;
}

/* Holds what backward reads, and counts the uses of each trained parameter whose memory an input is. */
static void node_hold(axf_node *node, const axf_op_traits *traits)
{
    const axf_call *call = &node->call;
    for (int32_t i = 0; i < call->inputs; i++) {
        axf_tensor *tensor = (axf_tensor *)call->in[i];
        axf_value *value = tensor != NULL ? axf_tensor_value(tensor) : NULL;
        if (value != NULL && traits->reads[i] & node->wanted) {
            value->refs++;
            node->saved |= 1u << i;
        }
        axf_param *param = tensor != NULL ? axf_tensor_param(tensor) : NULL;
        if (param != NULL && param->trained) {
            param->uses++;
        }
    }
    if (traits->reads_out & node->wanted) {
        ((axf_value *)call->out)->refs++;
        node->saved_out = 1;
    }
}

static axf_status take_keep(axf_tape *tape, const axf_layout *keep, axf_tensor *tensor, axf_block **block)
{
    size_t bytes = 0;
    AXF_TRY(axf_layout_bytes(keep, &bytes));
    *block = axf_pool_take(tape->step_pool, bytes);
    if (*block == NULL) {
        return AXF_ERR_MEMORY;
    }
    *tensor = (axf_tensor){.struct_size = sizeof *tensor,
                           .dtype = keep->dtype,
                           .ndim = keep->ndim,
                           .shape = {keep->shape[0], keep->shape[1], keep->shape[2], keep->shape[3]},
                           .data = (*block)->data};
    return AXF_OK;
}

/* Adds the node of a call whose backward will come, with memory for what forward keeps for it. NULL after a sticky
 * failure. */
static axf_node *node_begin(axf_tape *tape, const axf_call *call, uint32_t wanted, const axf_layout *keep)
{
    axf_node *node = node_add(tape);
    node->call = *call;
    node->wanted = wanted;
    if (keep != NULL && keep->ndim > 0) {
        const axf_status status = take_keep(tape, keep, &node->keep, &node->keep_block);
        if (status != AXF_OK) {
            axf_tape_context(tape, status, "what backward needs");
            return NULL;
        }
        node->call.keep = &node->keep;
    }
    return node;
}

axf_tensor *axf_op_apply(const axf_pass *pass, axf_call *call, const axf_layout *out, const axf_layout *keep)
{
    axf_tape *tape = pass->tape;
    const axf_op_traits traits = axf_op_traits_get(call);
    const uint32_t wanted = wanted_inputs(pass, call, &traits);
    axf_value *result = tape->status == AXF_OK ? axf_value_new(tape, traits.name, out) : NULL;
    if (result == NULL) {
        return NULL;
    }
    call->struct_size = sizeof *call;
    call->out = &result->tensor;
    call->recording = wanted != 0 && !tape->recording_paused;
    axf_node *node = NULL;
    if (call->recording) {
        node = node_begin(tape, call, wanted, keep);
        if (node == NULL) {
            return NULL;
        }
        call = &node->call;
    }
    const axf_status status = tape->planning ? AXF_OK : tape->backend->forward(tape->backend_self, call);
    if (status != AXF_OK) {
        axf_tape_context(tape, status, traits.name);
        return NULL;
    }
    if (node != NULL) {
        node_hold(node, &traits);
    }
    result->tensor.wants_gradient = wanted != 0;
    return &result->tensor;
}
