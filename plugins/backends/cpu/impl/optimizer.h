/* Kernels of the cpu backend: optimiser steps. */
#ifndef AXF_BACKENDS_CPU_IMPL_OPTIMIZER_H
#define AXF_BACKENDS_CPU_IMPL_OPTIMIZER_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_adamw_step(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_accumulate(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_sum_of_squares(axf_cpu *self, const axf_call *call);

#endif
