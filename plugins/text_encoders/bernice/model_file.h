/* A SentencePiece model file (sentencepiece_model.proto), read as far as XLM-R's fast tokenizer needs. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_MODEL_FILE_H
#define AXF_TEXT_ENCODERS_BERNICE_MODEL_FILE_H

#include "auxfuse/plugin.h"

#include <stdbool.h>

enum { BERNICE_UNIGRAM = 1, BERNICE_BPE = 2 };

typedef struct bernice_model_file {
    const char *path, *bytes;
    size_t size;
    int32_t type; /* BERNICE_UNIGRAM or BERNICE_BPE */
    int32_t pieces;
    const char *charsmap; /* within bytes */
    size_t charsmap_size;
} bernice_model_file;

typedef struct bernice_piece {
    const char *text; /* within the file's bytes */
    size_t length;
    float score;
    const char *next; /* NULL before the first one */
} bernice_piece;

/* Reads folder/sentencepiece.bpe.model, at most 64 MiB, into memory of the host. Refuses what the tokenizer would not
 * be able to use: a model that is neither unigram nor BPE, one with byte fallback, and one whose first piece is not the
 * unknown one. */
axf_status bernice_model_file_open(const axf_host *host, const char *folder, bernice_model_file *file);

/* Goes on to the next piece; a piece that is {0} goes on to the first one. Returns false after the last one. */
bool bernice_model_file_next(const bernice_model_file *file, bernice_piece *piece);

/* Returns a copy of the model, in malloc'ed memory, whose normaliser changes nothing: the model's own one would go over
 * the text once more. NULL when there is not enough memory. */
char *bernice_model_file_strip(const bernice_model_file *file, size_t *size);

#endif
