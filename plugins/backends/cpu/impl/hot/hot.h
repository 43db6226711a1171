/* The vector loops. They read and write plain arrays, on one thread. Every file of this folder is compiled once for
 * each level of the CPU (AXF_CODE_PATH), and axf_cpu_hot_choose takes one of the tables by cpuid. A caller may run
 * different calls on different threads: the result of a call does not depend on that. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_HOT_H
#define AXF_BACKENDS_CPU_IMPL_HOT_HOT_H

#include "auxfuse/backend.h"

/* A product of small matrices, for attention and for products that are too small for oneDNN: c [rows, columns] =
 * factor · a b, plus c where `add` is 1. Element (r, s) of a is a[r · a_row + s · a_column]. b is packed: [inner,
 * columns rounded up to AXF_CPU_PACK], with zeros behind the columns. Sums are taken over `inner` in order. */
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

enum { AXF_CPU_PACK = 16 }; /* a packed operand has a multiple of this many columns, whatever the vector width */

/* Constants of one AdamW step, rounded as the backend `reference` rounds them. */
typedef struct axf_cpu_adamw {
    float keep, beta1, rest1, beta2, rest2, step, root2, eps;
} axf_cpu_adamw;

/* The mean and 1/sqrt(var + eps) of a row. */
typedef struct axf_cpu_moments {
    float mean, inverse;
} axf_cpu_moments;

/* For each channel, dx = factor (g - level - (x - mean) lean). */
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
    /* Writes the column sums of x [rows, columns], or of x · b where b is not NULL, to `to` [columns], or adds them to
     * it. They are summed row by row; a row begins `step` elements behind the one before. */
    void (*column_sums)(const float *x, const float *b, int64_t rows, int64_t columns, int64_t step, float *to,
                        int add);
    void (*round_bf16)(const float *x, uint16_t *y, int64_t count);

    /* Draws the numbers of elements first … first + count - 1 of the post in `slot` (axf_random). */
    void (*draw)(const axf_random *random, int32_t slot, int64_t first, int64_t count, uint32_t *draws);

    /* These compute one row. */
    axf_cpu_moments (*layer_norm)(const float *x, const float *gamma, const float *beta, float eps, float *y,
                                  int64_t columns);
    void (*layer_norm_backward)(const float *x, const float *gamma, axf_cpu_moments moments, const float *g, float *dx,
                                int64_t columns, int add);
    /* Writes the gradients of gamma and beta, d_gamma and d_beta [columns], for a block of rows, summed row by row. */
    void (*layer_norm_parameters)(const float *x, const float *keep, const float *g, int64_t rows, int64_t columns,
                                  float *d_gamma, float *d_beta);
    /* Maps with the channels last: `rows` places of `columns` channels, which is a multiple of AXF_CPU_PACK. For each
     * channel they compute, in this order: Σ x and Σ (x - its mean)²; Σ g and Σ g (x - mean); y = x factor + offset;
     * the gradient of a normalisation. */
    void (*channel_moments)(const float *x, int64_t rows, int64_t columns, float *sums, float *squares);
    void (*channel_products)(const float *x, const float *mean, const float *g, int64_t rows, int64_t columns,
                             float *sums, float *moments);
    void (*channel_scale)(const float *x, const float *factor, const float *offset, int64_t rows, int64_t columns,
                          float *y);
    void (*channel_derive)(const float *x, const float *g, const axf_cpu_channels *f, int64_t rows, int64_t columns,
                           float *dx, int add);
    /* For one place: in each channel where x > best, sets best = x and where = at. */
    void (*channel_greater)(const float *x, int32_t at, int64_t columns, float *best, int32_t *where);
    float (*dot)(const float *a, const float *b, int64_t count);
    /* y = exp(x - log Σ exp x); returns log Σ exp. y may be x. */
    float (*softmax)(const float *x, float *y, int64_t count);
    void (*exp_shifted)(const float *x, float shift, float *y, int64_t count); /* y = exp(x - shift) */
    void (*softmax_backward)(const float *y, const float *g, float *dx, int64_t count, int add);

    void (*product)(const axf_cpu_panel *panel);
    /* to [width, rows rounded up to AXF_CPU_PACK] = fromᵀ, with zeros behind the rows. A row of `from` begins `step`
     * elements behind the one before. */
    void (*turn)(const float *from, int64_t rows, int64_t step, int64_t width, float *to);

    void (*adamw)(const axf_cpu_adamw *a, float *p, float *m, float *v, const float *g, int64_t count);
} axf_cpu_hot;

/* Makes a name that no other code path has. */
#define AXF_PATH_JOIN_(name, path) name##_##path
#define AXF_PATH_JOIN(name, path) AXF_PATH_JOIN_(name, path)
#ifdef AXF_CODE_PATH
#define AXF_HOT(name) AXF_PATH_JOIN(name, AXF_CODE_PATH)
#endif

#endif
