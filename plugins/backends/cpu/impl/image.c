/* Images: convolution and pooling, and ops that make rows of pixels and of maps. */
#include "backends/cpu/impl/image.h"

#include "auxfuse/ops.h"
#include "backends/cpu/impl/channels.h"
#include "backends/cpu/impl/dnnl_compat.h"
#include "backends/cpu/impl/matrix.h"
#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"

static axf_dnnl_conv conv_make(const axf_cpu *self, const axf_call *call, const axf_tensor *y, int direction)
{
    const axf_tensor *x = call->in[0], *w = call->in[1];
    return (axf_dnnl_conv){.n = x->shape[0],
                           .c = x->shape[1],
                           .h = x->shape[2],
                           .w = x->shape[3],
                           .o = w->shape[0],
                           .rows = w->shape[2],
                           .columns = w->shape[3],
                           .to_h = y->shape[2],
                           .to_w = y->shape[3],
                           .stride = call->i[0],
                           .padding = call->i[1],
                           .direction = direction,
                           .bf16 = self->precision == AXF_PRECISION_BF16};
}

/* Whether matrix products compute this convolution: its window is one place, and the maps have the channels last. */
static int is_product(const axf_call *call)
{
    const axf_tensor *w = call->in[1];
    return w->shape[2] == 1 && w->shape[3] == 1 && call->i[0] == 1 && call->i[1] == 0;
}

/* Returns a map seen as rows of channels, one for each place, or weights [O, C, 1, 1] seen as a matrix. */
static axf_tensor as_rows(const axf_tensor *t, int is_map)
{
    axf_tensor rows = *t;
    rows.ndim = 2;
    rows.shape[0] = is_map ? t->shape[0] * t->shape[2] * t->shape[3] : t->shape[0];
    rows.shape[1] = t->shape[1];
    rows.shape[2] = rows.shape[3] = 1;
    return rows;
}

static axf_status run_product(axf_cpu *self, const axf_call *call, int backward)
{
    axf_tensor x = as_rows(call->in[0], 1), w = as_rows(call->in[1], 0), y, dx, dw;
    axf_call layer = *call;
    layer.op = AXF_OP_LINEAR;
    layer.keep = NULL;
    layer.i[0] = AXF_NONE;
    layer.in[0] = &x;
    layer.in[1] = &w;
    y = as_rows(backward ? call->grad_out : call->out, 1);
    if (!backward) {
        layer.out = &y;
        AXF_TRY(axf_cpu_linear(self, &layer));
        return axf_cpu_maps_note(&self->maps, call->out);
    }
    layer.grad_out = &y;
    if (call->grad_in[0] != NULL) {
        dx = as_rows(call->grad_in[0], 1);
        layer.grad_in[0] = &dx;
    }
    if (call->grad_in[1] != NULL) {
        dw = as_rows(call->grad_in[1], 0);
        layer.grad_in[1] = &dw;
    }
    AXF_TRY(axf_cpu_linear_backward(self, &layer));
    return call->grad_in[0] != NULL ? axf_cpu_maps_note(&self->maps, call->grad_in[0]) : AXF_OK;
}

/* to = from, or to += from. */
static void copy_places(const axf_cpu *self, const float *from, int64_t count, float *to, int add)
{
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < pieces_of(count); piece++) {
        const int64_t at = piece * PIECE, size = piece_size(count, piece);
        add ? self->hot->add_arrays(to + at, from + at, to + at, size) : put_values(to + at, from + at, size, 0);
    }
}

/* Returns the values of a map with the channels last as a convolution reads them: under bf16, a copy in bf16. */
static const void *operand(axf_cpu *self, const axf_tensor *t, int scratch)
{
    return self->precision == AXF_PRECISION_BF16
               ? axf_cpu_copies_round(&self->copies, t->data, element_count(t), &self->scratch[scratch])
               : t->data;
}

