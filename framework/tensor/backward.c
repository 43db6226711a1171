#include "tensor/backward.h"

#include "core/error.h"
#include "tensor/failure.h"
#include "tensor/gradient.h"
#include "tensor/handles.h"
#include "tensor/op_traits.h"
#include "tensor/shape.h"
#include "tensor/values.h"

typedef struct axf_walk {
    axf_tape *tape;
    axf_gradient_hook hook;
    void *context;
} axf_walk;

/* Where the gradients of a node's inputs go. Two inputs may be one tensor; then the second gets a block of its own, since
 * no kernel is asked to write one tensor through two pointers. */
typedef struct axf_targets {
    axf_tensor tensor[AXF_CALL_INPUTS];
    axf_block *apart[AXF_CALL_INPUTS];
} axf_targets;

/* Returns the parameter or the root value whose gradient the tensor's is. */
static void *gradient_owner(axf_tensor *tensor)
{
    axf_param *param = axf_tensor_param(tensor);
    return param != NULL ? (void *)param : (void *)axf_tensor_value(tensor)->root;
}

static axf_block *take_like(axf_tape *tape, const axf_tensor *tensor)
{
    return axf_pool_take(tape->step_pool, axf_tensor_bytes(tensor));
}

static axf_status target_param(axf_tape *tape, axf_param *param, axf_tensor *target, int32_t *exists)
{
    AXF_TRY(axf_gradient_prepare(tape, param));
    target->data = param->gradient.data;
    if (param->spec.flags & AXF_PARAM_SPARSE) {
        target->shape[0] = param->gradient.shape[0];
    }
    *exists = param->has_gradient;
    if (param->gradient.data != NULL) { /* in planning, kept gradients have no memory */
        param->has_gradient = 1;
    }
    return AXF_OK;
}

static axf_status target_value(axf_tape *tape, axf_value *root, axf_tensor *target, int32_t *exists)
{
    *exists = root->gradient != NULL;
    if (root->gradient == NULL) {
        root->gradient = take_like(tape, &root->tensor);
        if (root->gradient == NULL) {
            return AXF_ERR_MEMORY;
        }
    }
    target->data = root->gradient->data;
    return AXF_OK;
}

static int32_t is_repeated(const axf_node *node, int32_t input)
{
    void *owner = gradient_owner((axf_tensor *)node->call.in[input]);
    for (int32_t i = 0; i < input; i++) {
        if (node->wanted >> i & 1 && gradient_owner((axf_tensor *)node->call.in[i]) == owner) {
            return 1;
        }
    }
    return 0;
}

static axf_status prepare_targets(axf_tape *tape, axf_node *node, axf_targets *targets)
{
    axf_call *call = &node->call;
    call->add = 0;
    for (int32_t i = 0; i < call->inputs; i++) {
        call->grad_in[i] = NULL;
        if (!(node->wanted >> i & 1)) {
            continue;
        }
        axf_tensor *input = (axf_tensor *)call->in[i];
        axf_tensor *target = &targets->tensor[i];
        axf_param *param = axf_tensor_param(input);
        int32_t exists = 0;
        *target = *input;
        call->grad_in[i] = target;
        if (is_repeated(node, i)) {
            targets->apart[i] = take_like(tape, input);
            if (targets->apart[i] == NULL) {
                return AXF_ERR_MEMORY;
            }
            target->data = targets->apart[i]->data;
        } else if (param != NULL) {
            AXF_TRY(target_param(tape, param, target, &exists));
        } else {
            AXF_TRY(target_value(tape, axf_tensor_value(input)->root, target, &exists));
        }
        call->add |= (uint32_t)exists << i;
    }
    return AXF_OK;
}

/* Adds the gradients that were computed apart, in order of the inputs. */
static axf_status join_targets(axf_tape *tape, const axf_node *node, axf_targets *targets)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < node->call.inputs; i++) {
        for (int32_t first = 0; targets->apart[i] != NULL && status == AXF_OK && first < i; first++) {
            if (node->wanted >> first & 1 &&
                gradient_owner((axf_tensor *)node->call.in[first]) == gradient_owner((axf_tensor *)node->call.in[i])) {
                status = axf_gradient_add(tape, &targets->tensor[first], &targets->tensor[i]);
                break;
            }
        }
        axf_pool_drop(tape->step_pool, targets->apart[i]);
    }
    return status;
}

