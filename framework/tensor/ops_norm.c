#include "tensor/ops_norm.h"

#include "tensor/op_checks.h"
#include "tensor/record.h"
#include "tensor/values.h"

axf_tensor *axf_op_layer_norm(const axf_pass *pass, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta, double eps)
{
    axf_tensor *tensors[] = {x, gamma, beta};
    if (!axf_op_ready(pass, "layer_norm", tensors, 3) || !axf_op_check(pass, "layer_norm", "x", x, 2) ||
        !axf_op_check(pass, "layer_norm", "gamma", gamma, 1) || !axf_op_check(pass, "layer_norm", "beta", beta, 1)) {
        return NULL;
    }
    if (gamma->shape[0] != x->shape[1] || beta->shape[0] != x->shape[1]) {
        return axf_op_misfit(pass, "layer_norm", x, gamma->shape[0] != x->shape[1] ? gamma : beta,
                             "x [R, D] needs gamma [D] and beta [D]");
    }
    axf_layout out = axf_layout_real(pass->tape, 2, x->shape);
    out.rows = x->rows;
    const axf_layout keep = axf_layout_real(pass->tape, 2, (const int64_t[]){x->shape[0], 2});
    axf_call call = {.op = AXF_OP_LAYER_NORM, .inputs = 3, .in = {x, gamma, beta}, .f = {eps}};
    return axf_op_apply(pass, &call, &out, &keep);
}

axf_tensor *axf_op_batch_norm(const axf_pass *pass, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta,
                              axf_tensor *running_mean, axf_tensor *running_var, double eps, double momentum)
{
    axf_tensor *tensors[] = {x, gamma, beta, running_mean, running_var};
    if (!axf_op_ready(pass, "batch_norm", tensors, 5) || !axf_op_check(pass, "batch_norm", "x", x, 4)) {
        return NULL;
    }
    for (int32_t i = 1; i < 5; i++) {
        if (!axf_op_check(pass, "batch_norm", "a vector", tensors[i], 1)) {
            return NULL;
        }
        if (tensors[i]->shape[0] != x->shape[1]) {
            return axf_op_misfit(pass, "batch_norm", x, tensors[i], "x [N, C, H, W] needs vectors [C]");
        }
    }
    const axf_layout out = axf_layout_real(pass->tape, 4, x->shape);
    const axf_layout keep = axf_layout_real(pass->tape, 2, (const int64_t[]){2, x->shape[1]});
    axf_call call = {.op = AXF_OP_BATCH_NORM,
                     .inputs = 5,
                     .in = {x, gamma, beta, running_mean, running_var},
                     .i = {axf_op_trains(pass, tensors, 3)},
                     .f = {eps, momentum}};
    return axf_op_apply(pass, &call, &out, &keep);
}

static axf_tensor *by_rows(const axf_pass *pass, const char *op, int32_t number, axf_tensor *x, int32_t keeps)
{
    if (!axf_op_ready_one(pass, op, x, 2)) {
        return NULL;
    }
    axf_layout out = axf_layout_real(pass->tape, 2, x->shape);
    out.rows = x->rows;
    const axf_layout keep = axf_layout_real(pass->tape, 1, x->shape);
    axf_call call = {.op = number, .inputs = 1, .in = {x}};
    return axf_op_apply(pass, &call, &out, keeps ? &keep : NULL);
}

axf_tensor *axf_op_l2_normalize(const axf_pass *pass, axf_tensor *x)
{
    return by_rows(pass, "l2_normalize", AXF_OP_L2_NORMALIZE, x, 1);
}

axf_tensor *axf_op_softmax(const axf_pass *pass, axf_tensor *x)
{
    return by_rows(pass, "softmax", AXF_OP_SOFTMAX, x, 0);
}
