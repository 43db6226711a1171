/* Kernels of the cpu backend: linear layers and products of matrices. */
#ifndef AXF_BACKENDS_CPU_IMPL_MATRIX_H
#define AXF_BACKENDS_CPU_IMPL_MATRIX_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_linear(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_linear_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_matmul(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_matmul_backward(axf_cpu *self, const axf_call *call);

#endif
