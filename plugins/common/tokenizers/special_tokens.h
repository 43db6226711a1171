/* The special tokens of RoBERTa and XLM-R, found where they are written in a text, as the fast tokenizers of
 * transformers 4.25.1 find them: before anything else, case-sensitive, inside words too. */
#ifndef AXF_COMMON_TOKENIZERS_SPECIAL_TOKENS_H
#define AXF_COMMON_TOKENIZERS_SPECIAL_TOKENS_H

#include <stddef.h>

enum { AXF_SPECIAL_BEGIN, AXF_SPECIAL_PAD, AXF_SPECIAL_END, AXF_SPECIAL_UNK, AXF_SPECIAL_MASK, AXF_SPECIALS };

extern const char *const axf_special_texts[AXF_SPECIALS]; /* <s> <pad> </s> <unk> <mask> */

/* Finds the first special token at or after `at` in the `length` bytes at `text`, and returns which one it is. It takes
 * the bytes [*begin, *end); a <mask> takes the white space before it, too, but none before `at`. Returns -1 when there
 * is none, and both are `length` then. */
int axf_special_find(const char *text, size_t length, size_t at, size_t *begin, size_t *end);

#endif
