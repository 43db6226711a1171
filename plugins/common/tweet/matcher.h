/* Inside the tweet normaliser: what the matching of tokens remembers between two calls, so that its time stays
 * linear. */
#ifndef AXF_COMMON_TWEET_MATCHER_H
#define AXF_COMMON_TWEET_MATCHER_H

#include "common/tweet/text.h"

/* A run of code points of some class, from `begin` to `end`: the run that begins at any position within it ends at
 * `end`, too. Without this memory, a hostile text would be scanned to the end of the run from each of its positions. */
typedef struct axf_tweet_span {
    size_t begin, end;
} axf_tweet_span;

/* What the tail of a link needs to know of each position of `block`, which holds no spaces (url.c). */
typedef struct axf_tweet_url {
    axf_tweet_span block;
    uint32_t *stop;      /* the first position from here on that is a space or one of ()<>{}[] */
    uint32_t *last;      /* the last one before `stop` at which a link may end, or TWEET_NONE */
    uint32_t *close;     /* the nearest ")" from here on after which a link can go on to its end, or TWEET_NONE */
    uint32_t last_close; /* the last ")" of the block, or TWEET_NONE */
} axf_tweet_url;

#define TWEET_NONE UINT32_MAX

typedef struct axf_tweet_matcher {
    const axf_tweet_text *text;
    axf_tweet_url url;
    axf_tweet_span host, digits, mail, tag, domain;
    size_t mail_end;   /* where an e-mail address that begins in `mail` ends, or 0 */
    size_t domain_dot; /* the dot before the last name that can end a bare domain in `domain`, or 0 */
    size_t domain_end; /* where that domain ends */
} axf_tweet_matcher;

#define AXF_TWEET_FAILED SIZE_MAX /* instead of a position: memory ran out */

/* axf_tweet_run, looked up in `known` where that run was found before. */
static inline size_t axf_tweet_known_run(const axf_tweet_text *text, axf_tweet_span *known, size_t at, uint8_t classes)
{
    if (at < known->begin || at >= known->end) {
        *known = (axf_tweet_span){at, axf_tweet_run(text, at, classes)};
    }
    return known->end;
}

#endif
