#include "tensor/ops_views.h"

#include "tensor/failure.h"
#include "tensor/op_checks.h"
#include "tensor/ragged.h"
#include "tensor/record.h"
#include "tensor/transfers.h"
#include "tensor/values.h"

axf_tensor *axf_op_index(const axf_pass *pass, const int32_t *values, int64_t count)
{
    return axf_tape_input(pass->tape, AXF_I32, 1, &count, values, NULL);
}

axf_tensor *axf_op_constant(const axf_pass *pass, const float *values, int64_t rows, int64_t columns)
{
    const int64_t shape[] = {rows, columns};
    return axf_tape_input(pass->tape, AXF_F32, columns > 0 ? 2 : 1, shape, values, NULL);
}

const axf_rows *axf_op_rows(const axf_pass *pass, int32_t posts, const int32_t *offset)
{
    int bad = posts < 1 || offset == NULL || offset[0] != 0;
    for (int32_t b = 0; !bad && b < posts; b++) {
        bad = offset[b + 1] < offset[b];
    }
    if (bad) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "rows: offsets of %d posts must begin at 0 and not fall", posts);
        return NULL;
    }
    return axf_tape_rows(pass->tape, posts, offset);
}

axf_tensor *axf_op_reshape(const axf_pass *pass, axf_tensor *x, int32_t ndim, const int64_t *shape)
{
    if (!axf_op_ready(pass, "reshape", &x, 1)) {
        return NULL;
    }
    axf_layout layout = axf_layout_real(pass->tape, ndim, shape);
    layout.dtype = x->dtype;
    size_t bytes = 0;
    const axf_status status = axf_layout_bytes(&layout, &bytes);
    if (status != AXF_OK) {
        axf_tape_context(pass->tape, status, "reshape");
        return NULL;
    }
    if (bytes != axf_tensor_bytes(x)) {
        const axf_handle wanted = {
            .tensor = {.ndim = ndim, .shape = {layout.shape[0], layout.shape[1], layout.shape[2], layout.shape[3]}},
            .kind = AXF_HANDLE_VALUE};
        return axf_op_misfit(pass, "reshape", x, &wanted.tensor, "the number of elements must stay");
    }
    return &axf_value_view(pass->tape, x, ndim, layout.shape, NULL, 1)->tensor;
}

axf_tensor *axf_op_with_rows(const axf_pass *pass, axf_tensor *x, const axf_rows *rows)
{
    if (!axf_op_ready(pass, "with_rows", &x, 1)) {
        return NULL;
    }
    if (x->ndim != 2 || (rows != NULL && rows->total > x->shape[0])) {
        return axf_op_misfit(pass, "with_rows", x, NULL, "it must be [R, D] with at least the rows of the posts");
    }
    return &axf_value_view(pass->tape, x, x->ndim, x->shape, rows, 1)->tensor;
}

axf_tensor *axf_op_detach(const axf_pass *pass, axf_tensor *x)
{
    if (!axf_op_ready(pass, "detach", &x, 1)) {
        return NULL;
    }
    return &axf_value_view(pass->tape, x, x->ndim, x->shape, x->rows, 0)->tensor;
}