axf_status axf_cpu_conv2d(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0], *b = optional_input(call, 2);
    axf_dnnl_conv what = conv_make(self, call, call->out, AXF_CONV_FORWARD);
    what.bias = b != NULL;
    what.y_last = axf_cpu_maps_suit(what.o);
    what.x_last = what.y_last && axf_cpu_maps_is_last(&self->maps, x);
    if (what.x_last && is_product(call)) {
        return run_product(self, call, 0);
    }
    if (!what.x_last) {
        AXF_TRY(axf_cpu_maps_order_tensor(&self->maps, x));
    }
    const void *from = what.x_last ? operand(self, x, AXF_CPU_SCRATCH_LEFT) : x->data;
    if (from == NULL) {
        return AXF_ERR_MEMORY;
    }
    AXF_TRY(axf_dnnl_run_conv(self->dnnl, &what, (void *)(uintptr_t)from, call->in[1]->data, b != NULL ? b->data : NULL,
                              call->out->data));
    return what.y_last ? axf_cpu_maps_note(&self->maps, call->out) : AXF_OK;
}

/* oneDNN overwrites gradients. A gradient that must be added is first written to scratch memory. x and g are NULL where
 * they are not used. */
static axf_status conv_gradient(axf_cpu *self, const axf_call *call, const axf_dnnl_conv *what, const void *x,
                                const void *g)
{
    const int input = what->direction == AXF_CONV_BACKWARD_DATA ? 0 : 1;
    const int64_t count = element_count(call->grad_in[input]);
    float *to = call->grad_in[input]->data;
    float *result =
        adds(call, input) ? axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_GRADIENT], count, sizeof *to) : to;
    if (result == NULL) {
        return AXF_ERR_MEMORY;
    }
    AXF_TRY(axf_dnnl_run_conv(self->dnnl, what, input == 0 ? result : (void *)(uintptr_t)x,
                              input == 1 ? result : call->in[1]->data, NULL, (void *)(uintptr_t)g));
    if (result != to) {
        copy_places(self, result, count, to, 1);
    }
    return AXF_OK;
}

static axf_status bias_gradient(axf_cpu *self, const axf_call *call, int last)
{
    const axf_tensor *g = call->grad_out;
    const int64_t outputs = g->shape[1], plane = g->shape[2] * g->shape[3];
    if (last) {
        return axf_cpu_add_columns(self, g->data, NULL, g->shape[0] * plane, outputs, call->grad_in[2]->data,
                                   adds(call, 2));
    }
#pragma omp parallel for schedule(static) if (worth_threads(element_count(g)))
    for (int64_t o = 0; o < outputs; o++) {
        double sum = 0;
        for (int64_t n = 0; n < g->shape[0]; n++) {
            sum += self->hot->sum(real_data(g) + (n * outputs + o) * plane, plane);
        }
        put(real_data(call->grad_in[2]) + o, (float)sum, adds(call, 2));
    }
    return AXF_OK;
}

/* Decides which of x, dx and g have the channels last: all, only g where x has too few channels, or none. Maps that do
 * not fit are put into the order of their shapes. */
static axf_status agree_order(axf_cpu *self, const axf_call *call, axf_dnnl_conv *what)
{
    const axf_tensor *x = call->in[0], *g = call->grad_out, *dx = call->grad_in[0], *dw = call->grad_in[1];
    const axf_tensor *tensors[] = {g, dw != NULL ? x : NULL, dx != NULL && adds(call, 0) ? dx : NULL};
    const int few = !axf_cpu_maps_suit(what->c);
    int last;
    AXF_TRY(axf_cpu_maps_agree(&self->maps, tensors, few ? 1 : 3, &last));
    what->y_last = (int16_t)last;
    what->x_last = (int16_t)(last && !few);
    return AXF_OK;
}

axf_status axf_cpu_conv2d_backward(axf_cpu *self, const axf_call *call)
{
    axf_dnnl_conv what = conv_make(self, call, call->grad_out, 0);
    AXF_TRY(agree_order(self, call, &what));
    if (what.x_last && is_product(call)) {
        return run_product(self, call, 1);
    }
    const void *x = call->in[0]->data, *g = call->grad_out->data;
    if (what.x_last) {
        x = call->grad_in[1] != NULL ? operand(self, call->in[0], AXF_CPU_SCRATCH_RIGHT) : g;
        g = operand(self, call->grad_out, AXF_CPU_SCRATCH_LEFT);
        if (x == NULL || g == NULL) {
            return AXF_ERR_MEMORY;
        }
    }
    if (call->grad_in[0] != NULL) {
        what.direction = AXF_CONV_BACKWARD_DATA;
        AXF_TRY(conv_gradient(self, call, &what, NULL, g));
        if (what.x_last) {
            AXF_TRY(axf_cpu_maps_note(&self->maps, call->grad_in[0]));
        }
    }
    if (call->grad_in[1] != NULL) {
        what.direction = AXF_CONV_BACKWARD_WEIGHTS;
        AXF_TRY(conv_gradient(self, call, &what, x, g));
    }
    return call->grad_in[2] != NULL ? bias_gradient(self, call, what.y_last) : AXF_OK;
}

