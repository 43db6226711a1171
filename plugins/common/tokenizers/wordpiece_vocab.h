/* Inside the WordPiece tokenizer: the vocabulary and its look-up. */
#ifndef AXF_COMMON_TOKENIZERS_WORDPIECE_VOCAB_H
#define AXF_COMMON_TOKENIZERS_WORDPIECE_VOCAB_H

#include "common/tokenizers/wordpiece.h"

enum { PIECE_PAD, PIECE_UNK, PIECE_CLS, PIECE_SEP, PIECE_MASK, PIECE_SPECIALS };

typedef struct axf_piece { /* a slot of the hash table; empty: id < 0 */
    uint64_t hash;
    uint32_t begin; /* of its text in axf_wordpiece::file, without "##" */
    uint32_t length;
    int32_t id;
} axf_piece;

struct axf_wordpiece {
    axf_wordpiece_options options;
    char *file; /* vocab.txt, whole */
    size_t file_length;
    axf_piece *slots; /* [mask + 1] */
    size_t mask;
    size_t longest; /* bytes of the longest piece */
    int32_t size;
    int32_t special[PIECE_SPECIALS]; /* ids, or -1 */
};

/* A special token's text, in the order of the enumeration. */
extern const char *const axf_piece_special[PIECE_SPECIALS];

/* The hash of a piece is this over its bytes, begun from one of two seeds: whether it begins a word or goes on. */
#define PIECE_HASH_FIRST UINT64_C(0xcbf29ce484222325)
#define PIECE_HASH_NEXT UINT64_C(0x9ae16a3b2f90404f)
static inline uint64_t axf_piece_hash(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * UINT64_C(0x100000001b3);
}

/* The id of the piece with this text and hash, or -1. */
int32_t axf_piece_find(const axf_wordpiece *wp, const char *text, size_t length, uint64_t hash);

#endif
