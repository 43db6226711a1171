/* Types of the reference backend: an instance, and a kernel. */
#ifndef AXF_BACKENDS_REFERENCE_KERNEL_H
#define AXF_BACKENDS_REFERENCE_KERNEL_H

#include "auxfuse/backend.h"
#include "common/backend/memory.h"

typedef struct axf_reference axf_reference;
typedef axf_status (*axf_reference_function)(axf_reference *self, const axf_call *call);

typedef struct axf_reference_kernel {
    axf_reference_function forward;
    axf_reference_function backward; /* NULL: forward only */
} axf_reference_kernel;

struct axf_reference {
    const axf_host *host;
    const axf_reference_kernel *kernels; /* [AXF_OP_COUNT] */
    int32_t precision;
    axf_scratch scratch; /* memory of one kernel call */
};

#endif
