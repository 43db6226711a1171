/* RoBERTa's tokenizer: byte-level BPE over a vocab.json and a merges.txt, as RobertaTokenizerFast of
 * transformers 4.25.1 (tokenizers 0.13) makes it from those two files. */
#ifndef AXF_COMMON_TOKENIZERS_BYTE_BPE_H
#define AXF_COMMON_TOKENIZERS_BYTE_BPE_H

#include "auxfuse/plugin.h"

#include <stddef.h>
#include <stdint.h>

typedef struct axf_byte_bpe axf_byte_bpe;

/* Reads `folder`/vocab.json (an object: token to id) and `folder`/merges.txt (a heading, then "left right" a line),
 * each at most 64 MiB. <s>, <pad>, </s> and <unk> must be in the vocabulary; <mask>, where it is not, is the next id.
 * What follows the last line break of merges.txt is left out, as in the reference. A merge of tokens that the
 * vocabulary lacks is refused. The message is with the host. [describe] [declare] */
axf_status axf_byte_bpe_open(const axf_host *host, const char *folder, axf_byte_bpe **bpe);
void axf_byte_bpe_close(axf_byte_bpe *bpe);

/* Every id is below it. */
int32_t axf_byte_bpe_size(const axf_byte_bpe *bpe);

/* Writes <s>, the first max_length - 2 tokens of the `length` bytes at `text`, and </s> to `ids`, which has room for
 * max_length >= 2, and their number to `*count`. Special tokens written in the text become their ids. Bytes that are
 * not UTF-8 count as U+FFFD. Takes time n log n for a word of n bytes, and memory only for words of more than 128
 * bytes. Thread-safe. Errors: AXF_ERR_DATA when max_length is below 2, AXF_ERR_MEMORY. */
axf_status axf_byte_bpe_encode(const axf_byte_bpe *bpe, const char *text, size_t length, int32_t *ids,
                               size_t max_length, size_t *count);

#endif
