/* Which function of the cpu backend computes which op. */
#ifndef AXF_BACKENDS_CPU_IMPL_KERNELS_H
#define AXF_BACKENDS_CPU_IMPL_KERNELS_H

#include "backends/cpu/impl/cpu.h"

extern const axf_cpu_kernel axf_cpu_kernels[AXF_OP_COUNT];

#endif
