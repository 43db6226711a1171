/* Loops of one code path, the optimiser. hot.h says what each does. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_OPTIMIZER_H
#define AXF_BACKENDS_CPU_IMPL_HOT_OPTIMIZER_H

#include "backends/cpu/impl/hot/hot.h"

void AXF_HOT(axf_cpu_adamw_update)(const axf_cpu_adamw *a, float *p, float *m, float *v, const float *g, int64_t count);

#endif
