/* Inside the tweet normaliser: links that begin with a protocol, or with a domain and a slash. */
#ifndef AXF_COMMON_TWEET_URL_H
#define AXF_COMMON_TWEET_URL_H

#include "common/tweet/matcher.h"

/* Returns the end of the link at `at`, whose prefix is http:, https: or a domain and a slash, or `at` when there is
 * none, or AXF_TWEET_FAILED. */
size_t axf_tweet_match_url(axf_tweet_matcher *matcher, size_t at);

#endif
