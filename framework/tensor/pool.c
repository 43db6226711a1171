#include "tensor/pool.h"

#include "core/error.h"

enum { ALIGNMENT = 64 };
static const size_t HUGE_PAGE = (size_t)2 << 20;
static const size_t PLANNED_SIZE = SIZE_MAX / 4;

static size_t round_up(size_t size, size_t multiple)
{
    return (size + multiple - 1) / multiple * multiple;
}

static axf_piece *piece_append(axf_pool *pool, char *base, size_t size)
{
    axf_piece *piece = axf_arena_alloc(&pool->arena, sizeof *piece);
    piece->base = base;
    piece->size = size;
    axf_piece **end = &pool->pieces;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = piece;
    return piece;
}

void axf_pool_init(axf_pool *pool, const axf_backend *backend, void *backend_self)
{
    *pool = (axf_pool){.backend = backend, .backend_self = backend_self};
}

void axf_pool_plan(axf_pool *pool)
{
    *pool = (axf_pool){0};
    piece_append(pool, (char *)(uintptr_t)ALIGNMENT, PLANNED_SIZE);
}

void axf_pool_free(axf_pool *pool)
{
    for (axf_piece *piece = pool->pieces; piece != NULL && pool->backend != NULL; piece = piece->next) {
        pool->backend->release(pool->backend_self, piece->base, piece->size);
    }
    axf_arena_free(&pool->arena);
    *pool = (axf_pool){0};
}

static axf_piece *piece_add(axf_pool *pool, size_t size)
{
    if (pool->backend == NULL) {
        axf_fail(AXF_ERR_MEMORY, "the step needs more than %zu bytes", PLANNED_SIZE);
        return NULL;
    }
    size = round_up(size, size >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT);
    void *base = NULL;
    if (pool->backend->allocate(pool->backend_self, size, &base) != AXF_OK) {
        axf_context(AXF_ERR_MEMORY, "the step's memory (%zu bytes more than the %zu there are)", size, pool->reserved);
        return NULL;
    }
    pool->reserved += size;
    pool->allocs++;
    return piece_append(pool, base, size);
}

axf_status axf_pool_reserve(axf_pool *pool, size_t bytes)
{
    if (bytes <= pool->reserved) {
        return AXF_OK;
    }
    return piece_add(pool, bytes - pool->reserved) != NULL ? AXF_OK : AXF_ERR_MEMORY;
}

static void block_spare(axf_pool *pool, axf_block *block)
{
    block->next = pool->spare;
    pool->spare = block;
}

void axf_pool_reserve_blocks(axf_pool *pool, int64_t count)
{
    for (; pool->blocks < count; pool->blocks++) {
        block_spare(pool, axf_arena_alloc(&pool->arena, sizeof(axf_block)));
    }
}

static axf_block *block_new(axf_pool *pool, axf_piece *piece, char *data, size_t size)
{
    axf_block *block = pool->spare;
    if (block != NULL) {
        pool->spare = block->next;
    } else {
        block = axf_arena_alloc(&pool->arena, sizeof *block);
        pool->blocks++;
    }
    *block = (axf_block){.data = data, .size = size, .piece = piece};
    return block;
}

static void hole_link(axf_pool *pool, axf_block *block)
{
    block->previous = NULL;
    block->next = pool->holes;
    if (pool->holes != NULL) {
        pool->holes->previous = block;
    }
    pool->holes = block;
}

static void hole_unlink(axf_pool *pool, axf_block *block)
{
    if (block->previous != NULL) {
        block->previous->next = block->next;
    } else {
        pool->holes = block->next;
    }
    if (block->next != NULL) {
        block->next->previous = block->previous;
    }
}

/* Takes the first `size` bytes of a hole; the rest stays a hole. */
static axf_block *take_hole(axf_pool *pool, axf_block *hole, size_t size)
{
    hole_unlink(pool, hole);
    if (hole->size > size) {
        axf_block *rest = block_new(pool, hole->piece, hole->data + size, hole->size - size);
        rest->before = hole;
        rest->after = hole->after; /* never NULL: a hole is not the last block */
        rest->after->before = rest;
        hole->after = rest;
        hole->size = size;
        hole_link(pool, rest);
    }
    return hole;
}

