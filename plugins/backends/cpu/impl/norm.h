/* Kernels of the cpu backend: norms and softmax. */
#ifndef AXF_BACKENDS_CPU_IMPL_NORM_H
#define AXF_BACKENDS_CPU_IMPL_NORM_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_layer_norm_forward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_layer_norm_gradients(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_batch_norm(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_batch_norm_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_l2_normalize(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_l2_normalize_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_softmax_forward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_softmax_gradient(axf_cpu *self, const axf_call *call);

#endif
