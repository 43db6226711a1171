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

/* Reads folder/sentencepiece.bpe.model, at most 64 MiB, and refuses what the tokenizer would not be able to use: no
 * unigram or BPE model, byte fallback, a first piece that is not the unknown one. Memory is the host's. */
axf_status bernice_model_file_open(const axf_host *host, const char *folder, bernice_model_file *file);

/* Goes on to the next piece, from {0} to the first; false after the last one. */
bool bernice_model_file_next(const bernice_model_file *file, bernice_piece *piece);

/* The model with a normaliser that changes nothing in place of its own, malloc'ed; the library's own would go over the
 * text once more. NULL: no memory. */
char *bernice_model_file_strip(const bernice_model_file *file, size_t *size);

#endif
