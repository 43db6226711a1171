/* Vectors of the code path's width, and elementary functions of single floats. The functions have neither branches nor
 * calls, so that the compiler turns them into vector code. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_VECTOR_H
#define AXF_BACKENDS_CPU_IMPL_HOT_VECTOR_H

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

typedef float four_lanes __attribute__((vector_size(16)));
typedef float unaligned_four_lanes __attribute__((vector_size(16), aligned(4), may_alias));

/* Adds one half of the vector to the other until one number is left, always in the same order. */
static inline float lanes_sum(lanes v)
{
#if defined(__AVX512F__)
    typedef float eight_lanes __attribute__((vector_size(32)));
    eight_lanes halves[2];
    memcpy(halves, &v, sizeof halves);
    const eight_lanes eight = halves[0] + halves[1];
#elif defined(__AVX__)
    const lanes eight = v;
#endif
#if defined(__AVX__)
    four_lanes quarters[2];
    memcpy(quarters, &eight, sizeof quarters);
    const four_lanes four = quarters[0] + quarters[1];
#else
    const four_lanes four = v;
#endif
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static inline float bits_float(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* e^x within 2 units in the last place, also for results that are denormal. x = n log 2 + r with |r| <= log(2)/2; e^r
 * is its series up to r^7, and 2^n is multiplied as two factors, so that both are in the range of the exponent. */
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
    const uint32_t low = (uint32_t)(half + 127) << 23, high = (uint32_t)(whole - half + 127) << 23;
    return p * bits_float((int32_t)low) * bits_float((int32_t)high);
}

/* e^{u²} erfc(u) for u >= 0 as a polynomial in t = 1/(1 + 0.45 u), fitted to 6e-9 of the value for u <= 9.5. */
static inline float scaled_erfc(float u)
{
    const float t = 1.0f / (1.0f + 0.45f * u);
    float p = -0.021323763f;
    p = p * t + 0.078654639f;
    p = p * t - 0.028254496f;
    p = p * t - 0.236170098f;
    p = p * t + 0.310092747f;
    p = p * t - 0.072319895f;
    p = p * t + 0.249284536f;
    p = p * t + 0.209550053f;
    p = p * t + 0.256859392f;
    p = p * t + 0.253616363f;
    p = p * t + 1.05164855e-5f;
    return p;
}

/* (1 + erf(x/√2))/2 and e^{-x²/2}, from which both GELU and its derivative are computed. Where |x| < 1 they come from
 * a polynomial in x² (fitted to 8e-10 of erf), else from the tail, so that neither end loses digits. */
static inline float normal_share(float x, float *bell)
{
    const float z = x * x;
    *bell = exp_of(-0.5f * z);
    const float tail = 0.5f * *bell * scaled_erfc(fabsf(x) * 0.707106781f);
    float p = -7.62232e-06f;
    p = p * z + 0.000113413401f;
    p = p * z - 0.00118627213f;
    p = p * z + 0.00997330528f;
    p = p * z - 0.0664903596f;
    p = p * z + 0.398942292f;
    const float near = 0.5f + x * p, far = x > 0 ? 1.0f - tail : tail;
    return z < 1.0f ? near : far;
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

/* Where |x| is below 0.65, a polynomial in x² (fitted to 7e-9 of the value); else 1 - 2/(e^{2|x|} + 1). */
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
