#include "tensor/op_checks.h"

#include "tensor/failure.h"
#include "tensor/handles.h"
#include "tensor/record.h"

int32_t axf_op_check(const axf_pass *pass, const char *op, const char *what, const axf_tensor *tensor, int32_t ndim)
{
    if (tensor->dtype != pass->tape->real_dtype) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: %s %s has dtype %d, this step's real tensors have %d", op, what,
                      axf_tensor_text(tensor).text, (int)tensor->dtype, (int)pass->tape->real_dtype);
        return 0;
    }
    if (ndim > 0 && tensor->ndim != ndim) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: %s is %s, it must have %d dimensions", op, what,
                      axf_tensor_text(tensor).text, (int)ndim);
        return 0;
    }
    return 1;
}

int32_t axf_op_ready_one(const axf_pass *pass, const char *op, axf_tensor *x, int32_t ndim)
{
    return axf_op_ready(pass, op, &x, 1) && axf_op_check(pass, op, "x", x, ndim);
}

axf_tensor *axf_op_misfit(const axf_pass *pass, const char *op, const axf_tensor *a, const axf_tensor *b,
                          const char *why)
{
    if (b == NULL) {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: %s does not fit: %s", op, axf_tensor_text(a).text, why);
    } else {
        axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: %s and %s do not fit: %s", op, axf_tensor_text(a).text,
                      axf_tensor_text(b).text, why);
    }
    return NULL;
}

int32_t axf_op_check_index(const axf_pass *pass, const char *op, const int32_t *index, int64_t count, int64_t lowest,
                           int64_t limit)
{
    for (int64_t i = 0; index != NULL && i < count; i++) {
        if (index[i] < lowest || index[i] >= limit) {
            axf_tape_fail(pass->tape, AXF_ERR_SHAPE, "%s: index %lld is %d, it must be from %lld to %lld", op,
                          (long long)i, (int)index[i], (long long)lowest, (long long)limit - 1);
            return 0;
        }
    }
    return pass->tape->status == AXF_OK;
}
