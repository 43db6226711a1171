#include "tensor/shape.h"

#include "core/error.h"

#include <string.h>

size_t axf_dtype_size(int32_t dtype)
{
    switch (dtype) {
    case AXF_F64:
        return 8;
    case AXF_F32:
    case AXF_I32:
        return 4;
    case AXF_BF16:
        return 2;
    case AXF_U8:
        return 1;
    default:
        return 0;
    }
}

axf_status axf_layout_bytes(const axf_layout *layout, size_t *bytes)
{
    int64_t size = (int64_t)axf_dtype_size(layout->dtype);
    if (size == 0 || layout->ndim < 1 || layout->ndim > AXF_MAX_DIMS) {
        return axf_fail(AXF_ERR_SHAPE, "a tensor of dtype %d with %d dimensions", (int)layout->dtype,
                        (int)layout->ndim);
    }
    int64_t widest = size; /* the product without dimensions of 0, since later products must not overflow either */
    for (int32_t i = 0; i < layout->ndim; i++) {
        const int64_t n = layout->shape[i];
        if (n < 0 || __builtin_mul_overflow(widest, n > 0 ? n : 1, &widest) || widest > INT64_MAX / 8) {
            return axf_fail(AXF_ERR_SHAPE, "dimension %d of the result is %lld: negative, or too large", (int)i,
                            (long long)n);
        }
        size *= n;
    }
    *bytes = (size_t)size;
    return AXF_OK;
}

int64_t axf_tensor_elements(const axf_tensor *tensor)
{
    const int64_t *shape = tensor->shape;
    return shape[0] * shape[1] * shape[2] * shape[3];
}

size_t axf_tensor_bytes(const axf_tensor *tensor)
{
    return (size_t)axf_tensor_elements(tensor) * axf_dtype_size(tensor->dtype);
}

size_t axf_tensor_row_bytes(const axf_tensor *tensor)
{
    return (size_t)(tensor->shape[1] * tensor->shape[2] * tensor->shape[3]) * axf_dtype_size(tensor->dtype);
}

int32_t axf_tensor_posts(const axf_tensor *tensor)
{
    if (tensor->rows != NULL) {
        return tensor->rows->posts;
    }
    return tensor->shape[0] <= INT32_MAX ? (int32_t)tensor->shape[0] : -1;
}

int64_t axf_tensor_own_rows(const axf_tensor *tensor)
{
    return tensor->rows != NULL ? tensor->rows->total : tensor->shape[0];
}

int32_t axf_rows_equal(const axf_rows *a, const axf_rows *b)
{
    return a == b || (a != NULL && b != NULL && a->posts == b->posts &&
                      memcmp(a->offset, b->offset, ((size_t)a->posts + 1) * sizeof *a->offset) == 0);
}
