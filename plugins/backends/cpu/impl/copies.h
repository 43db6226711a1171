/* Operands of products in bf16: copies of parameters that live until the parameter changes, and the input of the last
 * layer, since query, key and value share one. */
#ifndef AXF_BACKENDS_CPU_IMPL_COPIES_H
#define AXF_BACKENDS_CPU_IMPL_COPIES_H

#include "backends/cpu/impl/hot/hot.h"
#include "common/backend/memory.h"

typedef struct axf_cpu_copy {
    const float *data; /* of the parameter */
    int64_t count;
    uint16_t *rounded; /* NULL until first needed */
    int32_t fresh;
} axf_cpu_copy;

typedef struct axf_cpu_copies {
    const axf_cpu_hot *hot;
    axf_cpu_copy *list;
    int64_t count, capacity;
    const float *input; /* what `rounded_input` holds in bf16, NULL for nothing */
    int64_t input_count;
    axf_scratch rounded_input;
} axf_cpu_copies;

/* `parameter` has new values; from the first call on its copy is kept between steps. */
axf_status axf_cpu_copies_changed(axf_cpu_copies *copies, const float *data, int64_t count);
/* Memory [data, data + size bytes) is being written, or goes away (`gone`). */
void axf_cpu_copies_written(axf_cpu_copies *copies, const void *data, size_t size, int gone);
/* Forgets the layer input. */
void axf_cpu_copies_new_input(axf_cpu_copies *copies);
void axf_cpu_copies_free(axf_cpu_copies *copies);

/* The values in bf16: a parameter's kept copy, else in scratch memory. NULL when there is no memory. */
const uint16_t *axf_cpu_copies_weight(axf_cpu_copies *copies, const float *data, int64_t count, axf_scratch *scratch);
const uint16_t *axf_cpu_copies_input(axf_cpu_copies *copies, const float *data, int64_t count);
const uint16_t *axf_cpu_copies_round(axf_cpu_copies *copies, const float *data, int64_t count, axf_scratch *scratch);

#endif
