/* BERT's WordPiece tokenizer, as the fast one of transformers 4.25.1 (tokenizers 0.13) has it: BertTokenizerFast made
 * from a vocab.txt; or as the slow one, BertTokenizer under Python 3.8 (Unicode 12.1): it drops unassigned characters,
 * lower-cases before it decomposes, and knows all Chinese. An id is the number of a line of that file, from 0; where a
 * token is listed twice, its last line counts. */
#ifndef AXF_COMMON_TOKENIZERS_WORDPIECE_H
#define AXF_COMMON_TOKENIZERS_WORDPIECE_H

#include "auxfuse/plugin.h"

#include <stdbool.h>

typedef struct axf_wordpiece axf_wordpiece;

typedef struct axf_wordpiece_options { /* as in tokenizer_config.json */
    bool do_lower_case;
    bool strip_accents;          /* null there means: as do_lower_case */
    bool tokenize_chinese_chars; /* each is a word of its own */
    bool slow;                   /* as BertTokenizer, not BertTokenizerFast */
} axf_wordpiece_options;

/* Reads the vocabulary `folder`/vocab.txt: UTF-8, one token a line, at most 64 MiB, with [PAD], [UNK], [CLS] and [SEP]
 * among the tokens. [MASK] may be absent, and is not a special token then. On failure `*wp` is NULL, and the message,
 * which names the file and the line, is with the host: AXF_ERR_IO, AXF_ERR_FORMAT, AXF_ERR_MEMORY. The tokenizer lives
 * at most as long as what the host allocates. [describe] [declare] */
axf_status axf_wordpiece_open(const axf_host *host, const char *folder, const axf_wordpiece_options *options,
                              axf_wordpiece **wp);
void axf_wordpiece_close(axf_wordpiece *wp);

/* Number of lines of the vocabulary: every id is below it. */
int32_t axf_wordpiece_size(const axf_wordpiece *wp);
int32_t axf_wordpiece_unknown_id(const axf_wordpiece *wp);

/* Writes [CLS], the first max_length - 2 tokens of the `length` bytes at `text`, and [SEP] to `ids`, which has room for
 * max_length >= 2, and their number to `*count`. [CLS] and the like, written in the text, become the special ids. Bytes
 * that are not UTF-8 are skipped. Allocates nothing; time is linear in what is read, which ends where the tokens are
 * complete. Thread-safe. Error: AXF_ERR_DATA when max_length is below 2. */
axf_status axf_wordpiece_encode(const axf_wordpiece *wp, const char *text, size_t length, int32_t *ids,
                                size_t max_length, size_t *count);

#endif
