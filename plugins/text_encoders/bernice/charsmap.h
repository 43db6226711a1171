/* SentencePiece's precompiled map of characters, applied as the fast tokenizers of transformers 4.25.1 apply it: by
 * grapheme cluster. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_CHARSMAP_H
#define AXF_TEXT_ENCODERS_BERNICE_CHARSMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bernice_charsmap {
    const unsigned char *trie; /* Darts: units of four bytes, little-endian; NULL: no map */
    size_t units;
    const char *texts; /* the replacements, each closed by a zero byte */
    size_t texts_size;
} bernice_charsmap;

typedef struct bernice_text {
    const char *text;
    size_t length;
} bernice_text;

/* `blob` is the field of the model file: the trie's size in bytes, the trie, and the texts. The caller keeps it as long
 * as the map. A blob of no bytes gives a map that replaces nothing. Returns false when the sizes do not fit. */
bool bernice_charsmap_open(bernice_charsmap *map, const char *blob, size_t size);

/* Replaces what the map knows in the `length` bytes at `text`, and hands the result to `put` part by part, until that
 * returns false. A cluster of less than 6 bytes is replaced as a whole where the map knows a beginning of it. Of
 * several beginnings the shortest is taken, and the rest of the cluster is lost, as in the reference. Any other cluster
 * is replaced code point by code point. Bytes that are not UTF-8 are read as U+FFFD. A replacement of more than 1024
 * bytes is ignored. */
void bernice_charsmap_apply(const bernice_charsmap *map, const char *text, size_t length,
                            bool (*put)(void *context, bernice_text part), void *context);

#endif
