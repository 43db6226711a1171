#include "tensor/ops_loss.h"

#include "tensor/op_checks.h"
#include "tensor/record.h"
#include "tensor/transfers.h"
#include "tensor/values.h"

static int32_t loss_ready(const axf_pass *pass, const char *op, axf_tensor *logits, axf_tensor *targets,
                          axf_tensor *weights)
{
    axf_tensor *tensors[] = {logits, targets, weights};
    if (!axf_op_ready(pass, op, tensors, weights != NULL ? 3 : 2) || !axf_op_check(pass, op, "logits", logits, 2) ||
        (weights != NULL && !axf_op_check(pass, op, "weights", weights, 1))) {
        return 0;
    }
    if (weights != NULL && weights->shape[0] != logits->shape[1]) {
        axf_op_misfit(pass, op, logits, weights, "logits [B, K] need weights [K]");
        return 0;
    }
    return 1;
}

static int32_t same_shape(const axf_tensor *a, const axf_tensor *b)
{
    return a->ndim == b->ndim && a->shape[0] == b->shape[0] && a->shape[1] == b->shape[1];
}

static axf_tensor *loss(const axf_pass *pass, int32_t op, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights)
{
    const axf_layout out = axf_layout_real(pass->tape, 1, logits->shape);
    axf_call call = {.op = op, .inputs = 3, .in = {logits, targets, weights}};
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_cross_entropy(const axf_pass *pass, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights)
{
    if (!loss_ready(pass, "cross_entropy", logits, targets, weights)) {
        return NULL;
    }
    if (targets->dtype == AXF_I32) {
        if (targets->ndim != 1 || targets->shape[0] != logits->shape[0]) {
            return axf_op_misfit(pass, "cross_entropy", logits, targets, "logits [B, K] need targets i32 [B]");
        }
        const int32_t *numbers = axf_tape_host_index(pass->tape, "cross_entropy", targets);
        if (!axf_op_check_index(pass, "cross_entropy", numbers, targets->shape[0], 0, logits->shape[1])) {
            return NULL;
        }
    } else if (targets->dtype != pass->tape->real_dtype || !same_shape(logits, targets)) {
        return axf_op_misfit(pass, "cross_entropy", logits, targets,
                             "logits [B, K] need targets i32 [B], or probabilities [B, K]");
    }
    return loss(pass, AXF_OP_CROSS_ENTROPY, logits, targets, weights);
}

axf_tensor *axf_op_binary_cross_entropy(const axf_pass *pass, axf_tensor *logits, axf_tensor *targets,
                                        axf_tensor *weights)
{
    if (!loss_ready(pass, "binary_cross_entropy", logits, targets, weights) ||
        !axf_op_check(pass, "binary_cross_entropy", "targets", targets, 2)) {
        return NULL;
    }
    if (!same_shape(logits, targets)) {
        return axf_op_misfit(pass, "binary_cross_entropy", logits, targets, "both must be [B, K]");
    }
    return loss(pass, AXF_OP_BINARY_CROSS_ENTROPY, logits, targets, weights);
}

axf_tensor *axf_op_sum(const axf_pass *pass, axf_tensor *x, double factor)
{
    if (!axf_op_ready_one(pass, "sum", x, 0)) {
        return NULL;
    }
    const axf_layout out = axf_layout_real(pass->tape, 1, (const int64_t[]){1});
    axf_call call = {.op = AXF_OP_SUM, .inputs = 1, .in = {x}, .f = {factor}};
    return axf_op_apply(pass, &call, &out, NULL);
}
