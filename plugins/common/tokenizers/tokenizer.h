/* A tokenizer as encoders use it: it cuts texts into tokens, and gives their ids. */
#ifndef AXF_COMMON_TOKENIZERS_TOKENIZER_H
#define AXF_COMMON_TOKENIZERS_TOKENIZER_H

#include "auxfuse/plugin.h"

typedef struct axf_tokenizer axf_tokenizer;

/* What each kind of tokenizer fills in when it is opened. It is the first member of the kind's own struct. */
struct axf_tokenizer {
    int32_t size; /* the number of ids: every id is below it */
    axf_status (*encode)(const axf_tokenizer *self, const char *text, size_t length, int32_t *ids, size_t max_length,
                         size_t *count);
    void (*close)(axf_tokenizer *self);
};

/* Writes the token that begins a text, the first max_length - 2 tokens of the `length` bytes at `text`, and the token
 * that ends a text to `ids`, which has room for max_length >= 2, and their number to `*count`. Special tokens that are
 * written in the text become their ids. Thread-safe; there is no message. Errors: AXF_ERR_DATA when max_length is below
 * 2, AXF_ERR_MEMORY, AXF_ERR_INTERNAL. */
static inline axf_status axf_tokenizer_encode(const axf_tokenizer *tokenizer, const char *text, size_t length,
                                              int32_t *ids, size_t max_length, size_t *count)
{
    return tokenizer->encode(tokenizer, text, length, ids, max_length, count);
}

/* NULL is allowed. */
static inline void axf_tokenizer_close(axf_tokenizer *tokenizer)
{
    if (tokenizer != NULL) {
        tokenizer->close(tokenizer);
    }
}

#endif
