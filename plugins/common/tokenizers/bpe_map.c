#include "common/tokenizers/bpe_map.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_more(uint64_t hash, axf_bpe_text text)
{
    for (size_t i = 0; i < text.length; i++) {
        hash = (hash ^ (unsigned char)text.text[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* The slot of the key that the three parts make when they are joined, or the empty slot where that key belongs. */
static size_t find(const axf_bpe_map *map, const axf_bpe_text parts[3])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t length = 0;
    for (int i = 0; i < 3; i++) {
        hash = hash_more(hash, parts[i]);
        length += parts[i].length;
    }
    for (size_t at = hash >> 20 & map->mask;; at = (at + 1) & map->mask) {
        const char *key = map->slots[at].key;
        if (!key) {
            return at;
        }
        bool same = map->slots[at].length == length;
        for (int i = 0; same && i < 3; i++) {
            same = memcmp(key, parts[i].text, parts[i].length) == 0;
            key += parts[i].length;
        }
        if (same) {
            return at;
        }
    }
}

bool axf_bpe_map_make(axf_bpe_map *map, size_t count)
{
    size_t slots = 16;
    while (slots < 2 * count) {
        slots *= 2;
    }
    map->slots = calloc(slots, sizeof(*map->slots));
    map->mask = slots - 1;
    return map->slots != NULL;
}

void axf_bpe_map_set(axf_bpe_map *map, axf_bpe_text key, int32_t value)
{
    const axf_bpe_text parts[3] = {key, {"", 0}, {"", 0}};
    map->slots[find(map, parts)] = (struct axf_bpe_slot){key.text, (uint32_t)key.length, value};
}

static int32_t get(const axf_bpe_map *map, const axf_bpe_text parts[3])
{
    const size_t at = find(map, parts);
    return map->slots[at].key ? map->slots[at].value : -1;
}

int32_t axf_bpe_map_get(const axf_bpe_map *map, axf_bpe_text head, axf_bpe_text tail)
{
    return get(map, (const axf_bpe_text[3]){head, tail, {"", 0}});
}

int32_t axf_bpe_map_get_pair(const axf_bpe_map *map, axf_bpe_text left, axf_bpe_text right)
{
    return get(map, (const axf_bpe_text[3]){left, {" ", 1}, right});
}
