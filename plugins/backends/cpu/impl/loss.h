/* Kernels of the cpu backend: losses and sums. */
#ifndef AXF_BACKENDS_CPU_IMPL_LOSS_H
#define AXF_BACKENDS_CPU_IMPL_LOSS_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_cross_entropy(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_cross_entropy_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary_cross_entropy(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary_cross_entropy_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_sum_elements(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_sum_elements_backward(axf_cpu *self, const axf_call *call);

#endif
