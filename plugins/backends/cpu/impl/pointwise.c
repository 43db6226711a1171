/* Ops that compute element by element: activations, sums and products with broadcasting, dropout. */
#include "backends/cpu/impl/pointwise.h"

#include "auxfuse/ops.h"
#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"
#include "common/backend/philox.h"

#include <math.h>

axf_status axf_cpu_unary(axf_cpu *self, const axf_call *call)
{
    const int64_t count = element_count(call->out);
    if (axf_cpu_maps_is_last(&self->maps, call->in[0])) {
        AXF_TRY(axf_cpu_maps_note(&self->maps, call->out));
    }
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE;
        self->hot->activate(call->i[0], real_data(call->in[0]) + at, real_data(call->out) + at,
                            piece_size(count, piece));
    }
    return AXF_OK;
}

/* For an op whose result does not depend on the places of elements: puts the tensors that it reads (a and b, which may
 * be NULL) and adds to into one order, and notes that order for those that it writes. */
static axf_status agree_gradients(axf_cpu *self, const axf_call *call, const axf_tensor *a, const axf_tensor *b)
{
    const axf_tensor *tensors[] = {call->grad_out, a, b, adds(call, 0) ? call->grad_in[0] : NULL,
                                   adds(call, 1) ? call->grad_in[1] : NULL};
    int last;
    AXF_TRY(axf_cpu_maps_agree(&self->maps, tensors, 5, &last));
    for (int i = 0; i < (last ? 2 : 0); i++) {
        if (call->grad_in[i] != NULL) {
            AXF_TRY(axf_cpu_maps_note(&self->maps, call->grad_in[i]));
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_unary_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *from = call->i[0] == AXF_GELU ? call->in[0] : call->out;
    AXF_TRY(agree_gradients(self, call, from, NULL));
    const float *source = from->data;
    const int64_t count = element_count(call->grad_out);
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE;
        self->hot->derive(call->i[0], source + at, real_data(call->grad_out) + at, real_data(call->grad_in[0]) + at,
                          piece_size(count, piece), adds(call, 0));
    }
    return AXF_OK;
}

static void scale_all(const axf_cpu *self, const float *x, double factor, double offset, float *y, int64_t count,
                      int add)
{
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE;
        self->hot->scale(x + at, (float)factor, (float)offset, y + at, piece_size(count, piece), add);
    }
}

axf_status axf_cpu_scaling(axf_cpu *self, const axf_call *call)
{
    scale_all(self, call->in[0]->data, call->f[0], call->f[1], call->out->data, element_count(call->out), 0);
    return AXF_OK;
}

axf_status axf_cpu_scaling_backward(axf_cpu *self, const axf_call *call)
{
    scale_all(self, call->grad_out->data, call->f[0], 0, call->grad_in[0]->data, element_count(call->grad_out),
              adds(call, 0));
    return AXF_OK;
}

/* The post that row r of t belongs to, -1 for padding. */
static int32_t post_of_row(const axf_tensor *t, int64_t r)
{
    if (t->rows == NULL) {
        return (int32_t)r;
    }
    int32_t low = 0, high = t->rows->posts;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (r >= t->rows->offset[middle + 1]) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < t->rows->posts ? low : -1;
}

/* The part of b that is used with row r of a: a row, or a single number, for which *step is 0; NULL in padding. */
static const float *partner_row(const axf_call *call, int64_t r, int64_t columns, int64_t *step)
{
    const float *b = call->in[1]->data;
    *step = 1;
    switch (call->i[1]) {
    case AXF_BROADCAST_ROW:
        return b;
    case AXF_BROADCAST_COLUMN:
        *step = 0;
        return b + r;
    case AXF_BROADCAST_ALL:
        *step = 0;
        return b;
    case AXF_BROADCAST_POST: {
        const int32_t post = post_of_row(call->in[0], r);
        return post < 0 ? NULL : b + post * columns;
    }
    default:
        return b + r * columns;
    }
}

static void binary_row(const axf_cpu *self, const axf_call *call, int64_t r, int64_t columns)
{
    const float *a = real_data(call->in[0]) + r * columns;
    float *y = real_data(call->out) + r * columns;
    int64_t step;
    const float *b = partner_row(call, r, columns, &step);
    const int sum = call->i[0] == 1;
    if (b == NULL) {
        memset(y, 0, (size_t)columns * sizeof *y);
    } else if (step == 0) {
        self->hot->scale(a, sum ? 1 : *b, sum ? *b : 0, y, columns, 0);
    } else if (sum) {
        self->hot->add_arrays(a, b, y, columns);
    } else {
        self->hot->multiply_arrays(a, b, y, columns, 0);
    }
}

/* Operands of the same shape are computed as one long row, in pieces, since short rows would each cost a call. */
static void binary_same(const axf_cpu *self, const axf_call *call)
{
    const float *a = call->in[0]->data, *b = call->in[1]->data;
    float *y = call->out->data;
    const int64_t count = element_count(call->out);
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE;
        if (call->i[0] == 1) {
            self->hot->add_arrays(a + at, b + at, y + at, piece_size(count, piece));
        } else {
            self->hot->multiply_arrays(a + at, b + at, y + at, piece_size(count, piece), 0);
        }
    }
}

axf_status axf_cpu_binary(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    if (call->i[1] == AXF_BROADCAST_SAME) {
        int last;
        AXF_TRY(axf_cpu_maps_agree(&self->maps, call->in, 2, &last));
        if (last) {
            AXF_TRY(axf_cpu_maps_note(&self->maps, call->out));
        }
        binary_same(self, call);
        return AXF_OK;
    }
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        binary_row(self, call, r, columns);
    }
    return AXF_OK;
}

