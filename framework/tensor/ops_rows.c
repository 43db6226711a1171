#include "tensor/ops_rows.h"

#include "tensor/handles.h"
#include "tensor/op_checks.h"
#include "tensor/ops_views.h"
#include "tensor/record.h"
#include "tensor/touched.h"
#include "tensor/transfers.h"
#include "tensor/values.h"

#include <string.h>

/* Offsets of `posts` posts with room for one more number, in the step's bookkeeping. */
static int32_t *new_numbers(const axf_pass *pass, int64_t count)
{
    return axf_scratchpad_zero(&pass->tape->step_memory, (size_t)count * sizeof(int32_t));
}

axf_tensor *axf_op_embedding(const axf_pass *pass, axf_tensor *table, axf_tensor *ids, const axf_rows *rows)
{
    axf_tensor *tensors[] = {table, ids};
    axf_tape *tape = pass->tape;
    if (!axf_op_ready(pass, "embedding", tensors, 2) || !axf_op_check(pass, "embedding", "table", table, 2)) {
        return NULL;
    }
    if (ids->dtype != AXF_I32 || ids->ndim != 1 || axf_tensor_value(ids) == NULL) {
        return axf_op_misfit(pass, "embedding", table, ids, "ids must be i32 [R]");
    }
    if (rows != NULL && rows->total > ids->shape[0]) {
        return axf_op_misfit(pass, "embedding", table, ids, "there are fewer ids than rows of the posts");
    }
    const int64_t count = ids->shape[0];
    const int32_t *numbers = axf_tape_host_index(tape, "embedding", ids);
    if (!axf_op_check_index(pass, "embedding", numbers, count, -1, table->shape[0])) {
        return NULL;
    }
    axf_call call = {.op = AXF_OP_EMBEDDING, .inputs = 3, .in = {table, ids, NULL}};
    axf_param *param = axf_tensor_param(table);
    if (param != NULL && &param->tensor == table && param->spec.flags & AXF_PARAM_SPARSE && table->wants_gradient &&
        ((const axf_pass_record *)pass)->record && !tape->recording_paused) {
        call.in[2] = axf_touched_places(pass, param, numbers, count);
        if (call.in[2] == NULL) {
            return NULL;
        }
    }
    axf_layout out = axf_layout_real(tape, 2, (const int64_t[]){count, table->shape[1]});
    out.rows = rows;
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_gather(const axf_pass *pass, const char *op, axf_tensor *x, const int32_t *index, int64_t count,
                          const axf_rows *rows)
{
    if (!axf_op_check(pass, op, "x", x, 2) || !axf_op_check_index(pass, op, index, count, -1, x->shape[0])) {
        return NULL;
    }
    axf_tensor *numbers = axf_op_index(pass, index, count);
    if (numbers == NULL) {
        return NULL;
    }
    axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){count, x->shape[1]});
    out.rows = rows;
    axf_call call = {.op = AXF_OP_GATHER_ROWS, .inputs = 2, .in = {x, numbers}};
    return axf_op_apply(pass, &call, &out, NULL);
}

axf_tensor *axf_op_gather_rows(const axf_pass *pass, axf_tensor *x, const int32_t *index, int64_t count)
{
    if (!axf_op_ready(pass, "gather_rows", &x, 1)) {
        return NULL;
    }
    return axf_op_gather(pass, "gather_rows", x, index, count, NULL);
}

axf_tensor *axf_op_scatter_rows(const axf_pass *pass, axf_tensor *x, const int32_t *index, int64_t count, int64_t rows)
{
    if (!axf_op_ready_one(pass, "scatter_rows", x, 2) ||
        !axf_op_check_index(pass, "scatter_rows", index, count, -1, rows)) {
        return NULL;
    }
    if (count != x->shape[0] && !(x->rows != NULL && count >= x->rows->total && count <= x->shape[0])) {
        return axf_op_misfit(pass, "scatter_rows", x, NULL, "there must be an index for each row");
    }
    int32_t *padded = new_numbers(pass, x->shape[0]);
    memset(padded, 0xff, (size_t)x->shape[0] * sizeof *padded); /* -1: rows of padding are dropped */
    memcpy(padded, index, (size_t)count * sizeof *padded);
    axf_tensor *numbers = axf_op_index(pass, padded, x->shape[0]);
    if (numbers == NULL) {
        return NULL;
    }
    const axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){rows, x->shape[1]});
    axf_call call = {.op = AXF_OP_SCATTER_ROWS, .inputs = 2, .in = {x, numbers}};
    return axf_op_apply(pass, &call, &out, NULL);
}
