/* BERT's tokenizer as encoders open it: vocab.txt, cut and lower-cased as tokenizer_config.json beside it says. */
#ifndef AXF_COMMON_MODELS_BERT_WORDPIECE_H
#define AXF_COMMON_MODELS_BERT_WORDPIECE_H

#include "common/models/text_reader.h"
#include "common/tokenizers/wordpiece.h"

/* BertTokenizerFast. The tokenizer that it opens is an axf_wordpiece. */
extern const axf_tokenizer_kind axf_tokenizer_wordpiece;

/* The options that folder/tokenizer_config.json gives, where it is there; `slow` is false. [describe] [declare] */
axf_status axf_bert_wordpiece_options(const axf_host *host, const char *folder, axf_wordpiece_options *options);

/* Opens the tokenizer with such options: the end of an axf_tokenizer_kind's `open`. [describe] [declare] */
axf_status axf_bert_wordpiece_open(const axf_text_place *place, const axf_wordpiece_options *options, void **tokenizer,
                                   int32_t *ids);

/* The other entries of such a kind. */
axf_status axf_bert_wordpiece_encode(const void *tokenizer, const char *text, size_t length, int32_t *ids,
                                     size_t max_length, size_t *count);
void axf_bert_wordpiece_close(void *tokenizer);

#endif
