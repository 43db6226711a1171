/* Host memory of a backend: tensors, and scratch memories that kernels ask for again and again. */
#ifndef AXF_COMMON_BACKEND_MEMORY_H
#define AXF_COMMON_BACKEND_MEMORY_H

#include "auxfuse/plugin.h"

/* Returns memory aligned to 64 bytes, or from 2 MiB on to 2 MiB, with huge pages asked for; free() releases it. NULL when
 * there is not enough memory. */
void *axf_host_memory(size_t size);

/* The same with a message: the backend's `allocate`, where `backend` is its name. */
axf_status axf_host_memory_allocate(const axf_host *host, const char *backend, size_t size, void **memory);

/* One scratch memory. It grows with what is asked of it, in steps of 2 MiB, and is kept. */
typedef struct axf_scratch {
    const axf_host *host;
    const char *backend; /* its name, for messages */
    void *memory;
    size_t size;
} axf_scratch;

/* Returns `count` times `size` bytes, aligned as above, which are valid until the next request. NULL when there is not
 * enough memory (the message is with the host). */
void *axf_scratch_get(axf_scratch *scratch, int64_t count, size_t size);
void axf_scratch_free(axf_scratch *scratch);

#endif
