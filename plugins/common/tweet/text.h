/* Inside the tweet normaliser: the text as code points with their classes, and the steps that change or cut it. */
#ifndef AXF_COMMON_TWEET_TEXT_H
#define AXF_COMMON_TWEET_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auxfuse/status.h"

enum {                       /* classes of a code point, as bits; letters are meant in either case */
       TWEET_W = 1 << 0,     /* word: \w of regex */
       TWEET_D = 1 << 1,     /* decimal digit */
       TWEET_L = 1 << 2,     /* word, but neither digit nor "_" */
       TWEET_S = 1 << 3,     /* white space */
       TWEET_ALPHA = 1 << 4, /* a-z, which takes in U+0130, U+017F and U+212A */
       TWEET_ALNUM = 1 << 5, /* a-z 0-9 */
       TWEET_HOST = 1 << 6,  /* a-z 0-9 . - */
       TWEET_MAIL = 1 << 7,  /* word . + - */
};

typedef struct axf_tweet_text {
    uint32_t *code;   /* [count] */
    uint8_t *classes; /* [count]: TWEET_… bits of each */
    size_t count;
} axf_tweet_text;

/* A stretch of positions in which some run ends at `end` wherever in it one begins: without it, a hostile text would
 * be scanned to the end of the run from each of its positions. */
typedef struct axf_tweet_span {
    size_t begin, end;
} axf_tweet_span;

/* Per position of the stretch of non-spaces `block`: what a link's tail needs to know (tweet_url.c). */
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

/* tweet_entities.c: decodes HTML entities, then cuts runs of 4 or more equal code points to 3 (ASCII letters and
 * digits excepted), in place; returns the new count. */
size_t axf_tweet_decode_entities(uint32_t *code, size_t count);
size_t axf_tweet_shorten_runs(uint32_t *code, size_t count);

/* classes.c: the class bits of each of `count` code points. */
void axf_tweet_classify(const uint32_t *code, size_t count, uint8_t *classes);

/* tweet_match.c: the end of the token that begins at `at`, or `at` when none does. Calls must go from left to right.
 * AXF_TWEET_FAILED when memory ran out. axf_tweet_matcher_free frees what matching allocated. */
#define AXF_TWEET_FAILED SIZE_MAX
size_t axf_tweet_match(axf_tweet_matcher *matcher, size_t at);
void axf_tweet_matcher_free(axf_tweet_matcher *matcher);

/* tweet_url.c: the end of the link with a prefix (http:, https: or a domain and a slash) at `at`, or `at`. */
size_t axf_tweet_match_url(axf_tweet_matcher *matcher, size_t at);

/* The code point at `at`, or 0xFFFFFFFF, which no test knows, behind the end. */
static inline uint32_t axf_tweet_at(const axf_tweet_text *text, size_t at)
{
    return at < text->count ? text->code[at] : UINT32_MAX;
}

static inline bool axf_tweet_is(const axf_tweet_text *text, size_t at, uint8_t classes)
{
    return at < text->count && (text->classes[at] & classes) != 0;
}

/* The end of the run of class `classes` that takes in `at`. */
static inline size_t axf_tweet_run(const axf_tweet_text *text, size_t at, uint8_t classes)
{
    while (axf_tweet_is(text, at, classes)) {
        at++;
    }
    return at;
}

/* The same, looked up in `known` where it was found before. */
static inline size_t axf_tweet_known_run(const axf_tweet_text *text, axf_tweet_span *known, size_t at, uint8_t classes)
{
    if (at < known->begin || at >= known->end) {
        *known = (axf_tweet_span){at, axf_tweet_run(text, at, classes)};
    }
    return known->end;
}

#endif
