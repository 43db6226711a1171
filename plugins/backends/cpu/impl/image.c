/* Images: convolution, pooling, and the ways from pixels and planes to rows. */
#include "backends/cpu/impl/dnnl_compat.h"
#include "backends/cpu/impl/tensors.h"

#include "auxfuse/ops.h"

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

axf_status axf_cpu_conv2d(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *b = optional_input(call, 2);
    axf_dnnl_conv what = conv_make(self, call, call->out, AXF_CONV_FORWARD);
    what.bias = b != NULL;
    return axf_dnnl_run_conv(self->dnnl, &what, call->in[0]->data, call->in[1]->data, b != NULL ? b->data : NULL,
                             call->out->data);
}

/* The library writes gradients; where they are added they pass through scratch memory. */
static axf_status conv_gradient(axf_cpu *self, const axf_call *call, int input, int direction)
{
    const axf_dnnl_conv what = conv_make(self, call, call->grad_out, direction);
    const int64_t count = element_count(call->grad_in[input]);
    float *to = call->grad_in[input]->data;
    float *result = adds(call, input) ? axf_cpu_scratch(self, AXF_CPU_SCRATCH_GRADIENT, count, sizeof *to) : to;
    if (result == NULL) {
        return AXF_ERR_MEMORY;
    }
    AXF_TRY(axf_dnnl_run_conv(self->dnnl, &what, input == 0 ? result : call->in[0]->data,
                              input == 1 ? result : call->in[1]->data, NULL, call->grad_out->data));
#pragma omp parallel for schedule(static) if (worth_threads(count))
    for (int64_t piece = 0; piece < (result != to ? pieces_of(count) : 0); piece++) {
        put_values(to + piece * PIECE, result + piece * PIECE, piece_size(count, piece), 1);
    }
    return AXF_OK;
}

axf_status axf_cpu_conv2d_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *g = call->grad_out;
    if (call->grad_in[0] != NULL) {
        AXF_TRY(conv_gradient(self, call, 0, AXF_CONV_BACKWARD_DATA));
    }
    if (call->grad_in[1] != NULL) {
        AXF_TRY(conv_gradient(self, call, 1, AXF_CONV_BACKWARD_WEIGHTS));
    }
    const int64_t outputs = g->shape[1], plane = g->shape[2] * g->shape[3];
#pragma omp parallel for schedule(static) if (worth_threads(element_count(g)))
    for (int64_t o = 0; o < (call->grad_in[2] != NULL ? outputs : 0); o++) {
        double sum = 0;
        for (int64_t n = 0; n < g->shape[0]; n++) {
            sum += self->hot->sum(real_data(g) + (n * outputs + o) * plane, plane);
        }
        put(real_data(call->grad_in[2]) + o, (float)sum, adds(call, 2));
    }
    return AXF_OK;
}

/* A window of a pooling that slides over [N, C, H, W]. */
typedef struct window {
    int64_t height, width;       /* of the input plane */
    int64_t to_height, to_width; /* of the result */
    int64_t side, stride, padding;
} window;

static window window_make(const axf_call *call, const axf_tensor *y)
{
    const axf_tensor *x = call->in[0];
    return (window){x->shape[2], x->shape[3], y->shape[2], y->shape[3], call->i[1], call->i[2], call->i[3]};
}

/* The part of a window at result position p along one axis that lies on real pixels: [from, to). */
static void window_span(const window *w, int64_t p, int64_t length, int64_t *from, int64_t *to)
{
    const int64_t first = p * w->stride - w->padding;
    *from = first < 0 ? 0 : first;
    *to = least(first + w->side, length);
}

/* One result element of plane x; the place of the maximum in `best` where wanted. Averages divide by the whole window,
 * padding included, as torch does; maxima see real pixels only. */
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
    (void)self;
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
    (void)self;
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
    (void)self;
    const axf_tensor *x = call->in[0];
    const int64_t channels = x->shape[1], plane = x->shape[2] * x->shape[3];
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t n = 0; n < x->shape[0]; n++) {
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
    (void)self;
    const axf_tensor *x = call->in[0];
    const int64_t channels = x->shape[1], plane = x->shape[2] * x->shape[3];
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t nc = 0; nc < x->shape[0] * channels; nc++) {
        const float *g = real_data(call->grad_out) + nc / channels * plane * channels + nc % channels;
        for (int64_t e = 0; e < plane; e++) {
            put(real_data(call->grad_in[0]) + nc * plane + e, g[e * channels], adds(call, 0));
        }
    }
    return AXF_OK;
}

/* The patch whose corner is at `pixels`, channel by channel, row by row. */
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
