/* Attention over ragged rows. There is one task for each post and head, which takes a block of queries at a time and
 * has its scores and probabilities in memory of the thread. Forward keeps only log Σ exp of each query row. Backward
 * computes the probabilities again from it, and draws the same dropout mask again from Philox. A task writes only its
 * own rows and columns, so the number of threads does not change a bit. */
#include "backends/cpu/impl/attention.h"

#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"
#include "common/backend/philox.h"

#include <math.h>

enum { QUERY_BLOCK = 64 };

/* Where the rows of one head of one post are. A step is the number of elements from one row to the next. */
typedef struct head {
    int32_t post, number, count;
    post_rows q_rows, k_rows;
    const float *q, *k, *v, *bias;
    int64_t q_step, v_step, q_width, v_width, bias_step;
    int64_t keys; /* padded */
} head;

/* The memory of a thread. Each part is padded for the panel kernel. */
typedef struct workspace {
    float *k_turned, *v_turned; /* [width, keys] */
    float *k, *v, *q, *g;       /* [rows, padded width], used where the width is not a multiple of the pack */
    float *scores, *slopes;     /* [QUERY_BLOCK, keys] */
    uint32_t *draws;            /* [QUERY_BLOCK, keys] */
} workspace;

static head head_make(const axf_call *call, int32_t post, int32_t number)
{
    const axf_tensor *q = call->in[0], *k = call->in[1], *v = call->in[2], *bias = optional_input(call, 3);
    head h = {.post = post, .number = number, .count = (int32_t)call->i[0]};
    h.q_rows = rows_of_post(q, post);
    h.k_rows = rows_of_post(k, post);
    h.q_step = row_width(q);
    h.v_step = row_width(v);
    h.q_width = h.q_step / h.count;
    h.v_width = h.v_step / h.count;
    h.q = real_data(q) + h.q_rows.first * h.q_step + number * h.q_width;
    h.k = real_data(k) + h.k_rows.first * h.q_step + number * h.q_width;
    h.v = real_data(v) + h.k_rows.first * h.v_step + number * h.v_width;
    h.keys = axf_cpu_padded(h.k_rows.count);
    if (bias != NULL) {
        h.bias_step = bias->shape[2];
        h.bias = real_data(bias) + number * bias->shape[1] * bias->shape[2];
    }
    return h;
}

static axf_status check_bias(const axf_cpu *self, const axf_call *call)
{
    const axf_tensor *bias = optional_input(call, 3);
    for (int32_t b = 0; bias != NULL && b < post_count(call->in[0]); b++) {
        const int64_t queries = rows_of_post(call->in[0], b).count, keys = rows_of_post(call->in[1], b).count;
        if (queries > bias->shape[1] || keys > bias->shape[2]) {
            return self->host->fail(
                self->host, AXF_ERR_SHAPE, "ATTENTION: post %d has %lld query and %lld key rows, its bias %lld by %lld",
                b, (long long)queries, (long long)keys, (long long)bias->shape[1], (long long)bias->shape[2]);
        }
    }
    return AXF_OK;
}

static int64_t longest_post(const axf_tensor *t)
{
    int64_t longest = 1;
    for (int32_t b = 0; b < post_count(t); b++) {
        const int64_t count = rows_of_post(t, b).count;
        longest = count > longest ? count : longest;
    }
    return longest;
}

/* Returns the number of elements of one thread's workspace. When `memory` is not NULL, `w` gets its parts. */
static int64_t lay_out(const axf_call *call, float *memory, workspace *w)
{
    const int64_t keys = axf_cpu_padded(longest_post(call->in[1])), heads = call->i[0];
    const int64_t q_width = axf_cpu_padded(row_width(call->in[0]) / heads);
    const int64_t v_width = axf_cpu_padded(row_width(call->in[2]) / heads);
    const int64_t sizes[] = {q_width * keys,     v_width * keys,        q_width * keys,
                             v_width * keys,     q_width * QUERY_BLOCK, v_width * QUERY_BLOCK,
                             keys * QUERY_BLOCK, keys * QUERY_BLOCK,    keys * QUERY_BLOCK};
    float *parts[9];
    int64_t at = 0;
    for (int i = 0; i < 9; i++) {
        parts[i] = memory != NULL ? memory + at : NULL;
        at += sizes[i];
    }
    if (memory != NULL) {
        *w = (workspace){parts[0], parts[1], parts[2],
                         parts[3], parts[4], parts[5],
                         parts[6], parts[7], (uint32_t *)(void *)parts[8]};
    }
    return at;
}

