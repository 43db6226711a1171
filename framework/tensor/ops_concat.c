#include "tensor/ops_concat.h"

#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/op_checks.h"
#include "tensor/ragged.h"
#include "tensor/record.h"
#include "tensor/values.h"

enum { MOST = 4 };

static int32_t ready(const axf_pass *pass, const char *op, axf_tensor *const *x, int32_t count)
{
    if (count < 2 || count > MOST) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: %d tensors, there may be 2 to %d", op, (int)count, MOST);
        return 0;
    }
    if (!axf_op_ready(pass, op, x, count)) {
        return 0;
    }
    for (int32_t i = 0; i < count; i++) {
        if (!axf_op_check(pass, op, "x", x[i], 2)) {
            return 0;
        }
    }
    return 1;
}

axf_tensor *axf_op_concat_columns(const axf_pass *pass, axf_tensor *const *x, int32_t count)
{
    if (!ready(pass, "concat_columns", x, count)) {
        return NULL;
    }
    axf_call call = {.op = AXF_OP_CONCAT_COLUMNS, .inputs = count};
    int64_t width = 0;
    for (int32_t i = 0; i < count; i++) {
        if (x[i]->shape[0] != x[0]->shape[0] || __builtin_add_overflow(width, x[i]->shape[1], &width)) {
            return axf_op_misfit(pass, "concat_columns", x[0], x[i], "all must have the same number of rows");
        }
        call.in[i] = x[i];
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){x[0]->shape[0], width});
    out.rows = x[0]->rows;
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_slice_columns(const axf_pass *pass, axf_tensor *x, int64_t from, int64_t count)
{
    if (!axf_op_ready_one(pass, "slice_columns", x, 2)) {
        return NULL;
    }
    if (from < 0 || count < 1 || from > x->shape[1] || count > x->shape[1] - from) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "slice_columns: %lld columns from %lld on are not within %s",
                      (long long)count, (long long)from, axf_tensor_text(x).text);
        return NULL;
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){x->shape[0], count});
    out.rows = x->rows;
    axf_call call = {.op = AXF_OP_SLICE_COLUMNS, .inputs = 1, .in = {x}, .i = {from}};
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_concat_rows(const axf_pass *pass, axf_tensor *const *x, int32_t count)
{
    if (!ready(pass, "concat_rows", x, count)) {
        return NULL;
    }
    const int32_t posts = axf_tensor_posts(x[0]);
    axf_call call = {.op = AXF_OP_CONCAT_ROWS, .inputs = count};
    for (int32_t i = 0; i < count; i++) {
        if (axf_tensor_posts(x[i]) != posts || x[i]->shape[1] != x[0]->shape[1]) {
            return axf_op_misfit(pass, "concat_rows", x[0], x[i], "all must have the same posts and columns");
        }
        call.in[i] = x[i];
    }
    int32_t *offset = axf_scratchpad_zero(&pass->tape->step_memory, ((size_t)posts + 1) * sizeof *offset);
    int64_t total = 0;
    for (int32_t b = 0; b < posts; b++) {
        for (int32_t i = 0; i < count; i++) {
            total += x[i]->rows != NULL ? x[i]->rows->offset[b + 1] - x[i]->rows->offset[b] : 1;
        }
        if (total > INT32_MAX) {
            return axf_op_misfit(pass, "concat_rows", x[0], x[1], "the result would have more than 2^31 - 1 rows");
        }
        offset[b + 1] = (int32_t)total;
    }
    const axf_rows *rows = axf_tape_rows(pass->tape, posts, offset);
    if (rows == NULL) {
        return NULL;
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){axf_rows_padded(total), x[0]->shape[1]});
    out.rows = rows;
    return axf_op_apply(pass, &call, &out, NULL);
}