/* A window of a pooling that slides over [N, C, H, W]. */
typedef struct window {
    int64_t height, width;       /* size of the input plane */
    int64_t to_height, to_width; /* size of the result */
    int64_t side, stride, padding;
} window;

static window window_make(const axf_call *call, const axf_tensor *y)
{
    const axf_tensor *x = call->in[0];
    return (window){x->shape[2], x->shape[3], y->shape[2], y->shape[3], call->i[1], call->i[2], call->i[3]};
}

/* The part [from, to) of the window for result position p, along one axis, that is on real pixels. */
static void window_span(const window *w, int64_t p, int64_t length, int64_t *from, int64_t *to)
{
    const int64_t first = p * w->stride - w->padding;
    *from = first < 0 ? 0 : first;
    *to = least(first + w->side, length);
}

/* Returns one element of the result for plane x, and sets *best to the place of the maximum where `best` is not NULL.
 * Averages divide by the whole window with its padding, as torch does. Maxima look at real pixels only. */
static float pool_window(const window *w, int64_t kind, const float *x, int64_t y, int64_t column, int32_t *best)
{
    int64_t top, bottom, left, right;
    window_span(w, y, w->height, &top, &bottom);
    window_span(w, column, w->width, &left, &right);
    float sum = 0;
    int64_t greatest = -1;
    for (int64_t r = top; r < bottom; r++) {
        for (int64_t c = left; c < right; c++) {
            const int64_t at = r * w->width + c;
            sum += x[at];
            greatest = greatest < 0 || x[at] > x[greatest] ? at : greatest;
        }
    }
    if (best != NULL) {
        *best = (int32_t)greatest;
    }
    if (kind == AXF_POOL_MAX) {
        return greatest >= 0 ? x[greatest] : 0;
    }
    return sum / (float)(w->side * w->side);
}

axf_status axf_cpu_pool2d(axf_cpu *self, const axf_call *call)
{
    if (call->i[0] == AXF_POOL_MAX && axf_cpu_maps_is_last(&self->maps, call->in[0])) {
        return axf_cpu_max_pool_last(self, call);
    }
    AXF_TRY(axf_cpu_maps_order_tensor(&self->maps, call->in[0]));
    const window w = window_make(call, call->out);
    const int64_t plane = w.height * w.width, to_plane = w.to_height * w.to_width;
    int32_t *keep = call->i[0] == AXF_POOL_MAX && call->keep != NULL ? call->keep->data : NULL;
#pragma omp parallel for schedule(static) if (worth_threads(element_count(call->in[0])))
    for (int64_t nc = 0; nc < call->out->shape[0] * call->out->shape[1]; nc++) {
        for (int64_t e = 0; e < to_plane; e++) {
            const int64_t at = nc * to_plane + e;
            real_data(call->out)[at] = pool_window(&w, call->i[0], real_data(call->in[0]) + nc * plane, e / w.to_width,
                                                   e % w.to_width, keep != NULL ? &keep[at] : NULL);
        }
    }
    return AXF_OK;
}

static void unpool_plane(const axf_call *call, const window *w, int64_t nc)
{
    const int64_t to_plane = w->to_height * w->to_width;
    float *dx = real_data(call->grad_in[0]) + nc * w->height * w->width;
    for (int64_t e = 0; e < to_plane; e++) {
        const float g = real_data(call->grad_out)[nc * to_plane + e];
        if (call->i[0] == AXF_POOL_MAX) {
            const int32_t best = ((const int32_t *)call->keep->data)[nc * to_plane + e];
            if (best >= 0) {
                dx[best] += g;
            }
            continue;
        }
        int64_t top, bottom, left, right;
        window_span(w, e / w->to_width, w->height, &top, &bottom);
        window_span(w, e % w->to_width, w->width, &left, &right);
        for (int64_t r = top; r < bottom; r++) {
            for (int64_t c = left; c < right; c++) {
                dx[r * w->width + c] += g / (float)(w->side * w->side);
            }
        }
    }
}

