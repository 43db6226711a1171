#include "tensor/ops_pointwise.h"

#include "tensor/draws.h"
#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/op_checks.h"
#include "tensor/record.h"
#include "tensor/values.h"

/* Returns how b broadcasts beside a (AXF_BROADCAST_…); 0 when it does not fit. */
static int64_t broadcast_kind(const axf_tensor *a, const axf_tensor *b)
{
    const int64_t elements = axf_tensor_elements(a), other = axf_tensor_elements(b);
    const int64_t columns = a->shape[a->ndim - 1], rows = columns > 0 ? elements / columns : 0;
    int32_t same = a->ndim == b->ndim;
    for (int32_t i = 0; i < AXF_MAX_DIMS; i++) {
        same = same && a->shape[i] == b->shape[i];
    }
    if (same) {
        return AXF_BROADCAST_SAME;
    }
    if (other == 1) {
        return AXF_BROADCAST_ALL;
    }
    if (other == columns && b->shape[b->ndim - 1] == columns) {
        return AXF_BROADCAST_ROW;
    }
    if (other == rows && b->shape[0] == rows) {
        return AXF_BROADCAST_COLUMN;
    }
    if (a->rows != NULL && b->rows == NULL && b->ndim == 2 && b->shape[0] == a->rows->posts && b->shape[1] == columns) {
        return AXF_BROADCAST_POST;
    }
    return 0;
}

static axf_tensor *binary(const axf_pass *pass, const char *op, axf_tensor *a, axf_tensor *b, int32_t kind)
{
    axf_tensor *tensors[] = {a, b};
    if (!axf_op_ready(pass, op, tensors, 2) || !axf_op_check(pass, op, "a", a, 0) ||
        !axf_op_check(pass, op, "b", b, 0)) {
        return NULL;
    }
    const int64_t broadcast = broadcast_kind(a, b);
    if (broadcast == 0) {
        return axf_op_misfit(pass, op, a, b,
                             a->rows != NULL ? "b must be as a, [D], [R], [1], or [B, D] for the posts of a"
                                             : "b must be as a, [D], [R] or [1]");
    }
    axf_layout out = axf_layout_real(pass->tape, a->ndim, a->shape);
    out.rows = a->rows == NULL && broadcast == AXF_BROADCAST_SAME ? b->rows : a->rows;
    axf_call call = {.op = AXF_OP_BINARY, .inputs = 2, .in = {a, b}, .i = {kind, broadcast}};
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_add(const axf_pass *pass, axf_tensor *a, axf_tensor *b)
{
    return binary(pass, "add", a, b, 1);
}

axf_tensor *axf_op_multiply(const axf_pass *pass, axf_tensor *a, axf_tensor *b)
{
    return binary(pass, "multiply", a, b, 2);
}

/* Applies an op of one real input, whose result has the input's shape. */
static axf_tensor *apply_like(const axf_pass *pass, axf_call *call, axf_tensor *x)
{
    axf_layout out = axf_layout_real(pass->tape, x->ndim, x->shape);
    out.rows = x->rows;
    call->inputs = 1;
    call->in[0] = x;
    return axf_op_apply(pass, call, &out, NULL);
}

axf_tensor *axf_op_scale(const axf_pass *pass, axf_tensor *x, double factor, double offset)
{
    if (!axf_op_ready_one(pass, "scale", x, 0)) {
        return NULL;
    }
    axf_call call = {.op = AXF_OP_SCALE, .f = {factor, offset}};
    return apply_like(pass, &call, x);
}

axf_tensor *axf_op_unary(const axf_pass *pass, axf_tensor *x, int32_t activation)
{
    if (!axf_op_ready_one(pass, "unary", x, 0)) {
        return NULL;
    }
    if (activation < AXF_RELU || activation > AXF_EXP) {
        return axf_op_misfit(pass, "unary", x, NULL, "there is no such activation");
    }
    axf_call call = {.op = AXF_OP_UNARY, .i = {activation}};
    return apply_like(pass, &call, x);
}

static axf_tensor *drop(const axf_pass *pass, const char *op, axf_tensor *x, double rate, const char *name,
                        int32_t whole_posts)
{
    if (!axf_op_ready_one(pass, op, x, 0)) {
        return NULL;
    }
    if (rate == 0 || !axf_op_trains(pass, &x, 1)) {
        return x;
    }
    if (!(rate > 0 && rate < 1) || name == NULL) {
        axf_tape_fail(pass->tape, AXF_ERR_PLUGIN, "%s: the rate is %g, it must be in [0, 1), with a name for its draws",
                      op, rate);
        return NULL;
    }
    if (axf_tensor_posts(x) != pass->posts) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s %s: %s has %d posts, the pass has %d", op, name,
                      axf_tensor_text(x).text, (int)axf_tensor_posts(x), (int)pass->posts);
        return NULL;
    }
    axf_call call = {.op = AXF_OP_DROPOUT, .i = {whole_posts}, .f = {rate}, .random = axf_pass_random(pass, name)};
    return apply_like(pass, &call, x);
}

axf_tensor *axf_op_dropout(const axf_pass *pass, axf_tensor *x, double rate, const char *name)
{
    return drop(pass, "dropout", x, rate, name, 0);
}

axf_tensor *axf_op_drop_path(const axf_pass *pass, axf_tensor *x, double rate, const char *name)
{
    return drop(pass, "drop_path", x, rate, name, 1);
}
