/* The kernels of the reference backend by op, in single precision, with products in bf16 where the instance computes so. */
#ifndef AXF_BACKENDS_REFERENCE_KERNELS_F32_H
#define AXF_BACKENDS_REFERENCE_KERNELS_F32_H

#include "backends/reference/kernel.h"

extern const axf_reference_kernel axf_reference_f32[AXF_OP_COUNT];

#endif
