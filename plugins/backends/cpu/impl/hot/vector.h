/* Vectors of the code path's width, and elementary functions on single floats that the compiler turns into vector
 * code: no branches, no calls. */
#ifndef AXF_CPU_VECTOR_H
#define AXF_CPU_VECTOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64 };
#elif defined(__AVX__)
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 };
#endif
enum { LANES = VECTOR_BYTES / 4 };

typedef float lanes __attribute__((vector_size(VECTOR_BYTES)));
typedef float unaligned_lanes __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

static inline lanes load(const float *from)
{
    return *(const unaligned_lanes *)from;
}

static inline void store(float *to, lanes v)
{
    *(unaligned_lanes *)to = v;
}

static inline lanes spread(float x)
{
    return x - (lanes){0};
}

/* Pairwise, always in the same order. */
static inline float lanes_sum(lanes v)
{
    float at[LANES];
    memcpy(at, &v, sizeof at);
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            at[i] += at[i + width];
        }
    }
    return at[0];
}

static inline float bits_float(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* e^x within 2 units in the last place, gradual underflow included: x = n log 2 + r, |r| <= log(2)/2, e^r by its
 * series to r^7, 2^n in two factors so that neither leaves the exponent's range. */
static inline float exp_of(float x)
{
    x = x < -104.0f ? -104.0f : x;
    x = x > 89.0f ? 89.0f : x;
    const float rounder = 12582912.0f; /* 1.5 · 2^23: adding it rounds to an integer */
    const float n = (x * 1.44269504f + rounder) - rounder;
    const float r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const int32_t whole = (int32_t)n, half = whole >> 1;
    return p * bits_float((half + 127) << 23) * bits_float((whole - half + 127) << 23);
}

/* e^{u²} erfc(u) for u >= 0 as a polynomial in t = 1/(1 + 0.35 u), fitted to 1.6e-8 of the value for u <= 9.5. */
static inline float scaled_erfc(float u)
{
    const float t = 1.0f / (1.0f + 0.35f * u);
    float p = 0.06689504534006119f;
    p = p * t - 0.4020606577396393f;
    p = p * t + 0.8435882925987244f;
    p = p * t - 0.7444324493408203f;
    p = p * t + 0.6752437353134155f;
    p = p * t - 0.07608965784311295f;
    p = p * t + 0.25288185477256775f;
    p = p * t + 0.18530862033367157f;
    p = p * t + 0.19872184097766876f;
    p = p * t - 5.657000292558223e-05f;
    return p;
}

/* (1 + erf(x/√2))/2 and e^{-x²/2}, which both GELU and its derivative are made of. */
static inline float normal_share(float x, float *bell)
{
    const float u = fabsf(x) * 0.707106781f;
    *bell = exp_of(-0.5f * x * x);
    const float tail = 0.5f * *bell * scaled_erfc(u);
    return x > 0 ? 1.0f - tail : tail;
}

static inline float gelu_of(float x)
{
    float bell;
    return x * normal_share(x, &bell);
}

static inline float gelu_slope_of(float x)
{
    float bell;
    const float share = normal_share(x, &bell);
    return share + x * 0.398942280f * bell;
}

/* Below 0.65 a polynomial in x² (fitted to 7e-9 of the value), above 1 - 2/(e^{2|x|} + 1). */
static inline float tanh_of(float x)
{
    const float z = x * x, size = fabsf(x);
    float p = -0.00552863f;
    p = p * z + 0.02048332f;
    p = p * z - 0.05369297f;
    p = p * z + 0.133309f;
    p = p * z - 0.33333263f;
    const float near = x + x * z * p;
    const float far = 1.0f - 2.0f / (exp_of(2.0f * size) + 1.0f);
    return size < 0.65f ? near : x < 0 ? -far : far;
}

static inline float sigmoid_of(float x)
{
    return 1.0f / (1.0f + exp_of(-x));
}

#endif
