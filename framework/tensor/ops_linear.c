#include "tensor/ops_linear.h"

#include "tensor/draws.h"
#include "tensor/op_checks.h"
#include "tensor/record.h"
#include "tensor/values.h"

static const char *activation_misfit(int32_t activation)
{
    return activation >= AXF_NONE && activation <= AXF_TANH ? NULL : "its activation is none of NONE, RELU, GELU, TANH";
}

axf_tensor *axf_op_linear(const axf_pass *pass, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t activation)
{
    axf_tensor *tensors[] = {x, w, b};
    if (!axf_op_ready(pass, "linear", tensors, b != NULL ? 3 : 2) || !axf_op_check(pass, "linear", "x", x, 2) ||
        !axf_op_check(pass, "linear", "w", w, 2) || (b != NULL && !axf_op_check(pass, "linear", "b", b, 1))) {
        return NULL;
    }
    if (x->shape[1] != w->shape[1]) {
        return axf_op_misfit(pass, "linear", x, w, "x [R, K] and w [N, K] must have the same K");
    }
    if (b != NULL && b->shape[0] != w->shape[0]) {
        return axf_op_misfit(pass, "linear", w, b, "w [N, K] and b [N] must have the same N");
    }
    if (activation_misfit(activation) != NULL) {
        return axf_op_misfit(pass, "linear", x, w, activation_misfit(activation));
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){x->shape[0], w->shape[0]});
    const axf_layout none = {0};
    const axf_layout keep = activation == AXF_GELU ? out : none;
    out.rows = x->rows;
    axf_call call = {.op = AXF_OP_LINEAR, .inputs = 3, .in = {x, w, b}, .i = {activation}};
    return axf_op_apply(pass, &call, &out, &keep);
}

axf_tensor *axf_op_matmul(const axf_pass *pass, axf_tensor *a, axf_tensor *b, int32_t transpose_a, int32_t transpose_b,
                          double scale)
{
    axf_tensor *tensors[] = {a, b};
    if (!axf_op_ready(pass, "matmul", tensors, 2) || !axf_op_check(pass, "matmul", "a", a, 0) ||
        !axf_op_check(pass, "matmul", "b", b, 0)) {
        return NULL;
    }
    const int32_t batched = a->ndim == 3;
    if (a->ndim != b->ndim || a->ndim < 2 || a->ndim > 3 || (batched && a->shape[0] != b->shape[0])) {
        return axf_op_misfit(pass, "matmul", a, b, "both must be [m, k], or both [n, m, k] with the same n");
    }
    const int64_t *sa = a->shape + batched, *sb = b->shape + batched;
    const int64_t m = transpose_a ? sa[1] : sa[0], k = transpose_a ? sa[0] : sa[1];
    const int64_t n = transpose_b ? sb[0] : sb[1], inner = transpose_b ? sb[1] : sb[0];
    if (k != inner) {
        return axf_op_misfit(pass, "matmul", a, b, "the inner dimensions differ");
    }
    const int64_t shape[] = {batched ? a->shape[0] : m, batched ? m : n, n};
    const axf_layout out = axf_layout_real(pass->tape, a->ndim, shape);
    axf_call call = {
        .op = AXF_OP_MATMUL, .inputs = 2, .in = {a, b}, .i = {transpose_a != 0, transpose_b != 0}, .f = {scale}};
    return axf_op_apply(pass, &call, &out, NULL);
}

/* Returns why q, k, v and bias do not fit together; NULL when they do. */
static const char *attention_misfit(const axf_tensor *q, const axf_tensor *k, const axf_tensor *v,
                                    const axf_tensor *bias, int32_t heads)
{
    if (k->rows == NULL || !axf_rows_equal(k->rows, v->rows)) {
        return "k and v must be rows of the same posts";
    }
    if (axf_tensor_posts(q) != k->rows->posts) {
        return "q and k must have the same posts (dense q: a row a post)";
    }
    if (q->shape[1] != k->shape[1]) {
        return "q [Rq, D] and k [Rk, D] must have the same D";
    }
    if (heads < 1 || q->shape[1] % heads != 0 || v->shape[1] % heads != 0) {
        return "the columns of q, k and v must be multiples of the heads";
    }
    const int64_t length = k->rows->longest;
    if (bias != NULL &&
        (q->rows == NULL || !axf_rows_equal(q->rows, k->rows) || length * k->rows->posts != k->rows->total ||
         bias->shape[0] != heads || bias->shape[1] != length || bias->shape[2] != length)) {
        return "a bias [heads, L, L] needs L rows in q and k of every post";
    }
    return NULL;
}

axf_tensor *axf_op_attention(const axf_pass *pass, axf_tensor *q, axf_tensor *k, axf_tensor *v, axf_tensor *bias,
                             int32_t heads, double scale, double dropout, const char *name)
{
    axf_tensor *tensors[] = {q, k, v, bias};
    if (!axf_op_ready(pass, "attention", tensors, bias != NULL ? 4 : 3) ||
        !axf_op_check(pass, "attention", "q", q, 2) || !axf_op_check(pass, "attention", "k", k, 2) ||
        !axf_op_check(pass, "attention", "v", v, 2) ||
        (bias != NULL && !axf_op_check(pass, "attention", "bias", bias, 3))) {
        return NULL;
    }
    const char *misfit = attention_misfit(q, k, v, bias, heads);
    if (misfit != NULL) {
        return axf_op_misfit(pass, "attention", q, k, misfit);
    }
    axf_call call = {.op = AXF_OP_ATTENTION, .inputs = 4, .in = {q, k, v, bias}, .i = {heads}, .f = {scale, 0}};
    if (dropout > 0 && axf_op_trains(pass, tensors, 3)) {
        if (axf_tensor_posts(q) != pass->posts || name == NULL || !(dropout < 1)) {
            return axf_op_misfit(pass, "attention", q, k,
                                 "dropout needs a rate below 1, a name, and the posts of the pass");
        }
        call.f[1] = dropout;
        call.random = axf_pass_random(pass, name);
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){q->shape[0], v->shape[1]});
    out.rows = q->rows;
    const axf_layout keep = axf_layout_real(pass->tape, 2, (const int64_t[]){q->shape[0], heads});
    return axf_op_apply(pass, &call, &out, &keep);
}
