#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct axf_arena_chunk {
    struct axf_arena_chunk *next;
    size_t used, size;
    _Alignas(16) char data[];
} axf_arena_chunk;

enum { CHUNK_SIZE = 16 * 1024, ALIGNMENT = 16 };

static void *or_die(void *memory)
{
    if (memory == NULL) {
        static const char text[] = "auxfuse: out of memory\n";
        fwrite(text, 1, sizeof text - 1, stderr);
        exit(1);
    }
    return memory;
}

void *axf_alloc(size_t size)
{
    return or_die(malloc(size > 0 ? size : 1));
}

void *axf_alloc_zero(size_t count, size_t size)
{
    return or_die(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *axf_realloc(void *memory, size_t size)
{
    return or_die(realloc(memory, size > 0 ? size : 1));
}

char *axf_copy(const char *text)
{
    return or_die(strdup(text));
}

void *axf_arena_alloc(axf_arena *arena, size_t size)
{
    const size_t need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    axf_arena_chunk *chunk = arena->chunk;
    if (chunk == NULL || chunk->size - chunk->used < need) {
        const size_t room = need > CHUNK_SIZE ? need : CHUNK_SIZE;
        chunk = axf_alloc_zero(1, sizeof *chunk + room);
        chunk->size = room;
        chunk->next = arena->chunk;
        arena->chunk = chunk;
    }
    void *memory = chunk->data + chunk->used;
    chunk->used += need;
    return memory;
}

char *axf_arena_copy_n(axf_arena *arena, const char *text, size_t length)
{
    char *copy = axf_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *axf_arena_copy(axf_arena *arena, const char *text)
{
    return axf_arena_copy_n(arena, text, strlen(text));
}

char *axf_arena_printf(axf_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = axf_arena_alloc(arena, (size_t)(length > 0 ? length : 0) + 1);
    vsnprintf(text, (size_t)(length > 0 ? length : 0) + 1, format, again);
    va_end(again);
    return text;
}

void axf_arena_free(axf_arena *arena)
{
    axf_arena_chunk *chunk = arena->chunk;
    while (chunk != NULL) {
        axf_arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    arena->chunk = NULL;
}
