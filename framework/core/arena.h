/* An arena: memory for many small allocations that are all freed together. The memory is zeroed and aligned to 16
 * bytes. An arena must not be used by two threads at once. */
#ifndef AXF_CORE_ARENA_H
#define AXF_CORE_ARENA_H

#include "auxfuse/status.h"

#include <stddef.h>

typedef struct axf_arena {
    struct axf_arena_chunk *chunk; /* newest first; {0} is an empty arena */
} axf_arena;

/* These functions never return NULL: when the system has no memory left for bookkeeping, the program ends with a
 * message. Tensors and images are not allocated here, since the input decides how large they are. */
void *axf_arena_alloc(axf_arena *arena, size_t size);
char *axf_arena_copy(axf_arena *arena, const char *text);
char *axf_arena_copy_n(axf_arena *arena, const char *text, size_t length);
char *axf_arena_printf(axf_arena *arena, const char *format, ...) AXF_PRINTF(2, 3);
void axf_arena_free(axf_arena *arena);

/* malloc, calloc, realloc and strdup with the same promise, for bookkeeping whose size the program itself decides. */
void *axf_alloc(size_t size);
void *axf_alloc_zero(size_t count, size_t size);
void *axf_realloc(void *memory, size_t size);
char *axf_copy(const char *text);

#endif
