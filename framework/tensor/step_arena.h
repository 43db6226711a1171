/* Bookkeeping of one step: like axf_arena, but axf_step_arena_reset keeps the chunks, so that a step like the one
 * before allocates nothing. Memory is zeroed, aligned to 16 bytes. */
#ifndef AXF_TENSOR_STEP_ARENA_H
#define AXF_TENSOR_STEP_ARENA_H

#include <stddef.h>

typedef struct axf_step_arena {
    struct axf_step_chunk *first, *current;
} axf_step_arena;

void *axf_step_arena_alloc(axf_step_arena *arena, size_t size); /* never NULL */
void axf_step_arena_reset(axf_step_arena *arena);
void axf_step_arena_free(axf_step_arena *arena);

#endif
