/* Inside the BPE tokenizer: a map from stretches of text to numbers. The keys stay in the file that they were read
 * from; what is looked up may lie in two parts, joined by a byte. */
#ifndef AXF_COMMON_TOKENIZERS_BPE_MAP_H
#define AXF_COMMON_TOKENIZERS_BPE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct axf_bpe_map {
    struct axf_bpe_slot {
        const char *key; /* NULL: empty */
        uint32_t length;
        int32_t value;
    } * slots; /* [mask + 1] */
    size_t mask;
} axf_bpe_map;

typedef struct axf_bpe_text {
    const char *text;
    size_t length;
} axf_bpe_text;

/* Makes an empty map that up to `count` keys may be set in; false: no memory. */
bool axf_bpe_map_make(axf_bpe_map *map, size_t count);
void axf_bpe_map_set(axf_bpe_map *map, axf_bpe_text key, int32_t value); /* replaces an earlier value */

/* The value of `head` followed by `tail`, or -1. */
int32_t axf_bpe_map_get(const axf_bpe_map *map, axf_bpe_text head, axf_bpe_text tail);
/* The value of `left`, a blank, and `right`, or -1. */
int32_t axf_bpe_map_get_pair(const axf_bpe_map *map, axf_bpe_text left, axf_bpe_text right);

#endif