/* Returns rows that the panel kernel may read in whole vectors: `from` itself where the width allows that, or else a
 * copy in `to`. */
static const float *whole_rows(const float *from, int64_t rows, int64_t *step, int64_t width, float *to)
{
    const int64_t padded = axf_cpu_padded(width);
    if (padded == width) {
        return from;
    }
    for (int64_t r = 0; r < rows; r++) {
        memcpy(to + r * padded, from + r * *step, (size_t)width * sizeof *to);
        memset(to + r * padded + width, 0, (size_t)(padded - width) * sizeof *to);
    }
    *step = padded;
    return to;
}

/* scores [count, keys] = scale · q kᵀ + bias for the queries from `first` on. The scores behind the keys are -∞, so
 * that loops over a row can read whole vectors and get the probability zero there. */
static void score(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w, int64_t first,
                  int64_t count)
{
    self->hot->product(&(axf_cpu_panel){.rows = count,
                                        .inner = h->q_width,
                                        .columns = h->keys,
                                        .a = h->q + first * h->q_step,
                                        .a_row = h->q_step,
                                        .a_column = 1,
                                        .b = w->k_turned,
                                        .b_step = h->keys,
                                        .c = w->scores,
                                        .c_step = h->keys,
                                        .factor = (float)call->f[0]});
    for (int64_t i = 0; i < count; i++) {
        float *row = w->scores + i * h->keys;
        if (h->bias != NULL) {
            self->hot->add_arrays(row, h->bias + (first + i) * h->bias_step, row, h->k_rows.count);
        }
        for (int64_t j = h->k_rows.count; j < h->keys; j++) {
            row[j] = -INFINITY;
        }
    }
}

/* Draws the numbers of a block of queries, [count, keys of the post] without gaps. */
static void draw(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w, int64_t first,
                 int64_t count)
{
    if (call->f[1] > 0) {
        const int64_t element = (h->number * h->q_rows.count + first) * h->k_rows.count;
        self->hot->draw(&call->random, call->random.slots[h->post], element, count * h->k_rows.count, w->draws);
    }
}

/* Applies the mask of the draws to one row of a [count, keys] block. */
static void mask_row(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w, int64_t i,
                     float *row)
{
    if (call->f[1] > 0) {
        self->hot->mask(w->draws + i * h->k_rows.count, axf_philox_threshold(call->f[1]), (float)(1 / (1 - call->f[1])),
                        row, row, h->keys, 0);
    }
}

static void head_forward(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w)
{
    int64_t v_step = h->v_step;
    self->hot->turn(h->k, h->k_rows.count, h->q_step, h->q_width, w->k_turned);
    const float *v = whole_rows(h->v, h->k_rows.count, &v_step, h->v_width, w->v);
    for (int64_t first = 0; first < h->q_rows.count; first += QUERY_BLOCK) {
        const int64_t count = least(QUERY_BLOCK, h->q_rows.count - first), row = h->q_rows.first + first;
        score(self, call, h, w, first, count);
        draw(self, call, h, w, first, count);
        for (int64_t i = 0; i < count; i++) {
            float *p = w->scores + i * h->keys;
            const float log_sum = h->k_rows.count > 0 ? self->hot->softmax(p, p, h->keys) : 0;
            mask_row(self, call, h, w, i, p);
            if (call->keep != NULL) {
                real_data(call->keep)[(row + i) * h->count + h->number] = log_sum;
            }
        }
        self->hot->product(&(axf_cpu_panel){.rows = count,
                                            .inner = h->k_rows.count,
                                            .columns = h->v_width,
                                            .a = w->scores,
                                            .a_row = h->keys,
                                            .a_column = 1,
                                            .b = v,
                                            .b_step = v_step,
                                            .c = real_data(call->out) + row * h->v_step + h->number * h->v_width,
                                            .c_step = h->v_step,
                                            .factor = 1});
    }
}

