/* Loops of one code path that compute element by element, and sums. hot.h says what each does. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_POINTWISE_H
#define AXF_BACKENDS_CPU_IMPL_HOT_POINTWISE_H

#include "backends/cpu/impl/hot/hot.h"

void AXF_HOT(axf_cpu_activate)(int64_t kind, const float *x, float *y, int64_t count);
void AXF_HOT(axf_cpu_derive)(int64_t kind, const float *source, const float *g, float *dx, int64_t count, int add);
void AXF_HOT(axf_cpu_add_arrays)(const float *a, const float *b, float *y, int64_t count);
void AXF_HOT(axf_cpu_multiply_arrays)(const float *a, const float *b, float *y, int64_t count, int add);
void AXF_HOT(axf_cpu_scale)(const float *x, float factor, float offset, float *y, int64_t count, int add);
void AXF_HOT(axf_cpu_mask)(const uint32_t *draws, uint32_t threshold, float factor, const float *x, float *y,
                           int64_t count, int add);
double AXF_HOT(axf_cpu_sum)(const float *x, int64_t count);
double AXF_HOT(axf_cpu_square_sum)(const float *x, int64_t count);
void AXF_HOT(axf_cpu_column_sums)(const float *x, const float *b, int64_t rows, int64_t columns, int64_t step,
                                  float *to, int add);
void AXF_HOT(axf_cpu_round_bf16)(const float *x, uint16_t *y, int64_t count);

#endif
