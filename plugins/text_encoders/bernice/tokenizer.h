/* XLM-R's tokenizer over a SentencePiece model, as XLMRobertaTokenizerFast of transformers 4.25.1 (tokenizers 0.13)
 * makes it from a sentencepiece.bpe.model: not quite what the SentencePiece library alone would give. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_TOKENIZER_H
#define AXF_TEXT_ENCODERS_BERNICE_TOKENIZER_H

#include "auxfuse/plugin.h"

typedef struct bernice_tokenizer bernice_tokenizer;

/* Refuses a model file that bernice_tokenizer_open would refuse, but for what the library sees alone. `ids` is the
 * number of ids: <s> 0, <pad> 1, </s> 2, <unk> 3, each piece from the fourth on its number + 1, and <mask>. */
axf_status bernice_tokenizer_check(const axf_host *host, const char *folder, int32_t *ids);
/* The file stays in the host's memory, which must outlive the tokenizer. */
axf_status bernice_tokenizer_open(const axf_host *host, const char *folder, bernice_tokenizer **tokenizer);
void bernice_tokenizer_close(bernice_tokenizer *tokenizer);

/* Writes <s>, the first max_length - 2 tokens of the `length` bytes at `text`, and </s> to `ids`, which has room for
 * max_length >= 2, and their number to `*count`. Special tokens written in the text become their ids. Thread-safe.
 * Errors: AXF_ERR_DATA when max_length is below 2, AXF_ERR_MEMORY, AXF_ERR_INTERNAL where the library gives up. */
axf_status bernice_tokenizer_encode(const bernice_tokenizer *tokenizer, const char *text, size_t length, int32_t *ids,
                                    size_t max_length, size_t *count);

#endif
