/* The unigram language model (Kudo 2018) over a model file's pieces: the best segmentation of a word. The SentencePiece
 * library adds up its scores in float, the fast tokenizers in double, and of segmentations that differ in rounding
 * alone
 * ("ooooo") the two take different ones: so this one is in double. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_UNIGRAM_H
#define AXF_TEXT_ENCODERS_BERNICE_UNIGRAM_H

#include "text_encoders/bernice/model_file.h"

typedef struct bernice_unigram bernice_unigram;

/* The file's bytes must outlive the model. NULL: no memory. */
bernice_unigram *bernice_unigram_open(const bernice_model_file *file);
void bernice_unigram_close(bernice_unigram *model);

/* Writes the XLM-R ids of the first `room` pieces of `length` bytes of UTF-8 at `word`; neighbours that no piece covers
 * are one <unk>. Returns how many, or -1 without memory, of which it takes 24 bytes a byte of a word above 256.
 * Thread-safe. */
int64_t bernice_unigram_encode(const bernice_unigram *model, const char *word, size_t length, int32_t *ids,
                               size_t room);

#endif
