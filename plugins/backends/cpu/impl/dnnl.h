/* Matrix products and convolutions by oneDNN. Its primitives are kept by their shapes in a table of limited size. */
#ifndef AXF_BACKENDS_CPU_IMPL_DNNL_H
#define AXF_BACKENDS_CPU_IMPL_DNNL_H

#include "auxfuse/plugin.h"

typedef struct axf_dnnl axf_dnnl;

/* c = scale · op(a) op(b) + bias, then ReLU; or the product is added to c. All are row-major, batch after batch: op(a)
 * [m, k], op(b) [k, n], c [m, n]. c is f32; a and b are f32 or, where bf16 is not 0, bf16. The table compares this
 * struct byte by byte, so that it must not have padding. */
typedef struct axf_dnnl_matmul {
    int64_t batch, m, n, k;
    int32_t transpose_a, transpose_b;
    int32_t bf16, bias, relu, add;
    double scale;
} axf_dnnl_matmul;

/* A convolution of x [n, c, h, w] with [o, c, rows, columns] to y [n, o, to_h, to_w], all f32 outside; products in
 * bf16 where asked. x_last, y_last: channels last in memory; where both are, what is read of x and y under bf16 is in
 * bf16. */
typedef struct axf_dnnl_conv {
    int64_t n, c, h, w, o, rows, columns, to_h, to_w, stride, padding;
    int32_t direction; /* AXF_CONV_… of dnnl_compat.h */
    int16_t bias, bf16, x_last, y_last;
} axf_dnnl_conv;

/* Returns NULL when oneDNN has no engine, or when there is not enough memory. */
axf_dnnl *axf_dnnl_open(const axf_host *host);
void axf_dnnl_close(axf_dnnl *dnnl);

axf_status axf_dnnl_run_matmul(axf_dnnl *dnnl, const axf_dnnl_matmul *what, const void *a, const void *b,
                               const float *bias, float *c);
/* x, w and y are gradients where the direction makes or reads gradients: BACKWARD_DATA writes x, and BACKWARD_WEIGHTS
 * writes w. */
axf_status axf_dnnl_run_conv(axf_dnnl *dnnl, const axf_dnnl_conv *what, void *x, float *w, const float *bias, void *y);

#endif
