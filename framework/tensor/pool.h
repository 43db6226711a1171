/* The step's memory: blocks that are cut from a few large pieces of backend memory, given back and cut again.
 *
 * A block is taken from the hole that fits best, and among equal ones from the one with the lowest address; only when no
 * hole fits is it taken from the untouched end of a piece. So the addresses depend on the calls and their order alone, and
 * a rehearsal without memory (axf_pool_plan) tells how large a single piece must be for the same calls. The size of a
 * block is a multiple of 64 bytes, and references to it are counted. */
#ifndef AXF_TENSOR_POOL_H
#define AXF_TENSOR_POOL_H

#include "auxfuse/backend.h"
#include "core/arena.h"

typedef struct axf_block {
    char *data;
    size_t size;
    int32_t refs; /* 0: a hole */
    struct axf_piece *piece;
    struct axf_block *before, *after;  /* neighbours in the piece, by address */
    struct axf_block *previous, *next; /* among the holes; `next` links spare structs, too */
} axf_block;

typedef struct axf_piece {
    char *base;
    size_t size, top; /* the bytes from top on were never cut, or have come back */
    axf_block *last;  /* the block that ends at top, never a hole */
    struct axf_piece *next;
} axf_piece;

typedef struct axf_pool {
    const axf_backend *backend; /* NULL: a rehearsal, addresses without memory */
    void *backend_self;
    axf_arena arena; /* the structs */
    axf_piece *pieces;
    axf_block *holes, *spare;
    size_t in_use, peak;   /* bytes of all blocks; the most at once since axf_pool_reset */
    size_t cut, extent;    /* the sum of the pieces' tops; its highest value since axf_pool_reset */
    size_t reserved;       /* bytes of all pieces */
    int64_t grown, allocs; /* pieces added because a step needed them; all pieces */
    int64_t blocks;        /* structs of blocks made so far: as many as were needed at once */
} axf_pool;

void axf_pool_init(axf_pool *pool, const axf_backend *backend, void *backend_self);
/* Makes the pool a rehearsal: one endless piece, at addresses that must not be read. */
void axf_pool_plan(axf_pool *pool);
void axf_pool_free(axf_pool *pool);

/* Adds a piece so that the pool has `bytes` in all. */
axf_status axf_pool_reserve(axf_pool *pool, size_t bytes);
/* Makes structs until there are `count`: so many blocks and holes at once then need none in a step. */
void axf_pool_reserve_blocks(axf_pool *pool, int64_t count);
/* Takes a block of at least `size` bytes (size 0 gives 64), with one reference. NULL after recording AXF_ERR_MEMORY. */
axf_block *axf_pool_take(axf_pool *pool, size_t size);
void axf_pool_hold(axf_block *block);
void axf_pool_drop(axf_pool *pool, axf_block *block); /* NULL is skipped */
/* Every block comes back, whoever holds it; the peak starts again. */
void axf_pool_reset(axf_pool *pool);

#endif
