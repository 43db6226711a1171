/* The kernels computed in double, for the precision f64. */
#include "backends/reference/kernels_f64.h"

#define KERNEL_TABLE axf_reference_f64
typedef double real;

#include "backends/reference/kernels.inc"
