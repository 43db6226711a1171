/* Loops of one code path, maps with the channels last. hot.h says what each does. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_CHANNELS_H
#define AXF_BACKENDS_CPU_IMPL_HOT_CHANNELS_H

#include "backends/cpu/impl/hot/hot.h"

void AXF_HOT(axf_cpu_channel_moments)(const float *x, int64_t rows, int64_t columns, float *sums, float *squares);
void AXF_HOT(axf_cpu_channel_products)(const float *x, const float *mean, const float *g, int64_t rows, int64_t columns,
                                       float *sums, float *moments);
void AXF_HOT(axf_cpu_channel_scale)(const float *x, const float *factor, const float *offset, int64_t rows,
                                    int64_t columns, float *y);
void AXF_HOT(axf_cpu_channel_derive)(const float *x, const float *g, const axf_cpu_channels *f, int64_t rows,
                                     int64_t columns, float *dx, int add);
void AXF_HOT(axf_cpu_channel_greater)(const float *x, int32_t at, int64_t columns, float *best, int32_t *where);

#endif
