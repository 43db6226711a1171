/* Kernels of the cpu backend: convolutions, pooling, patches, and rows of maps. */
#ifndef AXF_BACKENDS_CPU_IMPL_IMAGE_H
#define AXF_BACKENDS_CPU_IMPL_IMAGE_H

#include "backends/cpu/impl/cpu.h"

axf_status axf_cpu_conv2d(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_conv2d_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool2d(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool2d_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_image_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_image_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_patches(axf_cpu *self, const axf_call *call);

#endif
