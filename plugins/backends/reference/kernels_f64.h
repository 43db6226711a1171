/* The table of the reference backend's kernels by op, in double precision. */
#ifndef AXF_BACKENDS_REFERENCE_KERNELS_F64_H
#define AXF_BACKENDS_REFERENCE_KERNELS_F64_H

#include "backends/reference/kernel.h"

extern const axf_reference_kernel axf_reference_f64[AXF_OP_COUNT];

#endif
