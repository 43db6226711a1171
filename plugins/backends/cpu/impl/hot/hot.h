/* The vector loops: plain arrays in, plain arrays out, one thread. Every file of this folder is compiled for each level
 * of the CPU (AXF_CODE_PATH); axf_cpu_hot_choose picks one table by cpuid. A loop's result does not depend on how a
 * caller splits its work over threads as long as the split is by whole calls. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_HOT_H
#define AXF_BACKENDS_CPU_IMPL_HOT_HOT_H

#include "auxfuse/backend.h"

/* A matrix product on small operands, for attention and products too small for the library:
 * c [rows, columns] = factor · a b (+ c where `add`), element (r, s) of a at a[r · a_row + s · a_column], b packed
 * [inner, columns rounded up to AXF_CPU_PACK] with zeros behind the columns. Sums run over `inner` in order. */
typedef struct axf_cpu_panel {
    int64_t rows, inner, columns;
    const float *a;
    int64_t a_row, a_column;
    const float *b;
    int64_t b_step;
    float *c;
    int64_t c_step;
    float factor;
    int32_t add;
} axf_cpu_panel;

enum { AXF_CPU_PACK = 16 }; /* columns of a packed operand are a multiple of it, whatever the vector width */

/* Constants of one AdamW step, rounded as the reference rounds them. */
typedef struct axf_cpu_adamw {
    float keep, beta1, rest1, beta2, rest2, step, root2, eps;
} axf_cpu_adamw;

/* Row r of x: mean and 1/sqrt(var + eps). */
typedef struct axf_cpu_moments {
    float mean, inverse;
} axf_cpu_moments;

/* Of each channel: dx = factor (g - level - (x - mean) lean). */
typedef struct axf_cpu_channels {
    const float *mean, *factor, *level, *lean;
} axf_cpu_channels;

typedef struct axf_cpu_hot {
    /* Element by element. `add` adds to the last array instead of writing it. */
    void (*activate)(int64_t kind, const float *x, float *y, int64_t count);
    void (*derive)(int64_t kind, const float *source, const float *g, float *dx, int64_t count, int add);
    void (*add_arrays)(const float *a, const float *b, float *y, int64_t count);
    void (*multiply_arrays)(const float *a, const float *b, float *y, int64_t count, int add);
    void (*scale)(const float *x, float factor, float offset, float *y, int64_t count, int add);
    void (*mask)(const uint32_t *draws, uint32_t threshold, float factor, const float *x, float *y, int64_t count,
                 int add);
    double (*sum)(const float *x, int64_t count);
    double (*square_sum)(const float *x, int64_t count);
    /* to [columns] (+)= column sums of x [rows, columns], row by row; `step` elements from row to row. With b: of x ·
     * b.
     */
    void (*column_sums)(const float *x, const float *b, int64_t rows, int64_t columns, int64_t step, float *to,
                        int add);
    void (*round_bf16)(const float *x, uint16_t *y, int64_t count);

    /* Draws of elements first … first + count - 1 of the post in `slot` (axf_random). */
    void (*draw)(const axf_random *random, int32_t slot, int64_t first, int64_t count, uint32_t *draws);

    /* One row. */
    axf_cpu_moments (*layer_norm)(const float *x, const float *gamma, const float *beta, float eps, float *y,
                                  int64_t columns);
    void (*layer_norm_backward)(const float *x, const float *gamma, axf_cpu_moments moments, const float *g, float *dx,
                                int64_t columns, int add);
    /* gamma and beta gradients of a block of rows, added up row by row: d_gamma, d_beta [columns] are written. */
    void (*layer_norm_parameters)(const float *x, const float *keep, const float *g, int64_t rows, int64_t columns,
                                  float *d_gamma, float *d_beta);
    /* Images with the channels last, `rows` places of `columns` channels, a multiple of AXF_CPU_PACK. Each channel's Σ
     * x and Σ (x - its mean)²; Σ g and Σ g (x - mean); y = x factor + offset; the gradient of a normalisation. */
    void (*channel_moments)(const float *x, int64_t rows, int64_t columns, float *sums, float *squares);
    void (*channel_products)(const float *x, const float *mean, const float *g, int64_t rows, int64_t columns,
                             float *sums, float *moments);
    void (*channel_scale)(const float *x, const float *factor, const float *offset, int64_t rows, int64_t columns,
                          float *y);
    void (*channel_derive)(const float *x, const float *g, const axf_cpu_channels *f, int64_t rows, int64_t columns,
                           float *dx, int add);
    /* One place: where x > best, best = x and where = at. */
    void (*channel_greater)(const float *x, int32_t at, int64_t columns, float *best, int32_t *where);
    float (*dot)(const float *a, const float *b, int64_t count);
    /* y = exp(x - log Σ exp x); returns log Σ exp. y may be x. */
    float (*softmax)(const float *x, float *y, int64_t count);
    void (*exp_shifted)(const float *x, float shift, float *y, int64_t count); /* y = exp(x - shift) */
    void (*softmax_backward)(const float *y, const float *g, float *dx, int64_t count, int add);

    void (*product)(const axf_cpu_panel *panel);
    /* to [width, rows rounded up to AXF_CPU_PACK] = fromᵀ, zeros behind the rows; `step` elements from row to row. */
    void (*turn)(const float *from, int64_t rows, int64_t step, int64_t width, float *to);

    void (*adamw)(const axf_cpu_adamw *a, float *p, float *m, float *v, const float *g, int64_t count);
} axf_cpu_hot;

/* A name of this code path. */
#define AXF_PATH_JOIN_(name, path) name##_##path
#define AXF_PATH_JOIN(name, path) AXF_PATH_JOIN_(name, path)
#ifdef AXF_CODE_PATH
#define AXF_HOT(name) AXF_PATH_JOIN(name, AXF_CODE_PATH)
#endif

#endif
