/* The unigram language model (Kudo 2018) over the pieces of a model file: it finds the best segmentation of a word. The
 * SentencePiece library adds up scores in float, and the fast tokenizers in double. Where segmentations differ only by
 * rounding ("ooooo"), the two choose different ones. This file adds up in double, as the fast tokenizers do. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_UNIGRAM_H
#define AXF_TEXT_ENCODERS_BERNICE_UNIGRAM_H

#include "text_encoders/bernice/model_file.h"

typedef struct bernice_unigram bernice_unigram;

/* The bytes of the file must outlive the model. Returns NULL when there is not enough memory. */
bernice_unigram *bernice_unigram_open(const bernice_model_file *file);
void bernice_unigram_close(bernice_unigram *model);

/* Writes the XLM-R ids of the first `room` pieces of the `length` bytes of UTF-8 at `word`; neighbours that no piece
 * covers become one <unk>. Returns how many there are, or -1 when there is not enough memory: a word of more than 256
 * bytes takes 24 bytes of memory for each of its bytes. Thread-safe. */
int64_t bernice_unigram_encode(const bernice_unigram *model, const char *word, size_t length, int32_t *ids,
                               size_t room);

#endif
