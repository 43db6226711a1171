/* Inside the byte-level BPE: what vocab.json and merges.txt say, as numbers. */
#ifndef AXF_COMMON_TOKENIZERS_BYTE_BPE_VOCAB_H
#define AXF_COMMON_TOKENIZERS_BYTE_BPE_VOCAB_H

#include "auxfuse/plugin.h"
#include "common/tokenizers/special_tokens.h"

/* Two neighbouring tokens that may become one. Merges of a smaller rank are done first. */
typedef struct axf_byte_merge {
    int32_t left, right; /* the two tokens; left is -1 in an empty slot of the hash table */
    int32_t rank, id;    /* the merge's rank, and the token that it makes */
} axf_byte_merge;

typedef struct axf_byte_bpe_vocab {
    int32_t size;      /* every id is below it */
    int32_t byte[256]; /* the id of each byte's stand-in, or -1 */
    int32_t special[AXF_SPECIALS];
    axf_byte_merge *merges; /* [mask + 1], open addressing */
    size_t mask;
} axf_byte_bpe_vocab;

/* Reads the two files of `folder` into `vocab`, which holds only zeros before. axf_byte_bpe_vocab_free must be called
 * even after a failure. The message of a failure is with the host. [describe] [declare] */
axf_status axf_byte_bpe_vocab_read(axf_byte_bpe_vocab *vocab, const axf_host *host, const char *folder);
void axf_byte_bpe_vocab_free(axf_byte_bpe_vocab *vocab);

/* The merge of two tokens, or NULL. */
const axf_byte_merge *axf_byte_bpe_vocab_merge(const axf_byte_bpe_vocab *vocab, int32_t left, int32_t right);

#endif