axf_status axf_cpu_attention(axf_cpu *self, const axf_call *call)
{
    AXF_TRY(check_bias(self, call));
    const int64_t space = lay_out(call, NULL, NULL), tasks = post_count(call->in[0]) * call->i[0];
    float *memory = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], space * self->threads, sizeof *memory);
    if (memory == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(dynamic) if (worth_threads(element_count(call->in[1])))
    for (int64_t task = 0; task < tasks; task++) {
        const head h = head_make(call, (int32_t)(task / call->i[0]), (int32_t)(task % call->i[0]));
        workspace w;
        lay_out(call, memory + axf_cpu_thread() * space, &w);
        head_forward(self, call, &h, &w);
    }
    clear_rows_from(call->out, used_rows(call->in[0]));
    if (call->keep != NULL) {
        clear_rows_from(call->keep, used_rows(call->in[0]));
    }
    return AXF_OK;
}

/* The part of a gradient that belongs to the head, or NULL. */
static float *gradient_at(const axf_call *call, int input, int64_t row, int64_t step, int64_t column)
{
    return call->grad_in[input] != NULL ? real_data(call->grad_in[input]) + row * step + column : NULL;
}

/* Computes the masked probabilities [count, keys] in w->scores, and the gradients of the scores in w->slopes. */
static void slopes_of_block(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w, int64_t first,
                            int64_t count)
{
    const int64_t row = h->q_rows.first + first;
    score(self, call, h, w, first, count);
    draw(self, call, h, w, first, count);
    self->hot->product(&(axf_cpu_panel){.rows = count,
                                        .inner = h->v_width,
                                        .columns = h->keys,
                                        .a = real_data(call->grad_out) + row * h->v_step + h->number * h->v_width,
                                        .a_row = h->v_step,
                                        .a_column = 1,
                                        .b = w->v_turned,
                                        .b_step = h->keys,
                                        .c = w->slopes,
                                        .c_step = h->keys,
                                        .factor = 1});
    for (int64_t i = 0; i < count; i++) {
        float *p = w->scores + i * h->keys, *slope = w->slopes + i * h->keys;
        self->hot->exp_shifted(p, real_data(call->keep)[(row + i) * h->count + h->number], p, h->keys);
        mask_row(self, call, h, w, i, slope);
        self->hot->softmax_backward(p, slope, slope, h->keys, 0);
        mask_row(self, call, h, w, i, p);
    }
}

static void query_gradient(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w, const float *k,
                           int64_t k_step, int64_t first, int64_t count, int add)
{
    self->hot->product(
        &(axf_cpu_panel){.rows = count,
                         .inner = h->k_rows.count,
                         .columns = h->q_width,
                         .a = w->slopes,
                         .a_row = h->keys,
                         .a_column = 1,
                         .b = k,
                         .b_step = k_step,
                         .c = gradient_at(call, 0, h->q_rows.first + first, h->q_step, h->number * h->q_width),
                         .c_step = h->q_step,
                         .factor = (float)call->f[0],
                         .add = add});
}

/* Adds weightᵀ [keys, count] · from [count, width] to a gradient of keys or values, one block of queries after the
 * other. */
static void key_gradient(const axf_cpu *self, const head *h, const float *weight, const float *from, int64_t from_step,
                         int64_t count, float *to, int64_t step, int64_t width, double factor, int add)
{
    self->hot->product(&(axf_cpu_panel){.rows = h->k_rows.count,
                                        .inner = count,
                                        .columns = width,
                                        .a = weight,
                                        .a_row = 1,
                                        .a_column = h->keys,
                                        .b = from,
                                        .b_step = from_step,
                                        .c = to,
                                        .c_step = step,
                                        .factor = (float)factor,
                                        .add = add});
}

static void bias_gradient(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w, int64_t first,
                          int64_t count)
{
    float *to = real_data(call->grad_in[3]) + (h->bias - real_data(call->in[3])) + first * h->bias_step;
    for (int64_t i = 0; i < count; i++) {
        self->hot->add_arrays(to + i * h->bias_step, w->slopes + i * h->keys, to + i * h->bias_step, h->k_rows.count);
    }
}