/* The first gradient of a sum's left side equals the gradient of the sum: its memory is handed on instead of copied. */
static void hand_on_sum(axf_node *node, axf_value *out)
{
    axf_tensor *left = (axf_tensor *)node->call.in[0], *right = (axf_tensor *)node->call.in[1];
    if (node->call.op != AXF_OP_BINARY || node->call.i[0] != 1 || !(node->wanted & 1) ||
        axf_tensor_param(left) != NULL) {
        return;
    }
    axf_value *root = axf_tensor_value(left)->root;
    if (root->gradient == NULL && !(node->wanted & 2 && gradient_owner(right) == root)) {
        root->gradient = out->gradient;
        axf_pool_hold(root->gradient);
        node->wanted &= ~1u;
    }
}

static axf_status run_node(axf_tape *tape, axf_node *node, axf_value *out)
{
    hand_on_sum(node, out);
    if (node->wanted == 0) {
        return AXF_OK;
    }
    axf_targets targets = {0};
    axf_tensor grad_out = out->tensor;
    grad_out.data = out->gradient->data;
    node->call.grad_out = &grad_out;
    axf_status status = prepare_targets(tape, node, &targets);
    if (status == AXF_OK && !tape->planning) {
        status = tape->backend->backward(tape->backend_self, &node->call);
    }
    const axf_status joined = join_targets(tape, node, &targets);
    node->call.grad_out = NULL;
    return status != AXF_OK ? status : joined;
}

static void release_node(axf_tape *tape, axf_node *node)
{
    for (int32_t i = 0; i < node->call.inputs; i++) {
        if (node->saved >> i & 1) {
            axf_value_drop(tape, axf_tensor_value((axf_tensor *)node->call.in[i]));
        }
    }
    if (node->saved_out) {
        axf_value_drop(tape, (axf_value *)node->call.out);
    }
    axf_pool_drop(tape->step_pool, node->keep_block);
}

/* Counts the node's uses of parameters as done. A gradient that is final by now is given to the hook; a pooled one then
 * returns to the pool. */
static axf_status finish_params(const axf_walk *walk, const axf_node *node)
{
    axf_tape *tape = walk->tape;
    for (int32_t i = 0; i < node->call.inputs; i++) {
        axf_param *param = node->call.in[i] != NULL ? axf_tensor_param((axf_tensor *)node->call.in[i]) : NULL;
        if (param == NULL || !param->trained || --param->uses > 0 || !param->has_gradient) {
            continue;
        }
        if (walk->hook != NULL && !tape->planning) {
            AXF_TRY(walk->hook(walk->context, param));
        }
        if (!tape->keep_gradients) {
            axf_gradient_drop(tape, param);
        }
    }
    return AXF_OK;
}

static axf_status seed_gradient(axf_tape *tape, axf_value *root, double seed)
{
    if (root->gradient == NULL) {
        root->gradient = take_like(tape, &root->tensor);
    }
    if (root->gradient == NULL) {
        return AXF_ERR_MEMORY;
    }
    const float narrow = (float)seed;
    return tape->planning
               ? AXF_OK
               : tape->backend->upload(tape->backend_self, root->gradient->data,
                                       tape->real_dtype == AXF_F64 ? (const void *)&seed : (const void *)&narrow,
                                       axf_dtype_size(tape->real_dtype));
}

axf_status axf_tape_walk_back(axf_tape *tape, axf_gradient_hook hook, void *context)
{
    const axf_walk walk = {.tape = tape, .hook = hook, .context = context};
    while (tape->node_count > 0) {
        axf_node *node = tape->nodes[--tape->node_count];
        axf_value *out = (axf_value *)node->call.out;
        if (out->gradient != NULL) {
            const axf_status status = run_node(tape, node, out);
            if (status != AXF_OK) {
                return axf_context(status, "backward of %s", axf_op_traits_get(&node->call).name);
            }
            axf_pool_drop(tape->step_pool, out->gradient);
            out->gradient = NULL;
        }
        release_node(tape, node);
        AXF_TRY(finish_params(&walk, node));
    }
    return AXF_OK;
}

axf_status axf_tape_backward(axf_tape *tape, axf_tensor *loss, double seed, axf_gradient_hook hook, void *context)
{
    if (tape->status != AXF_OK) {
        return tape->status;
    }
    if (loss == NULL || axf_tensor_elements(loss) != 1) {
        return axf_tape_fail(tape, AXF_ERR_SHAPE, "backward: the loss is %s, it must be [1]",
                             loss != NULL ? axf_tensor_text(loss).text : "missing");
    }
    if (!loss->wants_gradient || axf_tensor_param(loss) != NULL) {
        return axf_tape_fail(tape, AXF_ERR_UNSUPPORTED, "backward: no trained parameter lies behind the loss");
    }
    axf_status status = seed_gradient(tape, axf_tensor_value(loss)->root, seed);
    status = status == AXF_OK ? axf_tape_walk_back(tape, hook, context) : status;
    if (status != AXF_OK) {
        tape->status = status;
    }
    return status;
}
