/* The table of the reference backend's kernels by op, in single precision. Products are in bf16 where the instance has
 * that precision. */
#ifndef AXF_BACKENDS_REFERENCE_KERNELS_F32_H
#define AXF_BACKENDS_REFERENCE_KERNELS_F32_H

#include "backends/reference/kernel.h"

extern const axf_reference_kernel axf_reference_f32[AXF_OP_COUNT];

#endif
