/* XLM-R's tokenizer over a SentencePiece model, as XLMRobertaTokenizerFast of transformers 4.25.1 (tokenizers 0.13)
 * makes it from a sentencepiece.bpe.model: not quite what the SentencePiece library alone would give. */
#ifndef AXF_TEXT_ENCODERS_BERNICE_TOKENIZER_H
#define AXF_TEXT_ENCODERS_BERNICE_TOKENIZER_H

#include "common/tokenizers/tokenizer.h"

/* Refuses a model file that bernice_tokenizer_open would refuse, except for what only the library sees. *ids is the
 * number of ids: <s> is 0, <pad> 1, </s> 2, <unk> 3; each piece from the fourth on has its number + 1, and <mask> is
 * the last. */
axf_status bernice_tokenizer_check(const axf_host *host, const char *folder, int32_t *ids);
/* The file stays in memory of the host, which must outlive the tokenizer. */
axf_status bernice_tokenizer_open(const axf_host *host, const char *folder, axf_tokenizer **tokenizer);

#endif
