/* What all kernels share: sizes of tensors, their posts, how gradients are stored, how work is cut into pieces. */
#ifndef AXF_BACKENDS_CPU_IMPL_TENSORS_H
#define AXF_BACKENDS_CPU_IMPL_TENSORS_H

#include "backends/cpu/impl/cpu.h"

#include <string.h>

/* Element-wise work is cut into pieces of this size whatever the number of threads, so that sums over pieces keep
 * their order; below two pieces no thread is woken. */
enum { PIECE = 16384, ROW_BLOCK = 32 };

static inline int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t pieces_of(int64_t count)
{
    return (count + PIECE - 1) / PIECE;
}

static inline int64_t piece_size(int64_t count, int64_t piece)
{
    return least(PIECE, count - piece * PIECE);
}

/* Rows worth a thread of their own are about a piece of elements. */
static inline int worth_threads(int64_t elements)
{
    return elements >= 2 * PIECE;
}

static inline float *real_data(const axf_tensor *t)
{
    return t->data;
}

static inline int64_t element_count(const axf_tensor *t)
{
    int64_t count = 1;
    for (int d = 0; d < t->ndim; d++) {
        count *= t->shape[d];
    }
    return count;
}

/* [R, D] as row-wise ops see a tensor: D is the last dim, R everything before. */
static inline int64_t column_count(const axf_tensor *t)
{
    return t->shape[t->ndim - 1];
}

static inline int64_t row_count(const axf_tensor *t)
{
    const int64_t columns = column_count(t);
    return columns > 0 ? element_count(t) / columns : 0;
}

/* Rows that belong to a post; what follows is padding. */
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

/* A dense tensor has one row a post. */
static inline post_rows rows_of_post(const axf_tensor *t, int32_t post)
{
    if (t->rows == NULL) {
        return (post_rows){post, 1};
    }
    return (post_rows){t->rows->offset[post], t->rows->offset[post + 1] - t->rows->offset[post]};
}

static inline const axf_tensor *optional_input(const axf_call *call, int input)
{
    return call->inputs > input ? call->in[input] : NULL;
}

static inline void clear(const axf_tensor *t)
{
    memset(t->data, 0, (size_t)element_count(t) * sizeof(float));
}

static inline void clear_rows_from(const axf_tensor *t, int64_t from)
{
    const int64_t width = row_width(t);
    if (from < t->shape[0]) {
        memset(real_data(t) + from * width, 0, (size_t)((t->shape[0] - from) * width) * sizeof(float));
    }
}

static inline int adds(const axf_call *call, int input)
{
    return (int)(call->add >> input & 1);
}

/* Gradients that are gathered piece by piece start here. */
static inline void begin_gradient(const axf_call *call, int input)
{
    if (!adds(call, input)) {
        clear(call->grad_in[input]);
    }
}

/* Padding has gradient zero: nothing to add, but a zero to write. */
static inline void finish_padding(const axf_call *call, int input)
{
    if (!adds(call, input)) {
        clear_rows_from(call->grad_in[input], used_rows(call->in[input]));
    }
}

static inline void put(float *to, float value, int add)
{
    *to = add ? *to + value : value;
}

/* to = from, or to += from. */
static inline void put_values(float *to, const float *from, int64_t count, int add)
{
    if (!add) {
        memcpy(to, from, (size_t)count * sizeof *to);
        return;
    }
    for (int64_t c = 0; c < count; c++) {
        to[c] += from[c];
    }
}

static inline axf_status check_index(const axf_cpu *self, const axf_call *call, int32_t index, int64_t limit,
                                     int64_t at)
{
    if (index < -1 || index >= limit) {
        return self->host->fail(self->host, AXF_ERR_DATA, "%s: index %d at place %lld lies outside 0 … %lld",
                                axf_cpu_op_name(call->op), index, (long long)at, (long long)limit - 1);
    }
    return AXF_OK;
}

static inline axf_status check_indices(const axf_cpu *self, const axf_call *call, const axf_tensor *index,
                                       int64_t limit)
{
    const int64_t count = element_count(index);
    for (int64_t i = 0; i < count; i++) {
        AXF_TRY(check_index(self, call, ((const int32_t *)index->data)[i], limit, i));
    }
    return AXF_OK;
}

#endif