static axf_block *take_end(axf_pool *pool, axf_piece *piece, size_t size)
{
    axf_block *block = block_new(pool, piece, piece->base + piece->top, size);
    block->before = piece->last;
    if (piece->last != NULL) {
        piece->last->after = block;
    }
    piece->last = block;
    piece->top += size;
    pool->cut += size;
    if (pool->cut > pool->extent) {
        pool->extent = pool->cut;
    }
    return block;
}

static axf_block *find_block(axf_pool *pool, size_t size)
{
    axf_block *best = NULL;
    for (axf_block *hole = pool->holes; hole != NULL; hole = hole->next) {
        if (hole->size >= size && (best == NULL || hole->size < best->size ||
                                   (hole->size == best->size && (uintptr_t)hole->data < (uintptr_t)best->data))) {
            best = hole;
        }
    }
    if (best != NULL) {
        return take_hole(pool, best, size);
    }
    for (axf_piece *piece = pool->pieces; piece != NULL; piece = piece->next) {
        if (piece->size - piece->top >= size) {
            return take_end(pool, piece, size);
        }
    }
    size_t more = pool->reserved / 4 > HUGE_PAGE ? pool->reserved / 4 : HUGE_PAGE;
    more = size > more ? size : more;
    axf_piece *piece = piece_add(pool, more);
    if (piece == NULL) {
        return NULL;
    }
    pool->grown++;
    return take_end(pool, piece, size);
}

axf_block *axf_pool_take(axf_pool *pool, size_t size)
{
    if (size > PLANNED_SIZE - HUGE_PAGE) {
        axf_fail(AXF_ERR_MEMORY, "a tensor of %zu bytes does not fit into memory", size);
        return NULL;
    }
    size = round_up(size > 0 ? size : 1, ALIGNMENT);
    axf_block *block = find_block(pool, size);
    if (block == NULL) {
        return NULL;
    }
    block->refs = 1;
    pool->in_use += size;
    if (pool->in_use > pool->peak) {
        pool->peak = pool->in_use;
    }
    return block;
}

void axf_pool_hold(axf_block *block)
{
    block->refs++;
}

/* Takes the last block of its piece, which is unused now, off the piece, and the hole before it where there is one. */
static void lower_top(axf_pool *pool, axf_block *block)
{
    axf_piece *piece = block->piece;
    axf_block *before = block->before;
    block_spare(pool, block);
    if (before != NULL && before->refs == 0) {
        hole_unlink(pool, before);
        block = before;
        before = block->before;
        block_spare(pool, block);
    }
    const size_t top = before != NULL ? (size_t)(before->data - piece->base) + before->size : 0;
    pool->cut -= piece->top - top;
    piece->top = top;
    piece->last = before;
    if (before != NULL) {
        before->after = NULL;
    }
}

static void merge_with_after(axf_pool *pool, axf_block *block)
{
    axf_block *after = block->after;
    block->size += after->size;
    block->after = after->after;
    block->after->before = block;
    block_spare(pool, after);
}

void axf_pool_drop(axf_pool *pool, axf_block *block)
{
    if (block == NULL || --block->refs > 0) {
        return;
    }
    pool->in_use -= block->size;
    if (block->after == NULL) {
        lower_top(pool, block);
        return;
    }
    if (block->after->refs == 0) {
        hole_unlink(pool, block->after);
        merge_with_after(pool, block);
    }
    if (block->before != NULL && block->before->refs == 0) {
        block = block->before;
        hole_unlink(pool, block);
        merge_with_after(pool, block);
    }
    hole_link(pool, block);
}

void axf_pool_reset(axf_pool *pool)
{
    for (axf_piece *piece = pool->pieces; piece != NULL; piece = piece->next) {
        for (axf_block *block = piece->last; block != NULL;) {
            axf_block *before = block->before;
            block_spare(pool, block);
            block = before;
        }
        piece->last = NULL;
        piece->top = 0;
    }
    pool->holes = NULL;
    pool->in_use = pool->peak = pool->cut = pool->extent = 0;
}
