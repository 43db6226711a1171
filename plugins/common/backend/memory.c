#include "common/backend/memory.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

void *axf_host_memory(size_t size)
{
    const size_t alignment = size >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    if (size > SIZE_MAX - alignment) {
        return NULL;
    }
    const size_t rounded = (size + alignment - 1) / alignment * alignment;
    void *memory = aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
    if (memory != NULL && alignment == HUGE_PAGE) {
        madvise(memory, rounded, MADV_HUGEPAGE); /* only a request, which may be refused */
    }
    return memory;
}

axf_status axf_host_memory_allocate(const axf_host *host, const char *backend, size_t size, void **memory)
{
    *memory = axf_host_memory(size);
    if (*memory == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "backend %s: no memory for %zu bytes", backend, size);
    }
    return AXF_OK;
}

void *axf_scratch_get(axf_scratch *scratch, int64_t count, size_t size)
{
    size_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes)) {
        bytes = SIZE_MAX;
    }
    if (scratch->memory == NULL || bytes > scratch->size) {
        /* In large steps, so that it grows a few times in a run, and not with every batch that is the largest so
         * far. */
        bytes = bytes < SIZE_MAX - HUGE_PAGE ? (bytes / HUGE_PAGE + 1) * HUGE_PAGE : SIZE_MAX;
        free(scratch->memory);
        scratch->memory = NULL;
        scratch->size = 0;
        if (axf_host_memory_allocate(scratch->host, scratch->backend, bytes, &scratch->memory) == AXF_OK) {
            scratch->size = bytes;
        }
    }
    return scratch->memory;
}

void axf_scratch_free(axf_scratch *scratch)
{
    free(scratch->memory);
    scratch->memory = NULL;
    scratch->size = 0;
}
