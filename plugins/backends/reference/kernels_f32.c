/* The kernels computed in float, for the precisions f32 and bf16. */
#include "backends/reference/kernels_f32.h"

#define KERNEL_TABLE axf_reference_f32
typedef float real;

#include "backends/reference/kernels.inc"
