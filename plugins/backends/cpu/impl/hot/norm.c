/* Normalisations of one row. */
#include "backends/cpu/impl/hot/norm.h"

#include "backends/cpu/impl/hot/vector.h"

static inline float sum_of(const float *x, int64_t count)
{
    lanes sums[4] = {{0}};
    int64_t e = 0;
    for (; e + 4 * LANES <= count; e += 4 * LANES) {
        for (int i = 0; i < 4; i++) {
            sums[i] += load(x + e + i * LANES);
        }
    }
    for (; e + LANES <= count; e += LANES) {
        sums[0] += load(x + e);
    }
    float sum = lanes_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; e < count; e++) {
        sum += x[e];
    }
    return sum;
}

static inline float square_sum_of(const float *x, float mean, int64_t count)
{
    lanes sums[4] = {{0}};
    int64_t e = 0;
    for (; e + 4 * LANES <= count; e += 4 * LANES) {
        for (int i = 0; i < 4; i++) {
            const lanes d = load(x + e + i * LANES) - mean;
            sums[i] += d * d;
        }
    }
    for (; e + LANES <= count; e += LANES) {
        const lanes d = load(x + e) - mean;
        sums[0] += d * d;
    }
    float sum = lanes_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; e < count; e++) {
        sum += (x[e] - mean) * (x[e] - mean);
    }
    return sum;
}

axf_cpu_moments AXF_HOT(axf_cpu_layer_norm)(const float *x, const float *gamma, const float *beta, float eps, float *y,
                                            int64_t columns)
{
    const float mean = sum_of(x, columns) / (float)columns;
    const float variance = square_sum_of(x, mean, columns) / (float)columns;
    const float inverse = 1.0f / sqrtf(variance + eps);
    for (int64_t c = 0; c < columns; c++) {
        y[c] = (x[c] - mean) * inverse * gamma[c] + beta[c];
    }
    return (axf_cpu_moments){mean, inverse};
}

/* dx = s (h - mean h - n mean(h n)), where h = g gamma, n is the normalised row and s = 1/sqrt(var + eps). */
void AXF_HOT(axf_cpu_layer_norm_backward)(const float *restrict x, const float *restrict gamma, axf_cpu_moments moments,
                                          const float *restrict g, float *restrict dx, int64_t columns, int add)
{
    const float mean = moments.mean, inverse = moments.inverse;
    lanes sums[2] = {{0}}, along[2] = {{0}};
    int64_t c = 0;
    for (; c + 2 * LANES <= columns; c += 2 * LANES) {
        for (int i = 0; i < 2; i++) {
            const lanes h = load(g + c + i * LANES) * load(gamma + c + i * LANES);
            sums[i] += h;
            along[i] += h * (load(x + c + i * LANES) - mean);
        }
    }
    float sum = lanes_sum(sums[0] + sums[1]), moment = lanes_sum(along[0] + along[1]);
    for (; c < columns; c++) {
        sum += g[c] * gamma[c];
        moment += g[c] * gamma[c] * (x[c] - mean);
    }
    const float level = sum / (float)columns, lean = moment * inverse * inverse / (float)columns;
    if (add) {
        for (int64_t e = 0; e < columns; e++) {
            dx[e] += inverse * (g[e] * gamma[e] - level - (x[e] - mean) * lean);
        }
    } else {
        for (int64_t e = 0; e < columns; e++) {
            dx[e] = inverse * (g[e] * gamma[e] - level - (x[e] - mean) * lean);
        }
    }
}

void AXF_HOT(axf_cpu_layer_norm_parameters)(const float *restrict x, const float *restrict keep,
                                            const float *restrict g, int64_t rows, int64_t columns,
                                            float *restrict d_gamma, float *restrict d_beta)
{
    memset(d_gamma, 0, (size_t)columns * sizeof *d_gamma);
    memset(d_beta, 0, (size_t)columns * sizeof *d_beta);
    for (int64_t r = 0; r < rows; r++) {
        const float mean = keep[2 * r], inverse = keep[2 * r + 1];
        const float *x_row = x + r * columns, *g_row = g + r * columns;
        for (int64_t c = 0; c < columns; c++) {
            d_gamma[c] += g_row[c] * ((x_row[c] - mean) * inverse);
            d_beta[c] += g_row[c];
        }
    }
}

float AXF_HOT(axf_cpu_dot)(const float *a, const float *b, int64_t count)
{
    lanes sums[2] = {{0}};
    int64_t e = 0;
    for (; e + 2 * LANES <= count; e += 2 * LANES) {
        sums[0] += load(a + e) * load(b + e);
        sums[1] += load(a + e + LANES) * load(b + e + LANES);
    }
    for (; e + LANES <= count; e += LANES) {
        sums[0] += load(a + e) * load(b + e);
    }
    float sum = lanes_sum(sums[0] + sums[1]);
    for (; e < count; e++) {
        sum += a[e] * b[e];
    }
    return sum;
}

static inline lanes greater_of(lanes a, lanes b)
{
    lanes result;
    for (int i = 0; i < LANES; i++) {
        result[i] = a[i] > b[i] ? a[i] : b[i];
    }
    return result;
}

static inline float greatest_of(const float *x, int64_t count)
{
    float result = x[0];
    int64_t e = 0;
    if (count >= LANES) {
        lanes most = load(x);
        for (e = LANES; e + LANES <= count; e += LANES) {
            most = greater_of(most, load(x + e));
        }
        /* The last whole vector overlaps the one before, which does not change a maximum. */
        most = greater_of(most, load(x + count - LANES));
        e = count;
        float at[LANES];
        memcpy(at, &most, sizeof at);
        for (int width = LANES / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; i++) {
                at[i] = at[i] > at[i + width] ? at[i] : at[i + width];
            }
        }
        result = at[0];
    }
    for (; e < count; e++) {
        result = x[e] > result ? x[e] : result;
    }
    return result;
}

void AXF_HOT(axf_cpu_exp_shifted)(const float *x, float shift, float *y, int64_t count)
{
    for (int64_t e = 0; e < count; e++) {
        y[e] = exp_of(x[e] - shift);
    }
}

float AXF_HOT(axf_cpu_softmax)(const float *x, float *y, int64_t count)
{
    const float most = greatest_of(x, count);
    AXF_HOT(axf_cpu_exp_shifted)(x, most, y, count);
    const float sum = sum_of(y, count), share = 1.0f / sum;
    for (int64_t e = 0; e < count; e++) {
        y[e] *= share;
    }
    return most + logf(sum);
}

void AXF_HOT(axf_cpu_softmax_backward)(const float *y, const float *g, float *dx, int64_t count, int add)
{
    const float along = AXF_HOT(axf_cpu_dot)(y, g, count);
    if (add) {
        for (int64_t e = 0; e < count; e++) {
            dx[e] += y[e] * (g[e] - along);
        }
    } else {
        for (int64_t e = 0; e < count; e++) {
            dx[e] = y[e] * (g[e] - along);
        }
    }
}
