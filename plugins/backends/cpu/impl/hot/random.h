/* Loops of one code path, random draws. hot.h says what each does. */
#ifndef AXF_BACKENDS_CPU_IMPL_HOT_RANDOM_H
#define AXF_BACKENDS_CPU_IMPL_HOT_RANDOM_H

#include "backends/cpu/impl/hot/hot.h"

void AXF_HOT(axf_cpu_draw)(const axf_random *random, int32_t slot, int64_t first, int64_t count, uint32_t *draws);

#endif
