/* Operands of products in bf16: copies of parameters, which stay valid until the parameter changes, and a copy of the
 * input of the last layer, since the layers for query, key and value read the same input. */
#ifndef AXF_BACKENDS_CPU_IMPL_COPIES_H
#define AXF_BACKENDS_CPU_IMPL_COPIES_H

#include "backends/cpu/impl/hot/hot.h"
#include "common/backend/memory.h"

typedef struct axf_cpu_copy {
    const float *data; /* of the parameter */
    int64_t count;
    uint16_t *rounded; /* the copy, or NULL until it is first needed */
    int32_t fresh;     /* 1: the copy holds the present values */
} axf_cpu_copy;

typedef struct axf_cpu_copies {
    const axf_cpu_hot *hot;
    axf_cpu_copy *list;
    int64_t count, capacity;
    const float *input; /* what `rounded_input` holds in bf16, NULL for nothing */
    int64_t input_count;
    axf_scratch rounded_input;
} axf_cpu_copies;

/* The parameter at `data` has new values. From the first call on its copy is kept between steps. */
axf_status axf_cpu_copies_changed(axf_cpu_copies *copies, const float *data, int64_t count);
/* The `size` bytes at `data` are about to be written, or (`gone`) to be released. */
void axf_cpu_copies_written(axf_cpu_copies *copies, const void *data, size_t size, int gone);
/* Forgets the layer input. */
void axf_cpu_copies_new_input(axf_cpu_copies *copies);
void axf_cpu_copies_free(axf_cpu_copies *copies);

/* Return the values in bf16: the copy of a parameter or of the layer input that is kept, or else values that are
 * rounded into scratch memory. NULL when there is not enough memory. */
const uint16_t *axf_cpu_copies_weight(axf_cpu_copies *copies, const float *data, int64_t count, axf_scratch *scratch);
const uint16_t *axf_cpu_copies_input(axf_cpu_copies *copies, const float *data, int64_t count);
const uint16_t *axf_cpu_copies_round(axf_cpu_copies *copies, const float *data, int64_t count, axf_scratch *scratch);

#endif
