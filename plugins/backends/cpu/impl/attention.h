/* Kernels of the cpu backend: attention. */
#ifndef AXF_BACKENDS_CPU_IMPL_ATTENTION_H
#define AXF_BACKENDS_CPU_IMPL_ATTENTION_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_attention(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_attention_backward(axf_cpu *self, const axf_call *call);

#endif
