/* Inside the byte-level BPE: what its files say, in numbers. */
#ifndef AXF_COMMON_TOKENIZERS_BYTE_BPE_MERGES_H
#define AXF_COMMON_TOKENIZERS_BYTE_BPE_MERGES_H

#include "common/tokenizers/byte_bpe.h"
#include "common/tokenizers/special_tokens.h"

typedef struct axf_byte_merge {
    int32_t left, right; /* left -1: empty */
    int32_t rank, id;    /* of the result */
} axf_byte_merge;

struct axf_byte_bpe {
    int32_t size;
    int32_t byte[256]; /* id of each byte's stand-in, or -1 */
    int32_t special[AXF_SPECIALS];
    axf_byte_merge *merges; /* [mask + 1], open addressing */
    size_t mask;
};

/* The merge of two tokens, or NULL. */
const axf_byte_merge *axf_byte_bpe_merge(const axf_byte_bpe *bpe, int32_t left, int32_t right);

#endif
