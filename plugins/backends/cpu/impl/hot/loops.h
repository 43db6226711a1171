/* The functions behind the table of one code path; what they do stands in hot.h. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_LOOPS_H
#define AXF_BACKENDS_CPU_IMPL_HOT_LOOPS_H

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
void AXF_HOT(axf_cpu_draw)(const axf_random *random, int32_t slot, int64_t first, int64_t count, uint32_t *draws);
axf_cpu_moments AXF_HOT(axf_cpu_layer_norm)(const float *x, const float *gamma, const float *beta, float eps, float *y,
                                            int64_t columns);
void AXF_HOT(axf_cpu_layer_norm_backward)(const float *x, const float *gamma, axf_cpu_moments moments, const float *g,
                                          float *dx, int64_t columns, int add);
void AXF_HOT(axf_cpu_layer_norm_parameters)(const float *x, const float *keep, const float *g, int64_t rows,
                                            int64_t columns, float *d_gamma, float *d_beta);
void AXF_HOT(axf_cpu_channel_moments)(const float *x, int64_t rows, int64_t columns, float *sums, float *squares);
void AXF_HOT(axf_cpu_channel_products)(const float *x, const float *mean, const float *g, int64_t rows, int64_t columns,
                                       float *sums, float *moments);
void AXF_HOT(axf_cpu_channel_scale)(const float *x, const float *factor, const float *offset, int64_t rows,
                                    int64_t columns, float *y);
void AXF_HOT(axf_cpu_channel_derive)(const float *x, const float *g, const axf_cpu_channels *f, int64_t rows,
                                     int64_t columns, float *dx, int add);
void AXF_HOT(axf_cpu_channel_greater)(const float *x, int32_t at, int64_t columns, float *best, int32_t *where);
float AXF_HOT(axf_cpu_dot)(const float *a, const float *b, int64_t count);
float AXF_HOT(axf_cpu_softmax)(const float *x, float *y, int64_t count);
void AXF_HOT(axf_cpu_exp_shifted)(const float *x, float shift, float *y, int64_t count);
void AXF_HOT(axf_cpu_softmax_backward)(const float *y, const float *g, float *dx, int64_t count, int add);
void AXF_HOT(axf_cpu_product)(const axf_cpu_panel *panel);
void AXF_HOT(axf_cpu_turn)(const float *from, int64_t rows, int64_t step, int64_t width, float *to);
void AXF_HOT(axf_cpu_adamw_update)(const axf_cpu_adamw *a, float *p, float *m, float *v, const float *g, int64_t count);

#endif
