/* Tensors as the kernels of a backend in host memory see them: their sizes, their posts, and their gradients. */
#ifndef AXF_COMMON_BACKEND_TENSORS_H
#define AXF_COMMON_BACKEND_TENSORS_H

#include "auxfuse/backend.h"

#include <string.h>

static inline int64_t element_count(const axf_tensor *t)
{
    int64_t count = 1;
    for (int d = 0; d < t->ndim; d++) {
        count *= t->shape[d];
    }
    return count;
}

/* Ops that work row by row see a tensor as [R, D]: D is the last dim, and R the product of all others. */
static inline int64_t column_count(const axf_tensor *t)
{
    return t->shape[t->ndim - 1];
}

static inline int64_t row_count(const axf_tensor *t)
{
    const int64_t columns = column_count(t);
    return columns > 0 ? element_count(t) / columns : 0;
}

/* The number of rows that belong to a post. The rows behind them are padding. */
static inline int64_t used_rows(const axf_tensor *t)
{
    return t->rows != NULL ? t->rows->total : t->shape[0];
}

static inline int64_t row_width(const axf_tensor *t)
{
    return t->shape[0] > 0 ? element_count(t) / t->shape[0] : 0;
}

static inline int32_t post_count(const axf_tensor *t)
{
    return t->rows != NULL ? t->rows->posts : (int32_t)t->shape[0];
}

typedef struct post_rows {
    int64_t first, count;
} post_rows;

/* The rows of one post. A dense tensor has one row a post. */
static inline post_rows rows_of_post(const axf_tensor *t, int32_t post)
{
    if (t->rows == NULL) {
        return (post_rows){post, 1};
    }
    return (post_rows){t->rows->offset[post], t->rows->offset[post + 1] - t->rows->offset[post]};
}

/* Sets all elements, each of `size` bytes, to zero. */
static inline void clear_elements(const axf_tensor *t, size_t size)
{
    memset(t->data, 0, (size_t)element_count(t) * size);
}

/* Sets the elements of the rows from `from` on to zero. */
static inline void clear_last_rows(const axf_tensor *t, int64_t from, size_t size)
{
    const size_t width = (size_t)row_width(t) * size;
    if (from < t->shape[0]) {
        memset((char *)t->data + (size_t)from * width, 0, (size_t)(t->shape[0] - from) * width);
    }
}

/* Whether the gradient of this input is added to what is there, and not written over it. */
static inline int adds(const axf_call *call, int input)
{
    return (int)(call->add >> input & 1);
}

/* A gradient that is gathered piece by piece starts with this. */
static inline void begin_elements(const axf_call *call, int input, size_t size)
{
    if (!adds(call, input)) {
        clear_elements(call->grad_in[input], size);
    }
}

/* The gradient of padding is zero: there is nothing to add, but a zero to write. */
static inline void finish_elements(const axf_call *call, int input, size_t size)
{
    if (!adds(call, input)) {
        clear_last_rows(call->grad_in[input], used_rows(call->in[input]), size);
    }
}

#endif
