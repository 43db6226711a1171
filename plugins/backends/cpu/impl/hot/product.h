/* Loops of one code path, products of small matrices. hot.h says what each does. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_PRODUCT_H
#define AXF_BACKENDS_CPU_IMPL_HOT_PRODUCT_H

#include "backends/cpu/impl/hot/hot.h"

void AXF_HOT(axf_cpu_product)(const axf_cpu_panel *panel);
void AXF_HOT(axf_cpu_turn)(const float *from, int64_t rows, int64_t step, int64_t width, float *to);

#endif
