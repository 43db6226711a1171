/* Kernels of the cpu backend: batch norm and max pooling of maps that are in memory with the channels last. */
#ifndef AXF_BACKENDS_CPU_IMPL_CHANNELS_H
#define AXF_BACKENDS_CPU_IMPL_CHANNELS_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_batch_norm_last(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_batch_norm_last_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_max_pool_last(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_max_pool_last_backward(axf_cpu *self, const axf_call *call);

#endif
