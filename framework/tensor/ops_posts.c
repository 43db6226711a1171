#include "tensor/ops_posts.h"

#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/op_checks.h"
#include "tensor/ops_rows.h"
#include "tensor/ops_views.h"
#include "tensor/ragged.h"
#include "tensor/record.h"
#include "tensor/values.h"

/* Returns memory for `count` numbers, all 0, until the end of the step. */
static int32_t *new_numbers(const axf_pass *pass, int64_t count)
{
    return axf_scratchpad_zero(&pass->tape->step_memory, (size_t)count * sizeof(int32_t));
}

/* Gathers for each new post b the length[b] rows of x from first[b] on, and gives the result their structure. */
static axf_tensor *gather_ranges(const axf_pass *pass, const char *op, axf_tensor *x, int32_t posts,
                                 const int32_t *first, const int32_t *length)
{
    int32_t *offset = new_numbers(pass, (int64_t)posts + 1);
    for (int32_t b = 0; b < posts; b++) {
        if (__builtin_add_overflow(offset[b], length[b], &offset[b + 1])) {
            return axf_op_misfit(pass, op, x, NULL, "the result would have more than 2^31 - 1 rows");
        }
    }
    const axf_rows *rows = axf_tape_rows(pass->tape, posts, offset);
    if (rows == NULL) {
        return NULL;
    }
    const int64_t count = axf_rows_padded(rows->total);
    int32_t *index = new_numbers(pass, count);
    for (int32_t b = 0, at = 0; b < posts; b++) {
        for (int32_t i = 0; i < length[b]; i++) {
            index[at++] = first[b] + i;
        }
    }
    for (int64_t i = rows->total; i < count; i++) {
        index[i] = -1;
    }
    return axf_op_gather(pass, op, x, index, count, rows);
}

/* Gathers posts of a dense x of any number of dimensions, as rows [posts, elements of a post]. */
static axf_tensor *gather_dense_posts(const axf_pass *pass, axf_tensor *x, const int32_t *index, int32_t count)
{
    const int64_t width = x->shape[1] * x->shape[2] * x->shape[3];
    axf_tensor *flat = axf_op_reshape(pass, x, 2, (const int64_t[]){x->shape[0], width});
    axf_tensor *gathered = flat != NULL ? axf_op_gather(pass, "gather_posts", flat, index, count, NULL) : NULL;
    if (gathered == NULL) {
        return NULL;
    }
    return axf_op_reshape(pass, gathered, x->ndim, (const int64_t[]){count, x->shape[1], x->shape[2], x->shape[3]});
}

axf_tensor *axf_op_gather_posts(const axf_pass *pass, axf_tensor *x, const int32_t *index, int32_t count)
{
    if (!axf_op_ready(pass, "gather_posts", &x, 1) ||
        !axf_op_check_index(pass, "gather_posts", index, count, 0, axf_tensor_posts(x))) {
        return NULL;
    }
    if (count < 0) {
        return axf_op_misfit(pass, "gather_posts", x, NULL, "the number of posts is negative");
    }
    if (x->rows == NULL) {
        return gather_dense_posts(pass, x, index, count);
    }
    int32_t *first = new_numbers(pass, count), *length = new_numbers(pass, count);
    for (int32_t i = 0; i < count; i++) {
        first[i] = x->rows->offset[index[i]];
        length[i] = x->rows->offset[index[i] + 1] - first[i];
    }
    return gather_ranges(pass, "gather_posts", x, count, first, length);
}

axf_tensor *axf_op_slice_rows(const axf_pass *pass, axf_tensor *x, int32_t from, int32_t count)
{
    if (!axf_op_ready(pass, "slice_rows", &x, 1)) {
        return NULL;
    }
    if (x->rows == NULL || from < 0 || count < -1) {
        return axf_op_misfit(pass, "slice_rows", x, NULL, "it must have rows, from and count must not be negative");
    }
    const axf_rows *rows = x->rows;
    int32_t *first = new_numbers(pass, rows->posts), *length = new_numbers(pass, rows->posts);
    for (int32_t b = 0; b < rows->posts; b++) {
        const int64_t has = rows->offset[b + 1] - rows->offset[b];
        if (has < (int64_t)from + (count > 0 ? count : 0)) {
            axf_tape_fail(pass->tape, AXF_ERR_SHAPE,
                          "slice_rows: post %d of %s has %lld rows, wanted are %d from %d on", (int)b,
                          axf_tensor_text(x).text, (long long)has, (int)count, (int)from);
            return NULL;
        }
        first[b] = rows->offset[b] + from;
        length[b] = count >= 0 ? count : (int32_t)has - from;
    }
    return gather_ranges(pass, "slice_rows", x, rows->posts, first, length);
}

axf_tensor *axf_op_pool_rows(const axf_pass *pass, axf_tensor *x, int32_t kind, int32_t from)
{
    if (!axf_op_ready_one(pass, "pool_rows", x, 2)) {
        return NULL;
    }
    if (x->rows == NULL && kind == AXF_POOL_FIRST) {
        return x;
    }
    if (x->rows == NULL || kind < AXF_POOL_FIRST || kind > AXF_POOL_MAX || from < 0) {
        return axf_op_misfit(pass, "pool_rows", x, NULL, "MEAN and MAX pool the rows of a post; there are none");
    }
    const axf_rows *rows = x->rows;
    int32_t *first = new_numbers(pass, rows->posts);
    for (int32_t b = 0; b < rows->posts; b++) {
        first[b] = rows->offset[b] + from;
        if (first[b] >= rows->offset[b + 1]) {
            axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "pool_rows: post %d of %s has no row %d", (int)b,
                          axf_tensor_text(x).text, (int)from);
            return NULL;
        }
    }
    if (kind == AXF_POOL_FIRST) {
        return axf_op_gather(pass, "pool_rows", x, first, rows->posts, NULL);
    }
    const axf_layout out = axf_layout_real(pass->tape, 2, (const int64_t[]){rows->posts, x->shape[1]});
    axf_layout keep = {0};
    if (kind == AXF_POOL_MAX) {
        keep = out;
        keep.dtype = AXF_I32;
    }
    axf_call call = {.op = AXF_OP_POOL_ROWS, .inputs = 1, .in = {x}, .i = {kind, from}};
    return axf_op_apply(pass, &call, &out, &keep);
}
