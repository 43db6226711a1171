/* Kernels of the cpu backend: grids of another size. */
#ifndef AXF_BACKENDS_CPU_IMPL_RESAMPLE_H
#define AXF_BACKENDS_CPU_IMPL_RESAMPLE_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_resample_grid(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_resample_grid_backward(axf_cpu *self, const axf_call *call);

#endif
