/* BERT's WordPiece tokenizer, as the fast one of transformers 4.25.1 (tokenizers 0.13) has it: BertTokenizerFast made
 * from a vocab.txt; or as the slow one, BertTokenizer under Python 3.8 (Unicode 12.1): it drops unassigned characters,
 * lower-cases before it decomposes, and knows all Chinese. An id is the number of a line of that file, from 0; where a
 * token is listed twice, its last line counts. */
#ifndef AXF_COMMON_TOKENIZERS_WORDPIECE_H
#define AXF_COMMON_TOKENIZERS_WORDPIECE_H

#include "common/tokenizers/tokenizer.h"

#include <stdbool.h>

typedef struct axf_wordpiece_options { /* as in tokenizer_config.json */
    bool do_lower_case;
    bool strip_accents;          /* null there means: as do_lower_case */
    bool tokenize_chinese_chars; /* each is a word of its own */
    bool slow;                   /* as BertTokenizer, not BertTokenizerFast */
} axf_wordpiece_options;

/* Reads the vocabulary `folder`/vocab.txt: UTF-8, one token a line, at most 64 MiB, with [PAD], [UNK], [CLS] and [SEP]
 * among the tokens. Encoding skips bytes that are not UTF-8, allocates nothing, and takes time that is linear in what
 * it reads; it reads until the tokens are complete. [MASK] may be absent, and is not a special token then. On failure
 * `*wp` is NULL, and the message, which names the file and the line, is with the host: AXF_ERR_IO, AXF_ERR_FORMAT,
 * AXF_ERR_MEMORY. The tokenizer lives at most as long as what the host allocates. [describe] [declare] */
axf_status axf_wordpiece_open(const axf_host *host, const char *folder, const axf_wordpiece_options *options,
                              axf_tokenizer **wp);

/* The id of [UNK]. `wp` is what axf_wordpiece_open has opened. */
int32_t axf_wordpiece_unknown_id(const axf_tokenizer *wp);

#endif
