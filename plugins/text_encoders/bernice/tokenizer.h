/* XLM-R's tokenizer over a SentencePiece model, as XLMRobertaTokenizerFast of transformers 4.25.1 (tokenizers 0.13)
 * makes it from a sentencepiece.bpe.model: not quite what the SentencePiece library alone would give. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_TOKENIZER_H
#define AXF_TEXT_ENCODERS_BERNICE_TOKENIZER_H

#include "auxfuse/plugin.h"

typedef struct bernice_tokenizer bernice_tokenizer;

/* Refuses a model file that bernice_tokenizer_open would refuse, except for what only the library sees. *ids is the
 * number of ids: <s> is 0, <pad> 1, </s> 2, <unk> 3; each piece from the fourth on has its number + 1, and <mask> is
 * the last. */
axf_status bernice_tokenizer_check(const axf_host *host, const char *folder, int32_t *ids);
/* The file stays in memory of the host, which must outlive the tokenizer. */
axf_status bernice_tokenizer_open(const axf_host *host, const char *folder, bernice_tokenizer **tokenizer);
void bernice_tokenizer_close(bernice_tokenizer *tokenizer);

/* Writes <s>, the first max_length - 2 tokens of the `length` bytes at `text`, and </s> to `ids`, which has room for
 * max_length >= 2, and their number to `*count`. Special tokens written in the text become their ids. Thread-safe.
 * Errors: AXF_ERR_DATA when max_length is below 2, AXF_ERR_MEMORY, AXF_ERR_INTERNAL where the library gives up. */
axf_status bernice_tokenizer_encode(const bernice_tokenizer *tokenizer, const char *text, size_t length, int32_t *ids,
                                    size_t max_length, size_t *count);

#endif