/* The gradient of a: g, or g · b. */
static void binary_backward_a(const axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    const int add = adds(call, 0);
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        const float *g = real_data(call->grad_out) + r * columns;
        float *da = real_data(call->grad_in[0]) + r * columns;
        const int sum = call->i[0] == 1;
        int64_t step = 0;
        const float *b = sum && call->i[1] != AXF_BROADCAST_POST ? g : partner_row(call, r, columns, &step);
        if (b == NULL) {
            memset(da, 0, add ? 0 : (size_t)columns * sizeof *da);
        } else if (sum) {
            put_values(da, g, columns, add);
        } else if (step == 0) {
            self->hot->scale(g, *b, 0, da, columns, add);
        } else {
            self->hot->multiply_arrays(g, b, da, columns, add);
        }
    }
}

/* The gradient of b: g, or g · a, summed over all elements of a that each element of b was used with. */
static axf_status binary_backward_b(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const int64_t rows = row_count(x), columns = column_count(x);
    const float *g = call->grad_out->data, *a = call->i[0] == 1 ? NULL : x->data;
    float *db = call->grad_in[1]->data;
    const int add = adds(call, 1);
    if (call->i[1] == AXF_BROADCAST_ROW) {
        return axf_cpu_add_columns(self, g, a, rows, columns, db, add);
    }
    if (call->i[1] == AXF_BROADCAST_POST) {
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
        for (int32_t b = 0; b < post_count(x); b++) {
            const post_rows own = rows_of_post(x, b);
            const int64_t at = own.first * columns;
            self->hot->column_sums(g + at, a != NULL ? a + at : NULL, own.count, columns, columns, db + b * columns,
                                   add);
        }
        return AXF_OK;
    }
    double all = 0;
    for (int64_t r = 0; r < rows; r++) {
        const float *g_row = g + r * columns;
        const double sum =
            a != NULL ? (double)self->hot->dot(g_row, a + r * columns, columns) : self->hot->sum(g_row, columns);
        if (call->i[1] == AXF_BROADCAST_COLUMN) {
            put(&db[r], (float)sum, add);
        }
        all += sum;
    }
    if (call->i[1] == AXF_BROADCAST_ALL) {
        put(db, (float)all, add);
    }
    return AXF_OK;
}

static void binary_same_backward(const axf_cpu *self, const axf_call *call)
{
    const int64_t count = element_count(call->grad_out);
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE, size = piece_size(count, piece);
        const float *g = real_data(call->grad_out) + at;
        for (int i = 0; i < 2; i++) {
            float *to = call->grad_in[i] != NULL ? real_data(call->grad_in[i]) + at : NULL;
            if (to != NULL && call->i[0] == 1) {
                adds(call, i) ? self->hot->add_arrays(to, g, to, size) : put_values(to, g, size, 0);
            } else if (to != NULL) {
                self->hot->multiply_arrays(g, real_data(call->in[1 - i]) + at, to, size, adds(call, i));
            }
        }
    }
}

axf_status axf_cpu_binary_backward(axf_cpu *self, const axf_call *call)
{
    if (call->i[1] == AXF_BROADCAST_SAME) {
        const int product = call->i[0] == 2;
        AXF_TRY(agree_gradients(self, call, product && call->grad_in[1] != NULL ? call->in[0] : NULL,
                                product && call->grad_in[0] != NULL ? call->in[1] : NULL));
        binary_same_backward(self, call);
        return AXF_OK;
    }
    if (call->grad_in[0] != NULL) {
        binary_backward_a(self, call);
    }
    return call->grad_in[1] != NULL ? binary_backward_b(self, call) : AXF_OK;
}

/* y = x / (1 - rate) where an element is kept, else 0. Values and gradients are computed alike. */
static void drop_post(const axf_cpu *self, const axf_call *call, int32_t post, const float *x, float *y, int64_t count,
                      int add)
{
    enum { AT_ONCE = 1024 };
    uint32_t draws[AT_ONCE];
    const uint32_t threshold = axf_philox_threshold(call->f[0]);
    const float factor = (float)(1 / (1 - call->f[0]));
    if (call->i[0] == 1) {
        self->hot->draw(&call->random, call->random.slots[post], 0, 1, draws);
        self->hot->scale(x, draws[0] < threshold ? 0 : factor, 0, y, count, add);
        return;
    }
    for (int64_t at = 0; at < count; at += AT_ONCE) {
        const int64_t here = least(AT_ONCE, count - at);
        self->hot->draw(&call->random, call->random.slots[post], at, here, draws);
        self->hot->mask(draws, threshold, factor, x + at, y + at, here, add);
    }
}

static void drop(const axf_cpu *self, const axf_call *call, const float *x, float *y, int add)
{
    const axf_tensor *t = call->in[0];
    const int64_t width = row_width(t), posts = post_count(t);
#pragma omp parallel for schedule(dynamic) if (worth_threads(element_count(t)))
    for (int64_t b = 0; b < posts; b++) {
        const post_rows rows = rows_of_post(t, (int32_t)b);
        const int64_t at = rows.first * width;
        drop_post(self, call, (int32_t)b, x + at, y + at, rows.count * width, add);
    }
}

axf_status axf_cpu_dropout(axf_cpu *self, const axf_call *call)
{
    drop(self, call, call->in[0]->data, call->out->data, 0);
    clear_rows_from(call->out, used_rows(call->in[0]));
    return AXF_OK;
}

axf_status axf_cpu_dropout_backward(axf_cpu *self, const axf_call *call)
{
    drop(self, call, call->grad_out->data, call->grad_in[0]->data, adds(call, 0));
    finish_padding(call, 0);
    return AXF_OK;
}
