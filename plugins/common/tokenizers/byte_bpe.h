/* RoBERTa's tokenizer: byte-level BPE over a vocab.json and a merges.txt, as RobertaTokenizerFast of
 * transformers 4.25.1 (tokenizers 0.13) makes it from those two files. */
#ifndef AXF_COMMON_TOKENIZERS_BYTE_BPE_H
#define AXF_COMMON_TOKENIZERS_BYTE_BPE_H

#include "common/tokenizers/tokenizer.h"

/* Reads `folder`/vocab.json (an object: token to id) and `folder`/merges.txt (a heading, then "left right" a line),
 * each at most 64 MiB. <s>, <pad>, </s> and <unk> must be in the vocabulary; <mask>, where it is not, is the next id.
 * What follows the last line break of merges.txt is left out, as in the reference. A merge of tokens that the
 * vocabulary lacks is refused. Encoding counts bytes that are not UTF-8 as U+FFFD; it takes time n log n for a word of
 * n bytes, and memory only for words of more than 128 bytes. The message is with the host. [describe] [declare] */
axf_status axf_byte_bpe_open(const axf_host *host, const char *folder, axf_tokenizer **bpe);

#endif
