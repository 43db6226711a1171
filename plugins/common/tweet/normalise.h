/* The tweet normaliser of BERTweet: BertweetTokenizer.normalizeTweet of transformers 4.25.1 with regex 2022.10.31 and
 * emoji 2.2.0, which every text model of the reference system reads its posts through. */
#ifndef AXF_COMMON_TWEET_NORMALISE_H
#define AXF_COMMON_TWEET_NORMALISE_H

#include "auxfuse/status.h"

#include <stddef.h>

#define AXF_TWEET_MAX_BYTES ((size_t)64 << 20)

/* Normalises the `length` bytes at `text`: user names become @USER, links HTTPURL, emoji their English names, and
 * tokens are set apart by single blanks. `*out` is malloc'ed and the caller's to free: `*out_length` bytes and a NUL.
 * The text may hold any bytes: what is not UTF-8 counts as U+FFFD. A surrogate that an entity names becomes U+FFFD in
 * the result. U+0000 stays in the result as a zero byte.
 *
 * Time is linear in `length` and memory is at most 80 times `length` plus a constant, whatever the text. Thread-safe.
 * Errors: AXF_ERR_DATA above AXF_TWEET_MAX_BYTES, AXF_ERR_MEMORY; then `*out` is NULL. */
axf_status axf_tweet_normalise(const char *text, size_t length, char **out, size_t *out_length);

#endif
