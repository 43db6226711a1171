/* Inside the tweet normaliser: the text as code points with their classes. */
#ifndef AXF_COMMON_TWEET_TEXT_H
#define AXF_COMMON_TWEET_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {                       /* classes of a code point, as bits; a-z takes in A-Z */
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

/* Writes the class bits of each of the `count` code points to `classes`. */
void axf_tweet_classify(const uint32_t *code, size_t count, uint8_t *classes);

/* The code point at `at`. Behind the end it is 0xFFFFFFFF, which equals no code point. */
static inline uint32_t axf_tweet_at(const axf_tweet_text *text, size_t at)
{
    return at < text->count ? text->code[at] : UINT32_MAX;
}

static inline bool axf_tweet_is(const axf_tweet_text *text, size_t at, uint8_t classes)
{
    return at < text->count && (text->classes[at] & classes) != 0;
}

/* The first position from `at` on whose code point is in none of `classes`. */
static inline size_t axf_tweet_run(const axf_tweet_text *text, size_t at, uint8_t classes)
{
    while (axf_tweet_is(text, at, classes)) {
        at++;
    }
    return at;
}

#endif
