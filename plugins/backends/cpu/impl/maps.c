#include "backends/cpu/impl/maps.h"

#include "backends/cpu/impl/hot/hot.h"
#include "backends/cpu/impl/tensors.h"

#include <stdlib.h>

static size_t size_of(const axf_cpu_map *map)
{
    return (size_t)(map->images * map->channels * map->plane) * sizeof(float);
}

/* The first noted map from `at` on that shares memory with [data, data + size), or -1. */
static int64_t find_overlap(const axf_cpu_maps *maps, const void *data, size_t size, int64_t at)
{
    const uintptr_t first = (uintptr_t)data, last = first + size;
    for (; at < maps->count; at++) {
        const axf_cpu_map *map = &maps->list[at];
        const uintptr_t from = (uintptr_t)map->data;
        if (from < last && from + size_of(map) > first) {
            return at;
        }
    }
    return -1;
}

int axf_cpu_maps_suit(int64_t channels)
{
    return channels % AXF_CPU_PACK == 0;
}

int axf_cpu_maps_is_last(const axf_cpu_maps *maps, const axf_tensor *t)
{
    for (int64_t i = 0; t->ndim == 4 && i < maps->count; i++) {
        const axf_cpu_map *map = &maps->list[i];
        if (map->data == t->data) {
            return map->images == t->shape[0] && map->channels == t->shape[1] &&
                   map->plane == t->shape[2] * t->shape[3];
        }
    }
    return 0;
}

static size_t bytes_of(const axf_tensor *t)
{
    const size_t size = t->dtype == AXF_U8 ? 1 : t->dtype == AXF_BF16 ? 2 : sizeof(float);
    return (size_t)element_count(t) * size;
}

axf_status axf_cpu_maps_agree(axf_cpu_maps *maps, const axf_tensor *const *tensors, int count, int *last)
{
    *last = 1;
    for (int i = 0; i < count; i++) {
        *last = *last && (tensors[i] == NULL || axf_cpu_maps_is_last(maps, tensors[i]));
    }
    for (int i = 0; i < count && !*last; i++) {
        AXF_TRY(axf_cpu_maps_order_tensor(maps, tensors[i]));
    }
    return AXF_OK;
}

axf_status axf_cpu_maps_note(axf_cpu_maps *maps, const axf_tensor *t)
{
    if (axf_cpu_maps_is_last(maps, t)) {
        return AXF_OK;
    }
    axf_cpu_maps_forget(maps, t->data, bytes_of(t));
    if (maps->count == maps->capacity) {
        const int64_t capacity = maps->capacity > 0 ? 2 * maps->capacity : 64;
        axf_cpu_map *list = realloc(maps->list, (size_t)capacity * sizeof *list);
        if (list == NULL) {
            return maps->host->fail(maps->host, AXF_ERR_MEMORY, "backend cpu: no memory for a list of maps");
        }
        maps->list = list;
        maps->capacity = capacity;
    }
    maps->list[maps->count++] = (axf_cpu_map){t->data, t->shape[0], t->shape[1], t->shape[2] * t->shape[3]};
    return AXF_OK;
}

/* to [columns, rows] = fromᵀ, square by square, so that each square stays in the cache. */
static void turn_image(const uint32_t *from, int64_t rows, int64_t columns, uint32_t *to)
{
    enum { SIDE = 16 };
    for (int64_t r = 0; r < rows; r += SIDE) {
        for (int64_t c = 0; c < columns; c += SIDE) {
            for (int64_t column = c; column < least(c + SIDE, columns); column++) {
                for (int64_t row = r; row < least(r + SIDE, rows); row++) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
        }
    }
}

/* Uses scratch memory of its own, since the caller may need what is in another one. */
static axf_status order_map(axf_cpu_maps *maps, const axf_cpu_map *map)
{
    const int64_t image = map->plane * map->channels;
    uint32_t *turned = axf_scratch_get(&maps->turned, map->images * image, sizeof *turned);
    if (turned == NULL) {
        return AXF_ERR_MEMORY;
    }
#pragma omp parallel for schedule(static) if (worth_threads(map->images * image))
    for (int64_t n = 0; n < map->images; n++) {
        turn_image((const uint32_t *)map->data + n * image, map->plane, map->channels, turned + n * image);
    }
    memcpy(map->data, turned, size_of(map));
    return AXF_OK;
}

axf_status axf_cpu_maps_order(axf_cpu_maps *maps, const void *data, size_t size)
{
    for (int64_t at = find_overlap(maps, data, size, 0); at >= 0; at = find_overlap(maps, data, size, at)) {
        AXF_TRY(order_map(maps, &maps->list[at]));
        maps->list[at] = maps->list[--maps->count];
    }
    return AXF_OK;
}

axf_status axf_cpu_maps_order_tensor(axf_cpu_maps *maps, const axf_tensor *t)
{
    return t != NULL && t->data != NULL ? axf_cpu_maps_order(maps, t->data, bytes_of(t)) : AXF_OK;
}

void axf_cpu_maps_forget(axf_cpu_maps *maps, const void *data, size_t size)
{
    for (int64_t at = find_overlap(maps, data, size, 0); at >= 0; at = find_overlap(maps, data, size, at)) {
        maps->list[at] = maps->list[--maps->count];
    }
}

static int knows_maps(const axf_call *call)
{
    switch (call->op) {
    case AXF_OP_CONV2D:
    case AXF_OP_BATCH_NORM:
    case AXF_OP_POOL2D:
    case AXF_OP_IMAGE_ROWS:
    case AXF_OP_UNARY:
        return 1;
    case AXF_OP_BINARY:
        return call->i[1] == AXF_BROADCAST_SAME;
    default:
        return 0;
    }
}

static void forget_tensor(axf_cpu_maps *maps, const axf_tensor *t)
{
    if (t != NULL && t->data != NULL) {
        axf_cpu_maps_forget(maps, t->data, bytes_of(t));
    }
}

axf_status axf_cpu_maps_prepare(axf_cpu_maps *maps, const axf_call *call, int backward)
{
    if (maps->count == 0) {
        return AXF_OK;
    }
    const int knows = knows_maps(call);
    for (int i = 0; i < call->inputs; i++) {
        const int orders = !knows || (call->op == AXF_OP_CONV2D && i == 1); /* input 1 of CONV2D is the weights */
        if (orders) {
            AXF_TRY(axf_cpu_maps_order_tensor(maps, call->in[i]));
        }
        if (backward && call->grad_in[i] != NULL && !(call->add >> i & 1)) {
            forget_tensor(maps, call->grad_in[i]);
        } else if (backward && orders) {
            AXF_TRY(axf_cpu_maps_order_tensor(maps, call->grad_in[i]));
        }
    }
    if (!backward) {
        const int in_place = call->in[0] != NULL && call->out != NULL && call->in[0]->data == call->out->data;
        forget_tensor(maps, in_place ? NULL : call->out); /* in ACCUMULATE it is an input, which is in order now */
        forget_tensor(maps, call->keep);
    } else if (!knows) {
        AXF_TRY(axf_cpu_maps_order_tensor(maps, call->grad_out));
        AXF_TRY(axf_cpu_maps_order_tensor(maps, call->out));
        AXF_TRY(axf_cpu_maps_order_tensor(maps, call->keep));
    }
    return AXF_OK;
}

void axf_cpu_maps_free(axf_cpu_maps *maps)
{
    axf_scratch_free(&maps->turned);
    free(maps->list);
    *maps = (axf_cpu_maps){.host = maps->host};
}
