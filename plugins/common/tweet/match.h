/* Inside the tweet normaliser: where the tokens of a text end. */
#ifndef AXF_COMMON_TWEET_MATCH_H
#define AXF_COMMON_TWEET_MATCH_H

#include "common/tweet/matcher.h"

/* Returns the end of the token that begins at `at`, or `at` when no token begins there, or AXF_TWEET_FAILED. The calls
 * for one matcher must go from left to right. */
size_t axf_tweet_match(axf_tweet_matcher *matcher, size_t at);

/* Frees what matching allocated. The matcher itself belongs to the caller. */
void axf_tweet_matcher_free(axf_tweet_matcher *matcher);

#endif
