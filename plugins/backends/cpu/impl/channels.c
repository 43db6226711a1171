/* Batch norm and max pooling of maps with the channels last (maps.h). */
#include "backends/cpu/impl/channels.h"

#include "backends/cpu/impl/parts.h"
#include "backends/cpu/impl/tensors.h"

#include <math.h>

enum { LEAST_PLACES = 64 }; /* in a block, so that adding up the blocks takes little time beside them */

/* A map seen as places by channels. Its blocks of places have a size that does not depend on the number of threads. */
typedef struct places {
    int64_t count, channels, block, blocks;
} places;

static places places_make(const axf_tensor *x)
{
    const int64_t channels = x->shape[1], count = x->shape[0] * x->shape[2] * x->shape[3];
    const int64_t block = PIECE / channels > LEAST_PLACES ? PIECE / channels : LEAST_PLACES;
    return (places){count, channels, block, (count + block - 1) / block};
}

static int64_t block_size(const places *p, int64_t b)
{
    return least(p->block, p->count - b * p->block);
}

/* What is computed for each channel, in scratch memory: the sums of the blocks, then one vector over the channels
 * each. */
typedef struct channel_sums {
    float *first, *second; /* [blocks, channels] */
    float *mean, *factor, *level, *lean;
} channel_sums;

static axf_status channel_sums_make(axf_cpu *self, const places *p, channel_sums *s)
{
    const int64_t size = p->blocks * p->channels;
    float *memory = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], 2 * size + 4 * p->channels, sizeof *memory);
    if (memory == NULL) {
        return AXF_ERR_MEMORY;
    }
    float *vectors = memory + 2 * size;
    *s = (channel_sums){
        memory, memory + size, vectors, vectors + p->channels, vectors + 2 * p->channels, vectors + 3 * p->channels};
    return AXF_OK;
}

/* Computes the mean and Σ (x - mean)² of channel c from those of the blocks. */
static void join_moments(const places *p, const channel_sums *s, int64_t c, double *mean, double *squares)
{
    double sum = 0;
    for (int64_t b = 0; b < p->blocks; b++) {
        sum += (double)s->first[b * p->channels + c];
    }
    *mean = sum / (double)p->count;
    *squares = 0;
    for (int64_t b = 0; b < p->blocks; b++) {
        const double size = (double)block_size(p, b), apart = s->first[b * p->channels + c] / size - *mean;
        *squares += s->second[b * p->channels + c] + size * apart * apart;
    }
}

/* Mean and 1/sqrt(var + eps). In training they are those of the batch, and the running ones are updated. */
static void channel_statistics(const axf_call *call, const places *p, const channel_sums *s, int64_t c, double *mean,
                               double *inverse)
{
    float *running_mean = real_data(call->in[3]) + c, *running_variance = real_data(call->in[4]) + c;
    if (!call->i[0]) {
        *mean = *running_mean;
        *inverse = 1 / sqrt(*running_variance + call->f[0]);
        return;
    }
    double squares;
    join_moments(p, s, c, mean, &squares);
    *inverse = 1 / sqrt(squares / (double)p->count + call->f[0]);
    const double momentum = call->f[1], unbiased = squares / (double)(p->count > 1 ? p->count - 1 : 1);
    *running_mean = (float)((1 - momentum) * *running_mean + momentum * *mean);
    *running_variance = (float)((1 - momentum) * *running_variance + momentum * unbiased);
}

axf_status axf_cpu_batch_norm_last(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const places p = places_make(x);
    channel_sums s;
    AXF_TRY(channel_sums_make(self, &p, &s));
#pragma omp parallel for schedule(static) if (worth_threads(p.count * p.channels))
    for (int64_t b = 0; b < (call->i[0] ? p.blocks : 0); b++) {
        self->hot->channel_moments(real_data(x) + b * p.block * p.channels, block_size(&p, b), p.channels,
                                   s.first + b * p.channels, s.second + b * p.channels);
    }
    for (int64_t c = 0; c < p.channels; c++) {
        double mean, inverse;
        channel_statistics(call, &p, &s, c, &mean, &inverse);
        const double factor = inverse * real_data(call->in[1])[c];
        s.factor[c] = (float)factor;
        s.level[c] = (float)(real_data(call->in[2])[c] - mean * factor);
        if (call->keep != NULL) {
            real_data(call->keep)[c] = (float)mean;
            real_data(call->keep)[p.channels + c] = (float)inverse;
        }
    }
#pragma omp parallel for schedule(static) if (worth_threads(p.count * p.channels))
    for (int64_t b = 0; b < p.blocks; b++) {
        const int64_t at = b * p.block * p.channels;
        self->hot->channel_scale(real_data(x) + at, s.factor, s.level, block_size(&p, b), p.channels,
                                 real_data(call->out) + at);
    }
    return axf_cpu_maps_note(&self->maps, call->out);
}

/* Computes the gradients of gamma and beta, and the vectors for channel_derive. The formula is that of layer norm.
 * Running statistics are constants, so its two sums are left out for them. */
