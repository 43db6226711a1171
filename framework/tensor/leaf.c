#include "tensor/leaf.h"

#include "core/error.h"
#include "tensor/backward.h"
#include "tensor/failure.h"
#include "tensor/gradient.h"
#include "tensor/handles.h"
#include "tensor/ragged.h"
#include "tensor/values.h"

static int32_t is_alike(const axf_tensor *a, const axf_tensor *b)
{
    return a->dtype == b->dtype && a->ndim == b->ndim && a->shape[1] == b->shape[1] && a->shape[2] == b->shape[2] &&
           a->shape[3] == b->shape[3] && (a->rows == NULL) == (b->rows == NULL);
}

static axf_status check_parts(axf_tape *tape, axf_tensor *const *parts, int32_t count)
{
    int64_t posts = 0, rows = 0;
    for (int32_t i = 0; i < count; i++) {
        if (parts[i] == NULL || (parts[i]->data == NULL && !tape->planning)) {
            return axf_tape_fail(tape, AXF_ERR_PLUGIN, "join: part %d is missing, or its memory is gone", (int)i + 1);
        }
        if (!is_alike(parts[i], parts[0])) {
            return axf_tape_fail(tape, AXF_ERR_PLUGIN,
                                 "join: %s of the first posts and %s of later ones do not fit: their rows must be of "
                                 "one kind and width",
                                 axf_tensor_text(parts[0]).text, axf_tensor_text(parts[i]).text);
        }
        if (__builtin_add_overflow(posts, axf_tensor_posts(parts[i]), &posts) ||
            __builtin_add_overflow(rows, axf_tensor_own_rows(parts[i]), &rows) || posts >= INT32_MAX ||
            rows > INT32_MAX) {
            return axf_tape_fail(tape, AXF_ERR_SHAPE, "join: the parts have more than 2^31 - 1 rows");
        }
    }
    return AXF_OK;
}

/* Makes the structure of all parts' rows, one part after the other. */
static const axf_rows *join_rows(axf_tape *tape, axf_tensor *const *parts, int32_t count)
{
    int32_t posts = 0, at = 0;
    for (int32_t i = 0; i < count; i++) {
        posts += parts[i]->rows->posts;
    }
    int32_t *offset = axf_scratchpad_zero(&tape->step_memory, ((size_t)posts + 1) * sizeof *offset);
    for (int32_t i = 0; i < count; i++) {
        const axf_rows *rows = parts[i]->rows;
        const int32_t before = offset[at];
        for (int32_t b = 0; b < rows->posts; b++) {
            offset[++at] = before + rows->offset[b + 1];
        }
    }
    return axf_tape_rows(tape, posts, offset);
}

/* Copies the parts' own rows one after the other, and fills the rest with zeros. */
static axf_status copy_parts(axf_tape *tape, axf_tensor *const *parts, int32_t count, const axf_tensor *to)
{
    const axf_backend *backend = tape->backend;
    const size_t width = axf_tensor_row_bytes(to);
    char *at = to->data;
    for (int32_t i = 0; i < count; i++) {
        const size_t bytes = (size_t)axf_tensor_own_rows(parts[i]) * width;
        if (bytes > 0) {
            AXF_TRY(backend->copy(tape->backend_self, at, parts[i]->data, bytes));
        }
        at += bytes;
    }
    const size_t rest = (size_t)(to->shape[0] - axf_tensor_own_rows(to)) * width;
    return rest > 0 ? backend->zero(tape->backend_self, at, rest) : AXF_OK;
}

axf_tensor *axf_leaf_join(axf_tape *tape, axf_tensor *const *parts, int32_t count)
{
    if (tape->status != AXF_OK || check_parts(tape, parts, count) != AXF_OK) {
        return NULL;
    }
    axf_layout layout = axf_layout_real(tape, parts[0]->ndim, parts[0]->shape);
    layout.dtype = parts[0]->dtype;
    layout.shape[0] = 0;
    int32_t wants_gradient = 0;
    for (int32_t i = 0; i < count; i++) {
        layout.shape[0] += axf_tensor_own_rows(parts[i]);
        wants_gradient |= parts[i]->wants_gradient;
    }
    if (parts[0]->rows != NULL) {
        layout.shape[0] = axf_rows_padded(layout.shape[0]);
        layout.rows = join_rows(tape, parts, count);
        if (layout.rows == NULL) {
            return NULL;
        }
    }
    axf_value *leaf = axf_value_new(tape, "join", &layout);
    if (leaf == NULL) {
        return NULL;
    }
    const axf_status status = tape->planning ? AXF_OK : copy_parts(tape, parts, count, &leaf->tensor);
    if (status != AXF_OK) {
        axf_tape_context(tape, status, "join");
        return NULL;
    }
    leaf->tensor.wants_gradient = wants_gradient;
    return &leaf->tensor;
}

