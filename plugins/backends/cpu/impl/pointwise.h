/* Kernels of the cpu backend: ops that compute element by element, and dropout. */
#ifndef AXF_BACKENDS_CPU_IMPL_POINTWISE_H
#define AXF_BACKENDS_CPU_IMPL_POINTWISE_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_binary(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scaling(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scaling_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_unary(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_unary_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_dropout(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_dropout_backward(axf_cpu *self, const axf_call *call);

#endif
