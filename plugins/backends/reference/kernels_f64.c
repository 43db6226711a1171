/* The kernels on double: precision f64. */
#define KERNEL_TABLE axf_reference_f64
typedef double real;

#include "backends/reference/kernels.inc"
