/* Loops that compute element by element, and which the compiler vectorises. */
#include "backends/cpu/impl/hot/pointwise.h"

#include "auxfuse/ops.h"
#include "backends/cpu/impl/hot/vector.h"

void AXF_HOT(axf_cpu_activate)(int64_t kind, const float *x, float *y, int64_t count)
{
    switch (kind) {
    case AXF_RELU:
        for (int64_t e = 0; e < count; e++) {
            y[e] = x[e] > 0 ? x[e] : 0;
        }
        break;
    case AXF_GELU:
        for (int64_t e = 0; e < count; e++) {
            y[e] = gelu_of(x[e]);
        }
        break;
    case AXF_TANH:
        for (int64_t e = 0; e < count; e++) {
            y[e] = tanh_of(x[e]);
        }
        break;
    case AXF_SIGMOID:
        for (int64_t e = 0; e < count; e++) {
            y[e] = sigmoid_of(x[e]);
        }
        break;
    case AXF_EXP:
        for (int64_t e = 0; e < count; e++) {
            y[e] = exp_of(x[e]);
        }
        break;
    default:
        memmove(y, x, (size_t)count * sizeof *y);
    }
}

static inline float slope(int64_t kind, float source)
{
    switch (kind) {
    case AXF_RELU:
        return source > 0 ? 1 : 0;
    case AXF_GELU:
        return gelu_slope_of(source);
    case AXF_TANH:
        return 1 - source * source;
    case AXF_SIGMOID:
        return source * (1 - source);
    case AXF_EXP:
        return source;
    default:
        return 1;
    }
}

__attribute__((always_inline)) static inline void derive_as(int64_t kind, const float *restrict source,
                                                            const float *restrict g, float *restrict dx, int64_t count,
                                                            int add)
{
    if (add) {
        for (int64_t e = 0; e < count; e++) {
            dx[e] += g[e] * slope(kind, source[e]);
        }
    } else {
        for (int64_t e = 0; e < count; e++) {
            dx[e] = g[e] * slope(kind, source[e]);
        }
    }
}

void AXF_HOT(axf_cpu_derive)(int64_t kind, const float *source, const float *g, float *dx, int64_t count, int add)
{
    switch (kind) {
    case AXF_RELU:
        derive_as(AXF_RELU, source, g, dx, count, add);
        break;
    case AXF_GELU:
        derive_as(AXF_GELU, source, g, dx, count, add);
        break;
    case AXF_TANH:
        derive_as(AXF_TANH, source, g, dx, count, add);
        break;
    case AXF_SIGMOID:
        derive_as(AXF_SIGMOID, source, g, dx, count, add);
        break;
    case AXF_EXP:
        derive_as(AXF_EXP, source, g, dx, count, add);
        break;
    default:
        derive_as(AXF_NONE, g, g, dx, count, add);
    }
}

void AXF_HOT(axf_cpu_add_arrays)(const float *a, const float *b, float *y, int64_t count)
{
    for (int64_t e = 0; e < count; e++) {
        y[e] = a[e] + b[e];
    }
}

void AXF_HOT(axf_cpu_multiply_arrays)(const float *a, const float *b, float *y, int64_t count, int add)
{
    if (add) {
        for (int64_t e = 0; e < count; e++) {
            y[e] += a[e] * b[e];
        }
    } else {
        for (int64_t e = 0; e < count; e++) {
            y[e] = a[e] * b[e];
        }
    }
}

void AXF_HOT(axf_cpu_scale)(const float *x, float factor, float offset, float *y, int64_t count, int add)
{
    if (add) {
        for (int64_t e = 0; e < count; e++) {
            y[e] += factor * x[e] + offset;
        }
    } else {
        for (int64_t e = 0; e < count; e++) {
            y[e] = factor * x[e] + offset;
        }
    }
}

void AXF_HOT(axf_cpu_mask)(const uint32_t *draws, uint32_t threshold, float factor, const float *x, float *y,
                           int64_t count, int add)
{
    if (add) {
        for (int64_t e = 0; e < count; e++) {
            y[e] += draws[e] < threshold ? 0 : x[e] * factor;
        }
    } else {
        for (int64_t e = 0; e < count; e++) {
            y[e] = draws[e] < threshold ? 0 : x[e] * factor;
        }
    }
}

/* Sixteen running sums in double, added up in order at the end. */
double AXF_HOT(axf_cpu_sum)(const float *x, int64_t count)
{
    double sums[16] = {0}, sum = 0;
    int64_t e = 0;
    for (; e + 16 <= count; e += 16) {
        for (int i = 0; i < 16; i++) {
            sums[i] += (double)x[e + i];
        }
    }
    for (; e < count; e++) {
        sum += (double)x[e];
    }
    for (int i = 0; i < 16; i++) {
        sum += sums[i];
    }
    return sum;
}

double AXF_HOT(axf_cpu_square_sum)(const float *x, int64_t count)
{
    double sums[16] = {0}, sum = 0;
    int64_t e = 0;
    for (; e + 16 <= count; e += 16) {
        for (int i = 0; i < 16; i++) {
            sums[i] += (double)x[e + i] * x[e + i];
        }
    }
    for (; e < count; e++) {
        sum += (double)x[e] * x[e];
    }
    for (int i = 0; i < 16; i++) {
        sum += sums[i];
    }
    return sum;
}

void AXF_HOT(axf_cpu_column_sums)(const float *x, const float *b, int64_t rows, int64_t columns, int64_t step,
                                  float *to, int add)
{
    if (!add) {
        memset(to, 0, (size_t)columns * sizeof *to);
    }
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * step;
        if (b != NULL) {
            const float *factor = b + r * step;
            for (int64_t c = 0; c < columns; c++) {
                to[c] += row[c] * factor[c];
            }
        } else {
            for (int64_t c = 0; c < columns; c++) {
                to[c] += row[c];
            }
        }
    }
}

#ifdef __AVX512BF16__
#include <immintrin.h>

void AXF_HOT(axf_cpu_round_bf16)(const float *x, uint16_t *y, int64_t count)
{
    int64_t e = 0;
    for (; e + 32 <= count; e += 32) {
        const __m512bh both = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + e + 16), _mm512_loadu_ps(x + e));
        memcpy(y + e, &both, sizeof both);
    }
    for (; e < count; e += 16) {
        const int64_t left = count - e < 16 ? count - e : 16;
        const __mmask16 some = (__mmask16)((1u << left) - 1);
        const __m256bh part = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(some, x + e));
        memcpy(y + e, &part, (size_t)left * sizeof *y);
    }
}
#else
/* Rounds to nearest with ties to even; a NaN stays a NaN. */
void AXF_HOT(axf_cpu_round_bf16)(const float *x, uint16_t *y, int64_t count)
{
    for (int64_t e = 0; e < count; e++) {
        uint32_t bits;
        memcpy(&bits, &x[e], sizeof bits);
        const uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40;
        y[e] = (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
    }
}
#endif
