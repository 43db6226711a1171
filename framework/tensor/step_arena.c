#include "tensor/step_arena.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

typedef struct axf_step_chunk {
    struct axf_step_chunk *next;
    size_t used, size;
    _Alignas(16) char data[];
} axf_step_chunk;

static const size_t CHUNK_SIZE = (size_t)64 << 10;

/* The first chunk from `current` on with room; chunks passed over stay as they are until the reset. */
void *axf_step_arena_alloc(axf_step_arena *arena, size_t size)
{
    const size_t need = (size + 15) / 16 * 16;
    axf_step_chunk **link = arena->current != NULL ? &arena->current->next : &arena->first;
    axf_step_chunk *chunk = arena->current != NULL ? arena->current : arena->first;
    while (chunk != NULL && chunk->size - chunk->used < need) {
        link = &chunk->next;
        chunk = chunk->next;
    }
    if (chunk == NULL) {
        const size_t room = need > CHUNK_SIZE ? need : CHUNK_SIZE;
        chunk = axf_alloc(sizeof *chunk + room);
        *chunk = (axf_step_chunk){.size = room};
        *link = chunk;
    }
    arena->current = chunk;
    void *memory = chunk->data + chunk->used;
    chunk->used += need;
    return memset(memory, 0, need);
}

void axf_step_arena_reset(axf_step_arena *arena)
{
    for (axf_step_chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next) {
        chunk->used = 0;
    }
    arena->current = arena->first;
}

void axf_step_arena_free(axf_step_arena *arena)
{
    while (arena->first != NULL) {
        axf_step_chunk *next = arena->first->next;
        free(arena->first);
        arena->first = next;
    }
    arena->current = NULL;
}
