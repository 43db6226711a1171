/* What all kernels need: how work is cut into pieces, and how f32 values and gradients are stored. */
#ifndef AXF_BACKENDS_CPU_IMPL_TENSORS_H
#define AXF_BACKENDS_CPU_IMPL_TENSORS_H

#include "common/backend/ops.h"
#include "common/backend/tensors.h"

/* Element-wise work is cut into pieces of this size, whatever the number of threads, so that sums over pieces keep
 * their order. Work of less than two pieces is done by the calling thread alone. */
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

/* Whether a loop over this many elements is long enough for several threads. */
static inline int worth_threads(int64_t elements)
{
    return elements >= 2 * PIECE;
}

static inline float *real_data(const axf_tensor *t)
{
    return t->data;
}

static inline const axf_tensor *optional_input(const axf_call *call, int input)
{
    return call->inputs > input ? call->in[input] : NULL;
}

static inline void clear(const axf_tensor *t)
{
    clear_elements(t, sizeof(float));
}

static inline void clear_rows_from(const axf_tensor *t, int64_t from)
{
    clear_last_rows(t, from, sizeof(float));
}

static inline void begin_gradient(const axf_call *call, int input)
{
    begin_elements(call, input, sizeof(float));
}

static inline void finish_padding(const axf_call *call, int input)
{
    finish_elements(call, input, sizeof(float));
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

static inline axf_status check_indices(const axf_host *host, const axf_call *call, const axf_tensor *index,
                                       int64_t limit)
{
    const int64_t count = element_count(index);
    for (int64_t i = 0; i < count; i++) {
        AXF_TRY(axf_index_check(host, call, ((const int32_t *)index->data)[i], limit, i));
    }
    return AXF_OK;
}

#endif
