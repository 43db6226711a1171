/* Loops of one code path, norms and softmax of one row. hot.h says what each does. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_NORM_H
#define AXF_BACKENDS_CPU_IMPL_HOT_NORM_H

#include "backends/cpu/impl/hot/hot.h"

axf_cpu_moments AXF_HOT(axf_cpu_layer_norm)(const float *x, const float *gamma, const float *beta, float eps, float *y,
                                            int64_t columns);
void AXF_HOT(axf_cpu_layer_norm_backward)(const float *x, const float *gamma, axf_cpu_moments moments, const float *g,
                                          float *dx, int64_t columns, int add);
void AXF_HOT(axf_cpu_layer_norm_parameters)(const float *x, const float *keep, const float *g, int64_t rows,
                                            int64_t columns, float *d_gamma, float *d_beta);
float AXF_HOT(axf_cpu_dot)(const float *a, const float *b, int64_t count);
float AXF_HOT(axf_cpu_softmax)(const float *x, float *y, int64_t count);
void AXF_HOT(axf_cpu_exp_shifted)(const float *x, float shift, float *y, int64_t count);
void AXF_HOT(axf_cpu_softmax_backward)(const float *y, const float *g, float *dx, int64_t count, int add);

#endif
