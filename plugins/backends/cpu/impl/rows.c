/* Moving rows and columns: embeddings, gathering and scattering, concatenation, pooling of a post's rows. */
#include "backends/cpu/impl/rows.h"

#include "auxfuse/ops.h"
#include "backends/cpu/impl/tensors.h"

/* The number of columns that one thread computes where rows must be added up in order. */
enum { COLUMN_BLOCK = 64 };

static float *row_of(const axf_tensor *t, int64_t row, int64_t width)
{
    return real_data(t) + row * width;
}

/* Row i of y = row index[i] of x. It is zero where the index is -1, and behind the end of the index. */
axf_status axf_cpu_pick_rows(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0], *index = call->in[1];
    const int32_t *from = index->data;
    const int64_t width = row_width(x), count = element_count(index);
    AXF_TRY(check_indices(self->host, call, index, x->shape[0]));
#pragma omp parallel for schedule(static) if (worth_threads(count * width))
    for (int64_t i = 0; i < count; i++) {
        if (from[i] < 0) {
            memset(row_of(call->out, i, width), 0, (size_t)width * sizeof(float));
        } else {
            memcpy(row_of(call->out, i, width), row_of(x, from[i], width), (size_t)width * sizeof(float));
        }
    }
    clear_rows_from(call->out, count);
    return AXF_OK;
}

/* Row index[i] of `to` += row i of `from`, in the order of i. The columns are divided among the threads. */
static void add_rows(const axf_tensor *to, const axf_tensor *index, const axf_tensor *from)
{
    const int32_t *row = index->data;
    const int64_t width = row_width(to), count = element_count(index),
                  blocks = (width + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
#pragma omp parallel for schedule(static) if (worth_threads(count * width))
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t at = block * COLUMN_BLOCK, columns = least(COLUMN_BLOCK, width - at);
        for (int64_t i = 0; i < count; i++) {
            if (row[i] >= 0) {
                put_values(row_of(to, row[i], width) + at, row_of(from, i, width) + at, columns, 1);
            }
        }
    }
}

static axf_status add_picked_rows(const axf_cpu *self, const axf_call *call, const axf_tensor *index)
{
    AXF_TRY(check_indices(self->host, call, index, call->grad_in[0]->shape[0]));
    begin_gradient(call, 0);
    add_rows(call->grad_in[0], index, call->grad_out);
    return AXF_OK;
}

axf_status axf_cpu_embedding_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *slots = optional_input(call, 2);
    return add_picked_rows(self, call, slots != NULL ? slots : call->in[1]);
}

axf_status axf_cpu_gather_rows_backward(axf_cpu *self, const axf_call *call)
{
    return add_picked_rows(self, call, call->in[1]);
}

axf_status axf_cpu_scatter_rows(axf_cpu *self, const axf_call *call)
{
    AXF_TRY(check_indices(self->host, call, call->in[1], call->out->shape[0]));
    clear(call->out);
    add_rows(call->out, call->in[1], call->in[0]);
    return AXF_OK;
}

axf_status axf_cpu_scatter_rows_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *grad = call->grad_in[0];
    const int32_t *from = call->in[1]->data;
    const int64_t width = row_width(grad), count = element_count(call->in[1]);
    AXF_TRY(check_indices(self->host, call, call->in[1], call->grad_out->shape[0]));
    for (int64_t i = 0; i < count; i++) {
        if (from[i] >= 0) {
            put_values(row_of(grad, i, width), row_of(call->grad_out, from[i], width), width, adds(call, 0));
        } else if (!adds(call, 0)) {
            memset(row_of(grad, i, width), 0, (size_t)width * sizeof(float));
        }
    }
    if (!adds(call, 0)) {
        clear_rows_from(grad, count);
    }
    return AXF_OK;
}