/* Copies the leaf's gradient from row `from` on into memory laid out like `output`, whose rows of padding get zeros. */
static axf_status copy_gradient(axf_tape *tape, const axf_value *leaf, int64_t from, const axf_tensor *output, char *to)
{
    const axf_backend *backend = tape->backend;
    const size_t width = axf_tensor_row_bytes(output), bytes = (size_t)axf_tensor_own_rows(output) * width;
    const size_t rest = (size_t)output->shape[0] * width - bytes;
    if (bytes > 0) {
        AXF_TRY(backend->copy(tape->backend_self, to, leaf->gradient->data + (size_t)from * width, bytes));
    }
    return rest > 0 ? backend->zero(tape->backend_self, to + bytes, rest) : AXF_OK;
}

/* Gives the output its part of the leaf's gradient. Several outputs may show one tensor, which then gets the sum. */
static axf_status seed_output(axf_tape *tape, const axf_value *leaf, int64_t from, axf_tensor *output)
{
    axf_value *root = axf_tensor_value(output)->root;
    axf_tensor seed = root->tensor, sum = root->tensor;
    axf_block *block = axf_pool_take(tape->step_pool, axf_tensor_bytes(&seed));
    if (block == NULL) {
        return AXF_ERR_MEMORY;
    }
    axf_status status = tape->planning ? AXF_OK : copy_gradient(tape, leaf, from, output, block->data);
    if (root->gradient == NULL) {
        root->gradient = block;
        return status;
    }
    seed.data = block->data;
    sum.data = root->gradient->data;
    if (status == AXF_OK) {
        status = axf_gradient_add(tape, &sum, &seed);
    }
    axf_pool_drop(tape->step_pool, block);
    return status;
}

/* Returns the first row of the leaf's post `from`; -1 where the output's posts have other numbers of rows than the leaf's
 * posts from there on. */
static int64_t first_row(const axf_tensor *leaf, const axf_tensor *output, int32_t from)
{
    const int32_t posts = axf_tensor_posts(output);
    if (!is_alike(leaf, output) || from < 0 || posts < 0 || posts > axf_tensor_posts(leaf) - from) {
        return -1;
    }
    if (leaf->rows == NULL) {
        return from;
    }
    const int32_t *offset = leaf->rows->offset;
    return offset[from + posts] - offset[from] == output->rows->total ? offset[from] : -1;
}

static axf_status seed_outputs(axf_tape *tape, axf_tensor *const *leaves, int32_t from, axf_tensor *const *outputs,
                               int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        const axf_value *leaf = axf_tensor_value(leaves[i]);
        if (leaf->gradient == NULL || !outputs[i]->wants_gradient || axf_tensor_param(outputs[i]) != NULL) {
            continue;
        }
        const int64_t row = first_row(leaves[i], outputs[i], from);
        if (row < 0) {
            return axf_fail(AXF_ERR_PLUGIN, "the second pass made %s of posts of %s: other rows than the first",
                            axf_tensor_text(outputs[i]).text, axf_tensor_text(leaves[i]).text);
        }
        AXF_TRY(seed_output(tape, leaf, row, outputs[i]));
    }
    return AXF_OK;
}

axf_status axf_leaf_backward(axf_tape *tape, axf_tensor *const *leaves, int32_t from, axf_tensor *const *outputs,
                             int32_t count)
{
    if (tape->status != AXF_OK) {
        return tape->status;
    }
    axf_status status = seed_outputs(tape, leaves, from, outputs, count);
    status = status == AXF_OK ? axf_tape_walk_back(tape, NULL, NULL) : status;
    if (status != AXF_OK) {
        axf_tape_context(tape, status, "backward from leaves");
    }
    return status;
}
