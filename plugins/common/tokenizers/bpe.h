/* BERTweet's tokenizer: fastBPE over a vocab.txt ("token count" a line) and a bpe.codes ("left right count" a line), as
 * BertweetTokenizer of transformers 4.25.1 reads and applies them, without its normaliser (common/tweet). */
#ifndef AXF_COMMON_TOKENIZERS_BPE_H
#define AXF_COMMON_TOKENIZERS_BPE_H

#include "common/tokenizers/tokenizer.h"

/* A longer word is one <unk>: the reference would cut it, in time that grows with its square. */
#define AXF_BPE_MAX_WORD 1024 /* code points */

/* Reads `folder`/vocab.txt and `folder`/bpe.codes, each at most 64 MiB. Ids: <s> 0, <pad> 1, </s> 2, <unk> 3, then the
 * lines of vocab.txt; <mask>, where no line holds it, is the next. The last line of bpe.codes is left out unless a line
 * break ends it, as the reference does. Words end at white space; a line break directly behind one belongs to it, as in
 * the reference. Special tokens written in the text are found inside words, too. Encoding allocates nothing. On failure
 * `*bpe` is NULL, and the message, which names the file and the line, is with the host: AXF_ERR_IO, AXF_ERR_FORMAT,
 * AXF_ERR_MEMORY. The tokenizer lives at most as long as what the host allocates. [describe] [declare] */
axf_status axf_bpe_open(const axf_host *host, const char *folder, axf_tokenizer **bpe);

#endif
