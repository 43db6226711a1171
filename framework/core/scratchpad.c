#include "core/scratchpad.h"

#include "core/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Under the address sanitizer every taking is a piece of its own, of the size asked for, and none is kept: so it sees a
 * step beyond one, or one used after the reset. */
#if defined(__SANITIZE_ADDRESS__)
#define AXF_SCRATCHPAD_APART 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AXF_SCRATCHPAD_APART 1
#endif
#endif
#ifndef AXF_SCRATCHPAD_APART
#define AXF_SCRATCHPAD_APART 0
#endif

enum { ALIGNMENT = 16 };
static const size_t PIECE_SIZE = AXF_SCRATCHPAD_APART ? 0 : (size_t)64 << 10; /* the smallest */
static const size_t KEEP_MOST = AXF_SCRATCHPAD_APART ? 0 : (size_t)64 << 20;  /* kept over a reset */

typedef struct axf_scratchpad_piece {
    struct axf_scratchpad_piece *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char data[];
} axf_scratchpad_piece;

/* The piece that `need` more bytes come from, with room for them; NULL when there is no memory. */
static axf_scratchpad_piece *piece_for(axf_scratchpad *scratch, size_t need, void *(*allocate)(size_t))
{
    if (!AXF_SCRATCHPAD_APART && scratch->current != NULL && scratch->current->size - scratch->current->used >= need) {
        return scratch->current;
    }
    const size_t room = need > PIECE_SIZE ? need : PIECE_SIZE;
    axf_scratchpad_piece *piece = allocate(sizeof *piece + room);
    if (piece == NULL) {
        return NULL;
    }
    *piece = (axf_scratchpad_piece){.size = room};
    if (scratch->current != NULL) {
        scratch->current->next = piece;
    } else {
        scratch->first = piece;
    }
    scratch->current = piece;
    return piece;
}

static void *take(axf_scratchpad *scratch, size_t size, void *(*allocate)(size_t))
{
    if (size > SIZE_MAX - sizeof(axf_scratchpad_piece) - ALIGNMENT) {
        return NULL;
    }
    const size_t need = AXF_SCRATCHPAD_APART ? size : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    axf_scratchpad_piece *piece = piece_for(scratch, need, allocate);
    if (piece == NULL) {
        return NULL;
    }
    void *memory = piece->data + piece->used;
    piece->used += need;
    return memory;
}

void *axf_scratchpad_take(axf_scratchpad *scratch, size_t size)
{
    return take(scratch, size, malloc);
}

void *axf_scratchpad_zero(axf_scratchpad *scratch, size_t size)
{
    void *memory = take(scratch, size, axf_alloc); /* which ends the program rather than give NULL */
    return memory != NULL ? memset(memory, 0, size) : axf_alloc(SIZE_MAX);
}

/* Room for all that one round took, in one piece. The margin is for rounds that differ a little. */
static void join_pieces(axf_scratchpad *scratch)
{
    size_t total = 0;
    for (const axf_scratchpad_piece *piece = scratch->first; piece != NULL; piece = piece->next) {
        total += piece->used;
    }
    total += total / 4;
    axf_scratchpad_free(scratch);
    if (total > 0 && total <= KEEP_MOST) {
        piece_for(scratch, total, malloc);
    }
}

void axf_scratchpad_reset(axf_scratchpad *scratch)
{
    axf_scratchpad_piece *first = scratch->first;
    if (first != NULL && (first->next != NULL || first->size > KEEP_MOST)) {
        join_pieces(scratch);
    } else if (first != NULL) {
        first->used = 0;
    }
}

void axf_scratchpad_free(axf_scratchpad *scratch)
{
    while (scratch->first != NULL) {
        axf_scratchpad_piece *next = scratch->first->next;
        free(scratch->first);
        scratch->first = next;
    }
    scratch->current = NULL;
}