static void join_gradients(const axf_call *call, const places *p, const channel_sums *s, int64_t c)
{
    const double inverse = real_data(call->keep)[p->channels + c], factor = inverse * real_data(call->in[1])[c];
    double sum = 0, moment = 0;
    for (int64_t b = 0; b < p->blocks; b++) {
        sum += (double)s->first[b * p->channels + c];
        moment += (double)s->second[b * p->channels + c];
    }
    moment *= inverse;
    s->mean[c] = real_data(call->keep)[c];
    s->factor[c] = (float)factor;
    s->level[c] = call->i[0] ? (float)(sum / (double)p->count) : 0;
    s->lean[c] = call->i[0] ? (float)(moment * inverse / (double)p->count) : 0;
    if (call->grad_in[1] != NULL) {
        put(real_data(call->grad_in[1]) + c, (float)moment, adds(call, 1));
    }
    if (call->grad_in[2] != NULL) {
        put(real_data(call->grad_in[2]) + c, (float)sum, adds(call, 2));
    }
}

axf_status axf_cpu_batch_norm_last_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const places p = places_make(x);
    const float *g = call->grad_out->data;
    channel_sums s;
    AXF_TRY(channel_sums_make(self, &p, &s));
#pragma omp parallel for schedule(static) if (worth_threads(p.count * p.channels))
    for (int64_t b = 0; b < p.blocks; b++) {
        const int64_t at = b * p.block * p.channels;
        self->hot->channel_products(real_data(x) + at, call->keep->data, g + at, block_size(&p, b), p.channels,
                                    s.first + b * p.channels, s.second + b * p.channels);
    }
    for (int64_t c = 0; c < p.channels; c++) {
        join_gradients(call, &p, &s, c);
    }
    if (call->grad_in[0] == NULL) {
        return AXF_OK;
    }
#pragma omp parallel for schedule(static) if (worth_threads(p.count * p.channels))
    for (int64_t b = 0; b < p.blocks; b++) {
        const int64_t at = b * p.block * p.channels;
        self->hot->channel_derive(real_data(x) + at, g + at, &(axf_cpu_channels){s.mean, s.factor, s.level, s.lean},
                                  block_size(&p, b), p.channels, real_data(call->grad_in[0]) + at, adds(call, 0));
    }
    return axf_cpu_maps_note(&self->maps, call->grad_in[0]);
}

/* Finds the largest value among the places of one window, for all channels of one image. */
static void pool_place(const axf_cpu *self, const axf_call *call, const float *image, int64_t row, int64_t column,
                       float *best, int32_t *where)
{
    const axf_tensor *x = call->in[0];
    const int64_t channels = x->shape[1], height = x->shape[2], width = x->shape[3], side = call->i[1];
    const int64_t top = row * call->i[2] - call->i[3], left = column * call->i[2] - call->i[3];
    int begun = 0;
    for (int64_t r = top < 0 ? 0 : top; r < least(top + side, height); r++) {
        for (int64_t c = left < 0 ? 0 : left; c < least(left + side, width); c++) {
            const int32_t at = (int32_t)(r * width + c);
            if (begun) {
                self->hot->channel_greater(image + at * channels, at, channels, best, where);
                continue;
            }
            memcpy(best, image + at * channels, (size_t)channels * sizeof *best);
            for (int64_t e = 0; e < channels; e++) {
                where[e] = at;
            }
            begun = 1;
        }
    }
    for (int64_t e = 0; e < (begun ? 0 : channels); e++) { /* the window has only padding */
        best[e] = 0;
        where[e] = -1;
    }
}

axf_status axf_cpu_max_pool_last(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0], *y = call->out;
    const int64_t channels = x->shape[1], image = x->shape[2] * x->shape[3] * channels, width = y->shape[3];
    const int64_t rows = y->shape[0] * y->shape[2];
    int32_t *keep = call->keep != NULL ? call->keep->data : NULL;
    int32_t *spare = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], channels * self->threads, sizeof *spare);
    if (spare == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t column = 0; column < width; column++) {
            const int64_t at = (row * width + column) * channels;
            pool_place(self, call, real_data(x) + row / y->shape[2] * image, row % y->shape[2], column,
                       real_data(y) + at, keep != NULL ? keep + at : spare + axf_cpu_thread() * channels);
        }
    }
    AXF_TRY(axf_cpu_maps_note(&self->maps, y));
    return keep != NULL ? axf_cpu_maps_note(&self->maps, call->keep) : AXF_OK;
}

axf_status axf_cpu_max_pool_last_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0], *g = call->grad_out;
    const int64_t channels = x->shape[1], image = x->shape[2] * x->shape[3] * channels;
    const int64_t plane = g->shape[2] * g->shape[3];
    begin_gradient(call, 0);
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t n = 0; n < x->shape[0]; n++) {
        float *dx = real_data(call->grad_in[0]) + n * image;
        for (int64_t at = n * plane * channels; at < (n + 1) * plane * channels; at += channels) {
            const int32_t *where = (const int32_t *)call->keep->data + at;
            for (int64_t c = 0; c < channels; c++) {
                if (where[c] >= 0) {
                    dx[where[c] * channels + c] += real_data(g)[at + c];
                }
            }
        }
    }
    return axf_cpu_maps_note(&self->maps, call->grad_in[0]);
}
