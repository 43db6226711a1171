/* The tokens of all texts of a run: made once, by several threads, and kept in one list. */
#ifndef AXF_FEED_TOKENS_H
#define AXF_FEED_TOKENS_H

#include "model/model.h"
#include "posts/posts.h"

typedef struct axf_text_tokens {
    int64_t *start;       /* [posts + 1] where the tokens of each post begin; NULL: no texts were tokenized */
    int32_t *ids, *types; /* [start[posts]] */
} axf_text_tokens;

/* Tokenizes the texts of all posts with at most `threads` threads; the text side of the model is declared. The result
 * does not depend on the number of threads, and an error is that of the first post which has one. The caller frees the
 * tokens, also after an error. */
axf_status axf_text_tokens_make(axf_text_tokens *tokens, const axf_model *model, const axf_posts *posts,
                                int32_t threads);
void axf_text_tokens_free(axf_text_tokens *tokens); /* zeroed tokens may be freed */

#endif
