/* Normalisations over a row (layer norm, L2, softmax) and over a channel (batch norm). */
#include "backends/cpu/impl/norm.h"

#include "backends/cpu/impl/channels.h"
#include "backends/cpu/impl/tensors.h"

#include <math.h>

axf_status axf_cpu_layer_norm_forward(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    float *keep = call->keep != NULL ? call->keep->data : NULL;
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        const axf_cpu_moments moments =
            self->hot->layer_norm(real_data(call->in[0]) + r * columns, call->in[1]->data, call->in[2]->data,
                                  (float)call->f[0], real_data(call->out) + r * columns, columns);
        if (keep != NULL) {
            keep[2 * r] = moments.mean;
            keep[2 * r + 1] = moments.inverse;
        }
    }
    return AXF_OK;
}

/* Sums the rows of each block, and then the blocks, both in order. */
static axf_status parameter_gradients(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    const int64_t blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK;
    float *sums = axf_scratch_get(&self->scratch[AXF_CPU_SCRATCH_PARTS], 2 * blocks * columns, sizeof *sums);
    if (sums == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = block * ROW_BLOCK, at = first * columns;
        self->hot->layer_norm_parameters(real_data(call->in[0]) + at, real_data(call->keep) + 2 * first,
                                         real_data(call->grad_out) + at, least(ROW_BLOCK, rows - first), columns,
                                         sums + block * columns, sums + (blocks + block) * columns);
    }
    for (int n = 0; n < 2; n++) {
        if (call->grad_in[1 + n] != NULL) {
            self->hot->column_sums(sums + n * blocks * columns, NULL, blocks, columns, columns,
                                   call->grad_in[1 + n]->data, adds(call, 1 + n));
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_layer_norm_gradients(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
    const float *keep = call->keep->data;
    if (call->grad_in[1] != NULL || call->grad_in[2] != NULL) {
        AXF_TRY(parameter_gradients(self, call));
    }
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < (call->grad_in[0] != NULL ? rows : 0); r++) {
        self->hot->layer_norm_backward(
            real_data(call->in[0]) + r * columns, call->in[1]->data, (axf_cpu_moments){keep[2 * r], keep[2 * r + 1]},
            real_data(call->grad_out) + r * columns, real_data(call->grad_in[0]) + r * columns, columns, adds(call, 0));
    }
    return AXF_OK;
}

/* Plane n of channel c in [N, C, H, W]. */
static int64_t plane_at(const axf_tensor *x, int64_t n, int64_t c)
{
    return (n * x->shape[1] + c) * x->shape[2] * x->shape[3];
}

/* Mean and 1/sqrt(var + eps) of channel c. In training they are those of the batch, and the running ones are
 * updated. */
static void channel_statistics(const axf_call *call, int64_t c, double *mean, double *inverse)
{
    const axf_tensor *x = call->in[0];
    const int64_t plane = x->shape[2] * x->shape[3], count = x->shape[0] * plane;
    float *running_mean = real_data(call->in[3]) + c, *running_variance = real_data(call->in[4]) + c;
    if (!call->i[0]) {
        *mean = *running_mean;
        *inverse = 1 / sqrt(*running_variance + call->f[0]);
        return;
    }
    double sum = 0, squares = 0;
    for (int64_t n = 0; n < x->shape[0]; n++) {
        const float *at = real_data(x) + plane_at(x, n, c);
        for (int64_t e = 0; e < plane; e++) {
            sum += (double)at[e];
        }
    }
    *mean = sum / (double)count;
    for (int64_t n = 0; n < x->shape[0]; n++) {
        const float *at = real_data(x) + plane_at(x, n, c);
        for (int64_t e = 0; e < plane; e++) {
            squares += (at[e] - *mean) * (at[e] - *mean);
        }
    }
    *inverse = 1 / sqrt(squares / (double)count + call->f[0]);
    const double momentum = call->f[1], unbiased = squares / (double)(count > 1 ? count - 1 : 1);
    *running_mean = (float)((1 - momentum) * *running_mean + momentum * *mean);
    *running_variance = (float)((1 - momentum) * *running_variance + momentum * unbiased);
}

axf_status axf_cpu_batch_norm(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const int64_t channels = x->shape[1], plane = x->shape[2] * x->shape[3];
    if (axf_cpu_maps_is_last(&self->maps, x)) {
        return axf_cpu_batch_norm_last(self, call);
    }
#pragma omp parallel for schedule(static) if (worth_threads(element_count(x)))
    for (int64_t c = 0; c < channels; c++) {
        double mean, inverse;
        channel_statistics(call, c, &mean, &inverse);
        const double factor = inverse * real_data(call->in[1])[c], offset = real_data(call->in[2])[c] - mean * factor;
        for (int64_t n = 0; n < x->shape[0]; n++) {
            const int64_t at = plane_at(x, n, c);
            self->hot->scale(real_data(x) + at, (float)factor, (float)offset, real_data(call->out) + at, plane, 0);
        }
        if (call->keep != NULL) {
            real_data(call->keep)[c] = (float)mean;
            real_data(call->keep)[channels + c] = (float)inverse;
        }
    }
    return AXF_OK;
}

/* The formula is that of layer norm. Running statistics are constants, so its two sums are left out for them. */
static void channel_gradients(const axf_cpu *self, const axf_call *call, int64_t c)
{
    const axf_tensor *x = call->in[0];
    const int64_t plane = x->shape[2] * x->shape[3], count = x->shape[0] * plane;
    const double mean = real_data(call->keep)[c], inverse = real_data(call->keep)[x->shape[1] + c];
    const int parameters = call->grad_in[1] != NULL || call->grad_in[2] != NULL;
    double sum = 0, moment = 0;
    for (int64_t n = 0; (parameters || call->i[0]) && n < x->shape[0]; n++) {
        const float *from = real_data(x) + plane_at(x, n, c), *g = real_data(call->grad_out) + plane_at(x, n, c);
        for (int64_t e = 0; e < plane; e++) {
            moment += g[e] * (from[e] - mean);
        }
        sum += self->hot->sum(g, plane);
    }
    moment *= inverse;
    const double factor = inverse * real_data(call->in[1])[c];
    const float level = call->i[0] ? (float)(sum / (double)count) : 0;
    const float lean = call->i[0] ? (float)(moment * inverse / (double)count) : 0;
    for (int64_t n = 0; call->grad_in[0] != NULL && n < x->shape[0]; n++) {
        const float *from = real_data(x) + plane_at(x, n, c), *g = real_data(call->grad_out) + plane_at(x, n, c);
        float *dx = real_data(call->grad_in[0]) + plane_at(x, n, c);
        for (int64_t e = 0; e < plane; e++) {
            const float at = call->i[0] ? (from[e] - (float)mean) * lean : 0;
            put(&dx[e], (float)factor * (g[e] - level - at), adds(call, 0));
        }
    }
    if (call->grad_in[1] != NULL) {
        put(real_data(call->grad_in[1]) + c, (float)moment, adds(call, 1));
    }
    if (call->grad_in[2] != NULL) {
        put(real_data(call->grad_in[2]) + c, (float)sum, adds(call, 2));
    }
}

axf_status axf_cpu_batch_norm_backward(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *tensors[] = {call->in[0], call->grad_out, adds(call, 0) ? call->grad_in[0] : NULL};
    int last;
    AXF_TRY(axf_cpu_maps_agree(&self->maps, tensors, 3, &last));
    if (last) {
        return axf_cpu_batch_norm_last_backward(self, call);
    }
#pragma omp parallel for schedule(static) if (worth_threads(element_count(call->in[0])))
    for (int64_t c = 0; c < call->in[0]->shape[1]; c++) {
        channel_gradients(self, call, c);
    }
    return AXF_OK;
}

/* Rows of padding may be all zero. Their result is zero, too, so that it is finite. */
axf_status axf_cpu_l2_normalize(axf_cpu *self, const axf_call *call)
{
    const axf_tensor *x = call->in[0];
    const int64_t rows = row_count(x), columns = column_count(x), used = x->rows != NULL ? x->rows->total : rows;
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        const float *from = real_data(x) + r * columns;
        const double inverse = r < used ? 1 / sqrt(self->hot->square_sum(from, columns)) : 0;
        self->hot->scale(from, (float)inverse, 0, real_data(call->out) + r * columns, r < used ? columns : 0, 0);
        if (r >= used) {
            memset(real_data(call->out) + r * columns, 0, (size_t)columns * sizeof(float));
        }
        if (call->keep != NULL) {
            real_data(call->keep)[r] = (float)inverse;
        }
    }
    return AXF_OK;
}

/* dx = (g - y (g · y)) / norm. */
axf_status axf_cpu_l2_normalize_backward(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        const float *y = real_data(call->out) + r * columns, *g = real_data(call->grad_out) + r * columns;
        const float inverse = real_data(call->keep)[r], along = self->hot->dot(g, y, columns);
        for (int64_t c = 0; c < columns; c++) {
            put(real_data(call->grad_in[0]) + r * columns + c, (g[c] - y[c] * along) * inverse, adds(call, 0));
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_softmax_forward(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->in[0]), columns = column_count(call->in[0]);
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        self->hot->softmax(real_data(call->in[0]) + r * columns, real_data(call->out) + r * columns, columns);
    }
    return AXF_OK;
}

axf_status axf_cpu_softmax_gradient(axf_cpu *self, const axf_call *call)
{
    const int64_t rows = row_count(call->out), columns = column_count(call->out);
#pragma omp parallel for schedule(static) if (worth_threads(rows * columns))
    for (int64_t r = 0; r < rows; r++) {
        self->hot->softmax_backward(real_data(call->out) + r * columns, real_data(call->grad_out) + r * columns,
                                    real_data(call->grad_in[0]) + r * columns, columns, adds(call, 0));
    }
    return AXF_OK;
}