/* Where one tensor is both query and key (or value), both gradients are added in one place. The gradient of the queries
 * is then added to zeros as well, since the first block of the keys is computed before the second block of queries. */
static int begin_query_gradient(const axf_call *call, const head *h)
{
    const axf_tensor *q = call->grad_in[0], *k = call->grad_in[1], *v = call->grad_in[2];
    if (q == NULL || adds(call, 0)) {
        return 1;
    }
    if ((k == NULL || k->data != q->data) && (v == NULL || v->data != q->data)) {
        return 0;
    }
    for (int64_t i = 0; i < h->q_rows.count; i++) {
        float *row = gradient_at(call, 0, h->q_rows.first + i, h->q_step, h->number * h->q_width);
        memset(row, 0, (size_t)h->q_width * sizeof *row);
    }
    return 1;
}

static void head_backward(const axf_cpu *self, const axf_call *call, const head *h, const workspace *w)
{
    const int64_t k_at = h->number * h->q_width, v_at = h->number * h->v_width;
    float *dk = gradient_at(call, 1, h->k_rows.first, h->q_step, k_at);
    float *dv = gradient_at(call, 2, h->k_rows.first, h->v_step, v_at);
    int64_t k_step = h->q_step;
    self->hot->turn(h->k, h->k_rows.count, h->q_step, h->q_width, w->k_turned);
    self->hot->turn(h->v, h->k_rows.count, h->v_step, h->v_width, w->v_turned);
    const float *k = whole_rows(h->k, h->k_rows.count, &k_step, h->q_width, w->k);
    const int add_q = begin_query_gradient(call, h);
    /* Runs once even where there is no query, so that the gradients of the keys become zero. */
    for (int64_t first = 0; first == 0 || first < h->q_rows.count; first += QUERY_BLOCK) {
        const int64_t count = least(QUERY_BLOCK, h->q_rows.count - first);
        slopes_of_block(self, call, h, w, first, count);
        if (call->grad_in[0] != NULL) {
            query_gradient(self, call, h, w, k, k_step, first, count, add_q);
        }
        if (dk != NULL) {
            int64_t step = h->q_step;
            const float *q = whole_rows(h->q + first * h->q_step, count, &step, h->q_width, w->q);
            key_gradient(self, h, w->slopes, q, step, count, dk, h->q_step, h->q_width, call->f[0],
                         adds(call, 1) || first > 0);
        }
        if (dv != NULL) {
            int64_t step = h->v_step;
            const float *g = whole_rows(real_data(call->grad_out) + (h->q_rows.first + first) * h->v_step + v_at, count,
                                        &step, h->v_width, w->g);
            key_gradient(self, h, w->scores, g, step, count, dv, h->v_step, h->v_width, 1, adds(call, 2) || first > 0);
        }
        if (call->grad_in[3] != NULL) {
            bias_gradient(self, call, h, w, first, count);
        }
    }
}

axf_status axf_cpu_attention_backward(axf_cpu *self, const axf_call *call)
{
    AXF_TRY(check_bias(self, call));
    const int64_t space = lay_out(call, NULL, NULL), heads = call->i[0], posts = post_count(call->in[0]);
    /* All posts share the bias, so one thread computes a head for all posts, in their order. */
    const int64_t together = call->grad_in[3] != NULL ? posts : 1;
    float *memory = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], space * self->threads, sizeof *memory);
    if (memory == NULL) {
        return AXF_ERR_MEMORY;
    }
    if (call->grad_in[3] != NULL) {
        begin_gradient(call, 3);
    }
#pragma omp parallel for schedule(dynamic) if (worth_threads(element_count(call->in[1])))
    for (int64_t task = 0; task < posts * heads / together; task++) {
        workspace w;
        lay_out(call, memory + axf_cpu_thread() * space, &w);
        for (int64_t i = 0; i < together; i++) {
            const int64_t post = together > 1 ? i : task / heads;
            const head h = head_make(call, (int32_t)post, (int32_t)(task % heads));
            head_backward(self, call, &h, &w);
        }
    }
    for (int input = 0; input < 3; input++) {
        if (call->grad_in[input] != NULL) {
            finish_padding(call, input);
        }
    }
    return AXF_OK;
}