axf_status axf_cpu_pool2d_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *dx = adds(call, 0) ? call->grad_in[0] : NULL;
    int last = 0;
    if (call->i[0] == AXF_POOL_MAX) {
        AXF_TRY(axf_cpu_maps_agree(&self->maps, (const axf_tensor *const[]){call->grad_out, call->keep, dx}, 3, &last));
    }
    if (last) {
        return axf_cpu_max_pool_last_backward(self, call);
    }
    AXF_TRY(axf_cpu_maps_order_tensor(&self->maps, call->grad_out));
    AXF_TRY(axf_cpu_maps_order_tensor(&self->maps, dx));
    const window w = window_make(call, call->grad_out);
    begin_gradient(call, 0);
#pragma omp parallel for schedule(static) if (worth_threads(element_count(call->in[0])))
    for (int64_t nc = 0; nc < call->grad_out->shape[0] * call->grad_out->shape[1]; nc++) {
        unpool_plane(call, &w, nc);
    }
    return AXF_OK;
}

axf_status axf_cpu_image_rows(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const int64_t channels = x->shape[1], plane = x->shape[2] * x->shape[3];
    const int last = axf_cpu_maps_is_last(&self->maps, x);
    if (last) { /* the map already is rows of channels */
        copy_places(self, x->data, element_count(x), call->out->data, 0);
    }
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t n = 0; n < (last ? 0 : x->shape[0]); n++) {
        for (int64_t e = 0; e < plane; e++) {
            for (int64_t c = 0; c < channels; c++) {
                real_data(call->out)[(n * plane + e) * channels + c] = real_data(x)[(n * channels + c) * plane + e];
            }
        }
    }
    clear_rows_from(call->out, x->shape[0] * plane);
    return AXF_OK;
}

axf_status axf_cpu_image_rows_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const int64_t channels = x->shape[1], plane = x->shape[2] * x->shape[3];
    const int add = adds(call, 0);
    if (add ? axf_cpu_maps_is_last(&self->maps, call->grad_in[0]) : axf_cpu_maps_suit(channels)) {
        copy_places(self, call->grad_out->data, element_count(x), call->grad_in[0]->data, add);
        return axf_cpu_maps_note(&self->maps, call->grad_in[0]);
    }
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t nc = 0; nc < x->shape[0] * channels; nc++) {
        const float *g = real_data(call->grad_out) + nc / channels * plane * channels + nc % channels;
        for (int64_t e = 0; e < plane; e++) {
            put(real_data(call->grad_in[0]) + nc * plane + e, g[e * channels], add);
        }
    }
    return AXF_OK;
}

/* Copies the patch whose corner is at `pixels`, channel by channel and row by row. */
static void copy_patch(const float *pixels, int64_t plane, int64_t width, int64_t size, float *to)
{
    for (int64_t channel = 0; channel < 3; channel++) {
        for (int64_t r = 0; r < size; r++) {
            memcpy(to + (channel * size + r) * size, pixels + channel * plane + r * width, (size_t)size * sizeof *to);
        }
    }
}

axf_status axf_cpu_patches(axf_cpu *self, const axf_call *call)
{
    (void)self;
    const axf_images *images = call->images;
    const int64_t size = call->i[0], area = size * size;
    int64_t rows = 0;
    for (int32_t b = 0; b < images->posts; b++) {
        const int64_t height = images->height[b], width = images->width[b], across = width / size;
        const float *pixels = real_data(call->in[0]) + images->offset[b];
        const int64_t count = height / size * across;
        for (int64_t p = 0; p < count; p++) {
            copy_patch(pixels + p / across * size * width + p % across * size, height * width, width, size,
                       real_data(call->out) + (rows + p) * 3 * area);
        }
        rows += count;
    }
    clear_rows_from(call->out, rows);
    return AXF_OK;
}
