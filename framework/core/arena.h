/* Arena: many small allocations that die together. Not thread-safe; memory is zeroed, aligned to 16 bytes. */
#ifndef AXF_CORE_ARENA_H
#define AXF_CORE_ARENA_H

#include "auxfuse/status.h"

#include <stddef.h>

typedef struct axf_arena {
    struct axf_arena_chunk *chunk; /* newest first; {0} is an empty arena */
} axf_arena;

/* Never return NULL: the program ends with a message when the system has no memory left for bookkeeping
 * (tensors and images, whose size input decides, are not allocated here). */
void *axf_arena_alloc(axf_arena *arena, size_t size);
char *axf_arena_copy(axf_arena *arena, const char *text);
char *axf_arena_copy_n(axf_arena *arena, const char *text, size_t length);
char *axf_arena_printf(axf_arena *arena, const char *format, ...) AXF_PRINTF(2, 3);
void axf_arena_free(axf_arena *arena);

/* malloc, calloc and realloc with the same promise, for bookkeeping whose size the program itself decides. */
void *axf_alloc(size_t size);
void *axf_alloc_zero(size_t count, size_t size);
void *axf_realloc(void *memory, size_t size);
char *axf_copy(const char *text);

#endif
