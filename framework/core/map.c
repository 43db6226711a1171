#include "core/map.h"

#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

/* The slot of the key, or the empty one in which it belongs. */
static size_t slot_of(const axf_map *map, axf_hash128 key)
{
    const size_t mask = 2 * map->capacity - 1;
    size_t at = (size_t)key.low & mask;
    while (map->slots[at] != 0 && !axf_hash_equal(map->keys[map->slots[at] - 1], key)) {
        at = (at + 1) & mask;
    }
    return at;
}

static void grow(axf_map *map)
{
    if (map->count == AXF_MAP_MOST) {
        fputs("auxfuse: error: a table of more than 2^30 keys\n", stderr);
        exit(1);
    }
    map->capacity = map->capacity > 0 ? 2 * map->capacity : FIRST_CAPACITY;
    map->keys = axf_realloc(map->keys, map->capacity * sizeof *map->keys);
    free(map->slots);
    map->slots = axf_alloc_zero(2 * map->capacity, sizeof *map->slots);
    for (size_t i = 0; i < map->count; i++) {
        const size_t at = slot_of(map, map->keys[i]);
        map->slots[at] = map->slots[at] != 0 ? map->slots[at] : (uint32_t)i + 1;
    }
}

size_t axf_map_add(axf_map *map, axf_hash128 key)
{
    if (map->count == map->capacity) {
        grow(map);
    }
    const size_t at = slot_of(map, key), place = map->count++;
    map->keys[place] = key;
    map->slots[at] = map->slots[at] != 0 ? map->slots[at] : (uint32_t)place + 1;
    return place;
}

int64_t axf_map_find(const axf_map *map, axf_hash128 key)
{
    return map->capacity > 0 ? (int64_t)map->slots[slot_of(map, key)] - 1 : -1;
}

axf_hash128 axf_map_text(const char *text)
{
    return axf_hash_bytes(text, strlen(text));
}

void axf_map_free(axf_map *map)
{
    free(map->keys);
    free(map->slots);
    *map = (axf_map){0};
}
