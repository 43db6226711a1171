/* A hash map from keys to the places at which they were added: 0, 1, 2, … The caller keeps the values in an array of its
 * own, in the same order. A key is a 128-bit hash (hash.h); the key of a text is the hash of its bytes. */
#ifndef AXF_CORE_MAP_H
#define AXF_CORE_MAP_H

#include "core/hash.h"

typedef struct axf_map { /* {0} is an empty map */
    axf_hash128 *keys;   /* [count], in the order in which they were added */
    size_t count, capacity;
    uint32_t *slots; /* [2 * capacity], a power of two: place + 1, 0 where there is none; open addressing */
} axf_map;

enum { AXF_MAP_MOST = 1 << 30 }; /* keys: the program ends with a message when it is asked to hold more */

/* Adds a key and returns its place. The key may be there already: axf_map_find then still gives the first place. */
size_t axf_map_add(axf_map *map, axf_hash128 key);

/* Returns the place of a key, or -1 when it is not there. */
int64_t axf_map_find(const axf_map *map, axf_hash128 key);

axf_hash128 axf_map_text(const char *text);

void axf_map_free(axf_map *map);

#endif
