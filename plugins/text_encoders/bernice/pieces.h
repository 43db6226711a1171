/* The SentencePiece library as C sees it: it cuts one word into pieces, and gives their numbers. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_PIECES_H
#define AXF_TEXT_ENCODERS_BERNICE_PIECES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bernice_pieces bernice_pieces;

/* Loads a serialised model, whose bytes the caller may release afterwards. Returns NULL when the library refuses it;
 * `error` says why. */
bernice_pieces *bernice_pieces_open(const char *model, size_t size, char *error, size_t error_size);
void bernice_pieces_close(bernice_pieces *pieces);

/* Writes the numbers of the first `room` pieces of the `length` bytes at `word`, and returns how many there are, or -1
 * where the library gives up. Thread-safe. */
int64_t bernice_pieces_encode(const bernice_pieces *pieces, const char *word, size_t length, int32_t *numbers,
                              size_t room);

#ifdef __cplusplus
}
#endif
#endif
