/* Inside the BPE tokenizer: a map from pieces of text to numbers. The keys are not copied: they stay in the file that
 * they were read from. What is looked up may consist of two parts. */
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

/* Makes an empty map with room for `count` keys. Returns false when there is not enough memory. */
bool axf_bpe_map_make(axf_bpe_map *map, size_t count);
/* Sets the value of a key, and replaces an earlier one. */
void axf_bpe_map_set(axf_bpe_map *map, axf_bpe_text key, int32_t value);

/* The value of `head` followed by `tail`, or -1. */
int32_t axf_bpe_map_get(const axf_bpe_map *map, axf_bpe_text head, axf_bpe_text tail);
/* The value of `left`, a blank, and `right`, or -1. */
int32_t axf_bpe_map_get_pair(const axf_bpe_map *map, axf_bpe_text left, axf_bpe_text right);

#endif