axf_status axf_cpu_concat_columns(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t rows = row_count(call->out), columns = column_count(call->out);
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        int64_t at = 0;
        for (int32_t n = 0; n < call->inputs && call->in[n] != NULL; n++) {
            const int64_t width = column_count(call->in[n]);
            memcpy(row_of(call->out, r, columns) + at, row_of(call->in[n], r, width), (size_t)width * sizeof(float));
            at += width;
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_concat_columns_backward(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t rows = row_count(call->grad_out), columns = column_count(call->grad_out);
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        int64_t at = 0;
        for (int32_t n = 0; n < call->inputs && call->in[n] != NULL; n++) {
            const int64_t width = column_count(call->in[n]);
            if (call->grad_in[n] != NULL) {
                put_values(row_of(call->grad_in[n], r, width), row_of(call->grad_out, r, columns) + at, width,
                           adds(call, n));
            }
            at += width;
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_slice_columns(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t rows = row_count(call->out), count = column_count(call->out), columns = column_count(call->in[0]);
#pragma omp parallel for schedule(static) if (worth_threads(rows * count))
    for (int64_t r = 0; r < rows; r++) {
        memcpy(row_of(call->out, r, count), row_of(call->in[0], r, columns) + call->i[0],
               (size_t)count * sizeof(float));
    }
    return AXF_OK;
}

axf_status axf_cpu_slice_columns_backward(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t rows = row_count(call->grad_out), count = column_count(call->grad_out);
    const int64_t columns = column_count(call->in[0]);
    begin_gradient(call, 0);
#pragma omp parallel for schedule(static) if (worth_threads(rows * count))
    for (int64_t r = 0; r < rows; r++) {
        put_values(row_of(call->grad_in[0], r, columns) + call->i[0], row_of(call->grad_out, r, count), count, 1);
    }
    return AXF_OK;
}

axf_status axf_cpu_concat_rows(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t width = row_width(call->out);
    int64_t at = 0;
    for (int32_t b = 0; b < post_count(call->out); b++) {
        for (int32_t n = 0; n < call->inputs && call->in[n] != NULL; n++) {
            const post_rows rows = rows_of_post(call->in[n], b);
            memcpy(row_of(call->out, at, width), row_of(call->in[n], rows.first, width),
                   (size_t)(rows.count * width) * sizeof(float));
            at += rows.count;
        }
    }
    clear_rows_from(call->out, at);
    return AXF_OK;
}

/* One input after the other: where a tensor is given twice, its second gradient is added to the complete first one. */
axf_status axf_cpu_concat_rows_backward(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const int64_t width = row_width(call->grad_out);
    for (int32_t wanted = 0; wanted < call->inputs && call->in[wanted] != NULL; wanted++) {
        int64_t at = 0;
        for (int32_t b = 0; call->grad_in[wanted] != NULL && b < post_count(call->grad_out); b++) {
            for (int32_t n = 0; n < call->inputs && call->in[n] != NULL; n++) {
                const post_rows rows = rows_of_post(call->in[n], b);
                if (n == wanted) {
                    put_values(row_of(call->grad_in[n], rows.first, width), row_of(call->grad_out, at, width),
                               rows.count * width, adds(call, n));
                }
                at += rows.count;
            }
        }
        if (call->grad_in[wanted] != NULL) {
            finish_padding(call, wanted);
        }
    }
    return AXF_OK;
}

static post_rows pooled_rows(const axf_call *call, int32_t post)
{
    const post_rows rows = rows_of_post(call->in[0], post);
    return (post_rows){rows.first + call->i[1], rows.count - call->i[1]};
}

/* Compares row r with the greatest values so far. `best`, unless NULL, has their rows. */
static void keep_greatest(const float *x, int64_t r, int64_t width, float *y, int32_t *best)
{
    for (int64_t c = 0; c < width; c++) {
        const int more = x[c] > y[c];
        y[c] = more ? x[c] : y[c];
        if (best != NULL) {
            best[c] = more ? (int32_t)r : best[c];
        }
    }
}

static void pool_post(const axf_cpu *self, const axf_call *call, int32_t post)
{
    const int64_t width = row_width(call->in[0]), kind = call->i[0];
    const post_rows rows = pooled_rows(call, post);
    float *y = row_of(call->out, post, width);
    int32_t *best = kind == AXF_POOL_MAX && call->keep != NULL ? (int32_t *)call->keep->data + post * width : NULL;
    for (int64_t c = 0; best != NULL && c < width; c++) {
        best[c] = rows.count > 0 ? (int32_t)rows.first : -1;
    }
    if (rows.count <= 0) {
        memset(y, 0, (size_t)width * sizeof *y);
    } else if (kind == AXF_POOL_MEAN) {
        self->hot->column_sums(row_of(call->in[0], rows.first, width), NULL, rows.count, width, width, y, 0);
        for (int64_t c = 0; c < width; c++) {
            y[c] /= (float)rows.count;
        }
    } else {
        memcpy(y, row_of(call->in[0], rows.first, width), (size_t)width * sizeof *y);
        for (int64_t r = 1; kind == AXF_POOL_MAX && r < rows.count; r++) {
            keep_greatest(row_of(call->in[0], rows.first + r, width), rows.first + r, width, y, best);
        }
    }
}

axf_status axf_cpu_pool_rows(axf_cpu *self, const axf_call *call)
{
#pragma omp parallel for schedule(dynamic) if (worth_threads(element_count(call->in[0])))
    for (int32_t b = 0; b < post_count(call->in[0]); b++) {
        pool_post(self, call, b);
    }
    return AXF_OK;
}

static void unpool_post(const axf_call *call, int32_t post)
{
    const int64_t width = row_width(call->in[0]);
    const post_rows rows = pooled_rows(call, post);
    const float *g = row_of(call->grad_out, post, width);
    float *dx = call->grad_in[0]->data;
    if (call->i[0] == AXF_POOL_MEAN) {
        for (int64_t r = rows.first; r < rows.first + rows.count; r++) {
            for (int64_t c = 0; c < width; c++) {
                dx[r * width + c] += g[c] / (float)rows.count;
            }
        }
        return;
    }
    for (int64_t c = 0; rows.count > 0 && c < width; c++) {
        const int64_t row =
            call->i[0] == AXF_POOL_MAX ? ((const int32_t *)call->keep->data)[post * width + c] : rows.first;
        dx[row * width + c] += g[c];
    }
}

axf_status axf_cpu_pool_rows_backward(axf_cpu *self, const axf_call *call)
{
    (void)self;
    begin_gradient(call, 0);
#pragma omp parallel for schedule(dynamic) if (worth_threads(element_count(call->in[0])))
    for (int32_t b = 0; b < post_count(call->in[0]); b++) {
        unpool_post(call, b);
    }
    return AXF_OK;
}
