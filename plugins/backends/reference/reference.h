/* The reference backend inside: one kernel table for each real type, and the memory the kernels share. */
#ifndef AXF_BACKENDS_REFERENCE_REFERENCE_H
#define AXF_BACKENDS_REFERENCE_REFERENCE_H

#include "auxfuse/backend.h"

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
    void *scratch; /* of one kernel call */
    size_t scratch_size;
};

extern const axf_reference_kernel axf_reference_f32[AXF_OP_COUNT];
extern const axf_reference_kernel axf_reference_f64[AXF_OP_COUNT];

/* Memory for count items of `size` bytes until the next call of this function; NULL when there is none (the message is
 * recorded). */
void *axf_reference_scratch(axf_reference *self, int64_t count, size_t size);

/* The name of an op as in AXF_OP_LIST. */
const char *axf_reference_op_name(int32_t op);

#endif
