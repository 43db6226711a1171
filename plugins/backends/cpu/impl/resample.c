/* Resampling of position tables. In each direction, up to four source positions have a weight. */
#include "backends/cpu/impl/resample.h"

#include "auxfuse/ops.h"
#include "backends/cpu/impl/tensors.h"

#include <math.h>

enum { MOST_TAPS = 4 };

typedef struct taps {
    int32_t count;
    int64_t from[MOST_TAPS];
    double weight[MOST_TAPS];
} taps;

/* Keys' cubic kernel (1981) with a = -0.75, the value torch uses. */
static double cubic(double distance)
{
    const double a = -0.75, d = fabs(distance);
    if (d <= 1) {
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static int64_t clamp_position(int64_t position, int64_t count)
{
    return position < 0 ? 0 : position >= count ? count - 1 : position;
}

/* Finds the sources, among `count` positions, of position i of `to`. */
static taps taps_make(int64_t kind, int64_t i, int64_t count, int64_t to)
{
    if (count == to) {
        return (taps){1, {i}, {1}};
    }
    if (kind == AXF_GRID_BILINEAR) {
        const double source = to > 1 ? (double)(i * (count - 1)) / (double)(to - 1) : 0;
        const int64_t first = clamp_position((int64_t)floor(source), count);
        const double part = source - (double)first;
        return (taps){2, {first, clamp_position(first + 1, count)}, {1 - part, part}};
    }
    const double source = ((double)i + 0.5) * (double)count / (double)to - 0.5, first = floor(source);
    taps t = {.count = MOST_TAPS};
    for (int k = 0; k < MOST_TAPS; k++) {
        t.from[k] = clamp_position((int64_t)first - 1 + k, count);
        t.weight[k] = cubic(source - (first - 1 + k));
    }
    return t;
}

/* Each result position is a weighted sum of rows of the table. Backward visits the same pairs of positions and rows. */
axf_status axf_cpu_resample_grid(axf_cpu *self, const axf_call *call)
{
    const int64_t width = column_count(call->in[0]);
    for (int64_t p = 0; p < call->i[2] * call->i[3]; p++) {
        const taps rows = taps_make(call->i[4], p / call->i[3], call->i[0], call->i[2]);
        const taps columns = taps_make(call->i[4], p % call->i[3], call->i[1], call->i[3]);
        for (int k = 0; k < rows.count * columns.count; k++) {
            const int ky = k / columns.count, kx = k % columns.count;
            self->hot->scale(real_data(call->in[0]) + (rows.from[ky] * call->i[1] + columns.from[kx]) * width,
                             (float)(rows.weight[ky] * columns.weight[kx]), 0, real_data(call->out) + p * width, width,
                             k > 0);
        }
    }
    return AXF_OK;
}

axf_status axf_cpu_resample_grid_backward(axf_cpu *self, const axf_call *call)
{
    const int64_t width = column_count(call->in[0]);
    begin_gradient(call, 0);
    for (int64_t p = 0; p < call->i[2] * call->i[3]; p++) {
        const taps rows = taps_make(call->i[4], p / call->i[3], call->i[0], call->i[2]);
        const taps columns = taps_make(call->i[4], p % call->i[3], call->i[1], call->i[3]);
        for (int k = 0; k < rows.count * columns.count; k++) {
            const int ky = k / columns.count, kx = k % columns.count;
            self->hot->scale(real_data(call->grad_out) + p * width, (float)(rows.weight[ky] * columns.weight[kx]), 0,
                             real_data(call->grad_in[0]) + (rows.from[ky] * call->i[1] + columns.from[kx]) * width,
                             width, 1);
        }
    }
    return AXF_OK;
}
