/* BERT's tokenizer as encoders open it: vocab.txt, cut and lower-cased as tokenizer_config.json beside it says. */
#ifndef AXF_COMMON_MODELS_BERT_WORDPIECE_H
#define AXF_COMMON_MODELS_BERT_WORDPIECE_H

#include "common/models/text_reader.h"
#include "common/tokenizers/wordpiece.h"

/* BertTokenizerFast. */
extern const axf_tokenizer_kind axf_tokenizer_wordpiece;

/* The options that folder/tokenizer_config.json gives, where it is there; `slow` is false. [describe] [declare] */
axf_status axf_bert_wordpiece_options(const axf_host *host, const char *folder, axf_wordpiece_options *options);

#endif
