/* The step's memory: blocks cut from a few large pieces of backend memory, given back and cut again.
 *
 * Best fit among the holes, lowest address first among equals; only when no hole fits is the untouched end of a piece
 * used. So the addresses depend on the order of calls alone, and a rehearsal without memory (axf_pool_plan) tells how
 * large a single piece must be for the same calls to fit. Blocks are counted references, multiples of 64 bytes. */
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
    struct axf_block *previous, *next; /* among the holes; next also links spare structs */
} axf_block;

typedef struct axf_piece {
    char *base;
    size_t size, top; /* bytes from top on were never cut, or have come back */
    axf_block *last;  /* the block that ends at top, never a hole */
    struct axf_piece *next;
} axf_piece;

typedef struct axf_pool {
    const axf_backend *backend; /* NULL: a rehearsal, addresses without memory */
    void *backend_self;
    axf_arena arena; /* the structs */
    axf_piece *pieces;
    axf_block *holes, *spare;
    size_t in_use, peak;   /* bytes of blocks held; most at once since axf_pool_reset */
    size_t cut, extent;    /* Σ top of the pieces; its highest value since axf_pool_reset */
    size_t reserved;       /* bytes of all pieces */
    int64_t grown, allocs; /* pieces added by need, and all pieces */
    int64_t blocks;        /* structs of blocks made so far: as many as were needed at once */
} axf_pool;

void axf_pool_init(axf_pool *pool, const axf_backend *backend, void *backend_self);
/* A rehearsal: one endless piece at addresses that must not be read. */
void axf_pool_plan(axf_pool *pool);
void axf_pool_free(axf_pool *pool);

/* Adds a piece so that the pool has `bytes` in all. */
axf_status axf_pool_reserve(axf_pool *pool, size_t bytes);
/* Makes structs until there are `count`: so many blocks and holes at once then need none in a step. */
void axf_pool_reserve_blocks(axf_pool *pool, int64_t count);
/* A block of at least `size` bytes, one reference; NULL after recording AXF_ERR_MEMORY. Size 0 gives 64 bytes. */
axf_block *axf_pool_take(axf_pool *pool, size_t size);
void axf_pool_hold(axf_block *block);
void axf_pool_drop(axf_pool *pool, axf_block *block); /* NULL is skipped */
/* Every block comes back, whoever holds it; the peak starts again. */
void axf_pool_reset(axf_pool *pool);

#endif
