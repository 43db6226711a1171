/* Inside the WordPiece tokenizer: the vocabulary and its look-up. */
#ifndef AXF_COMMON_TOKENIZERS_WORDPIECE_VOCAB_H
#define AXF_COMMON_TOKENIZERS_WORDPIECE_VOCAB_H

#include "auxfuse/plugin.h"

enum { PIECE_PAD, PIECE_UNK, PIECE_CLS, PIECE_SEP, PIECE_MASK, PIECE_SPECIALS };

/* A slot of the hash table. It is empty where id is negative. */
typedef struct axf_piece {
    uint64_t hash;
    uint32_t begin; /* where the text of the piece begins in `file`, without "##" */
    uint32_t length;
    int32_t id;
} axf_piece;

typedef struct axf_wordpiece_vocab {
    const char *file; /* vocab.txt as a whole, in memory of the host */
    size_t file_length;
    axf_piece *slots; /* [mask + 1] */
    size_t mask;
    size_t longest; /* bytes of the longest piece */
    int32_t size;
    int32_t special[PIECE_SPECIALS]; /* ids, or -1 */
} axf_wordpiece_vocab;

/* The text of each special token, in the order of the enumeration. */
extern const char *const axf_piece_special[PIECE_SPECIALS];

/* Reads `folder`/vocab.txt into `vocab`, which holds only zeros before. axf_wordpiece_vocab_free must be called even
 * after a failure. The message of a failure is with the host. [describe] [declare] */
axf_status axf_wordpiece_vocab_read(axf_wordpiece_vocab *vocab, const axf_host *host, const char *folder);
void axf_wordpiece_vocab_free(axf_wordpiece_vocab *vocab);

/* A piece's hash takes in its bytes one after the other. It begins with one of two seeds: the first one for pieces that
 * begin a word, the other one for pieces that go on ("##"). */
#define PIECE_HASH_FIRST UINT64_C(0xcbf29ce484222325)
#define PIECE_HASH_NEXT UINT64_C(0x9ae16a3b2f90404f)
static inline uint64_t axf_piece_hash(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * UINT64_C(0x100000001b3);
}

/* The id of the piece with this text and hash, or -1. */
int32_t axf_wordpiece_vocab_find(const axf_wordpiece_vocab *vocab, const char *text, size_t length, uint64_t hash);

#endif
