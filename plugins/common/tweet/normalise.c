#include "common/tweet/normalise.h"

#include "common/text/code_points.h"
#include "common/text/python.h"
#include "common/tweet/emoji.h"
#include "common/tweet/entities.h"
#include "common/tweet/match.h"

#include <stdlib.h>
#include <string.h>

typedef struct bytes {
    char *data; /* capacity + 1 bytes, since one is for the NUL */
    size_t count, capacity;
    bool failed;
} bytes;

static void append(bytes *to, const char *data, size_t count)
{
    if ((!to->data || to->capacity - to->count < count) && !to->failed) {
        const size_t capacity = (to->count + count) + (to->count + count) / 2 + 64;
        char *grown = realloc(to->data, capacity + 1);
        to->failed = grown == NULL;
        to->data = grown ? grown : to->data;
        to->capacity = grown ? capacity : to->capacity;
    }
    if (!to->failed) {
        memcpy(to->data + to->count, data, count);
        to->count += count;
    }
}

/* Reads UTF-8, and replaces the apostrophe and the ellipsis of word processors. There are never more code points than
 * bytes, since the ellipsis, which becomes three dots, has three bytes. */
static size_t decode(const char *text, size_t length, uint32_t *code)
{
    size_t count = 0;
    for (size_t at = 0; at < length;) {
        uint32_t c;
        at += axf_code_decode(text + at, length - at, &c);
        if (c == 0x2026) {
            code[count++] = '.';
            code[count++] = '.';
            c = '.';
        }
        code[count++] = c == 0x2019 ? '\'' : c;
    }
    return count;
}

/* Cuts runs of four or more equal code points to three, in place, except for ASCII letters and digits. Returns the new
 * count. */
static size_t shorten_runs(uint32_t *code, size_t count)
{
    size_t to = 0;
    size_t run = 0;
    for (size_t at = 0; at < count; at++) {
        const uint32_t c = code[at];
        const uint32_t lower = c | 0x20;
        const bool kept = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
        run = at > 0 && to > 0 && code[to - 1] == c ? run + 1 : 1;
        if (kept || run <= 3) {
            code[to++] = c;
        }
    }
    return to;
}

/* Whether the token begins with `word` in any case. `word` is in lower case, and only its ASCII letters have a case. */
static bool begins_with(const uint32_t *code, size_t count, const char *word)
{
    size_t i = 0;
    while (i < count && word[i] && (code[i] | 0x20) == (unsigned char)word[i]) {
        i++;
    }
    return word[i] == 0;
}

static void append_codes(bytes *to, const uint32_t *code, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char encoded[4];
        append(to, encoded, axf_code_encode(code[i], encoded));
    }
}

static void append_token(bytes *to, const uint32_t *code, size_t count)
{
    if (code[0] == '@') {
        append(to, "@USER", 5);
    } else if (begins_with(code, count, "http") || begins_with(code, count, "www")) {
        append(to, "HTTPURL", 7);
    } else if (count > 1 || code[0] < 0x80) {
        append_codes(to, code, count);
    } else if (code[0] == 0x2019) {
        append(to, "'", 1);
    } else if (code[0] == 0x2026) {
        append(to, "...", 3);
    } else if (code[0] != 0xFE0E && code[0] != 0xFE0F) {
        const char *name = axf_tweet_emoji_name(code[0]);
        if (name) {
            append(to, name, strlen(name));
        } else {
            append_codes(to, code, 1);
        }
    }
}

static axf_status join_tokens(const axf_tweet_text *text, bytes *to)
{
    axf_tweet_matcher matcher = {.text = text};
    axf_status status = AXF_OK;
    bool first = true;
    for (size_t at = 0; at < text->count && status == AXF_OK;) {
        const size_t end = axf_tweet_match(&matcher, at);
        if (end == AXF_TWEET_FAILED) {
            status = AXF_ERR_MEMORY;
        } else if (end == at) {
            at++; /* a space, with which no token begins */
        } else {
            append(to, " ", first ? 0 : 1); /* also after an empty first token, as in the reference */
            append_token(to, text->code + at, end - at);
            first = false;
            at = end;
        }
    }
    axf_tweet_matcher_free(&matcher);
    return status;
}

/* The replacements of the reference. Each is made in the whole text, in this order. They put a blank into contractions,
 * and remove a few of these blanks again. */
static const struct {
    const char *from, *to;
} REPLACEMENTS[] = {
    {"cannot ", "can not "}, {"n't ", " n't "},      {"n 't ", " n't "},   {"ca n't", "can't"},   {"ai n't", "ain't"},
    {"'m ", " 'm "},         {"'re ", " 're "},      {"'s ", " 's "},      {"'ll ", " 'll "},     {"'d ", " 'd "},
    {"'ve ", " 've "},       {" p . m .", "  p.m."}, {" p . m ", " p.m "}, {" a . m .", " a.m."}, {" a . m ", " a.m "},
};

static void replace(const bytes *text, const char *from, const char *to, bytes *result)
{
    const size_t from_length = strlen(from);
    result->count = 0;
    size_t at = 0;
    while (at < text->count) {
        const char *found = memmem(text->data + at, text->count - at, from, from_length);
        const size_t until = found ? (size_t)(found - text->data) : text->count;
        append(result, text->data + at, until - at);
        if (found) {
            append(result, to, strlen(to));
        }
        at = found ? until + from_length : until;
    }
}

static void swap(bytes *a, bytes *b)
{
    const bytes kept = *a;
    *a = *b;
    *b = kept;
}

static void replace_all(bytes *text, bytes *spare)
{
    for (size_t i = 0; i < sizeof(REPLACEMENTS) / sizeof(REPLACEMENTS[0]); i++) {
        const char *from = REPLACEMENTS[i].from;
        if (text->count > 0 && memmem(text->data, text->count, from, strlen(from))) {
            replace(text, from, REPLACEMENTS[i].to, spare);
            swap(text, spare);
        }
    }
}

/* Replaces each run of white space by one blank, and removes it at both ends, in place. This is Python's white space,
 * which includes U+001C to U+001F; that of tokens does not. */
static void squeeze_spaces(bytes *text)
{
    size_t to = 0;
    bool gap = false;
    for (size_t at = 0; at < text->count;) {
        uint32_t code;
        const size_t taken = axf_code_decode(text->data + at, text->count - at, &code);
        if (axf_python_is_space(code)) {
            gap = true;
        } else {
            if (gap && to > 0) {
                text->data[to++] = ' ';
            }
            gap = false;
            memmove(text->data + to, text->data + at, taken);
            to += taken;
        }
        at += taken;
    }
    text->count = to;
}

static axf_status normalise(axf_tweet_text *text, bytes *result)
{
    bytes spare = {0};
    append(result, "", 0);
    axf_status status = join_tokens(text, result);
    replace_all(result, &spare);
    if (spare.failed || result->failed) {
        status = AXF_ERR_MEMORY;
    }
    free(spare.data);
    if (status == AXF_OK) {
        squeeze_spaces(result);
        result->data[result->count] = 0;
    }
    return status;
}

axf_status axf_tweet_normalise(const char *text, size_t length, char **out, size_t *out_length)
{
    *out = NULL;
    *out_length = 0;
    if (length > AXF_TWEET_MAX_BYTES) {
        return AXF_ERR_DATA;
    }
    axf_tweet_text codes = {.code = malloc((length + 1) * sizeof(uint32_t)), .classes = malloc(length + 1)};
    bytes result = {0};
    axf_status status = AXF_ERR_MEMORY;
    if (codes.code && codes.classes) {
        codes.count = decode(text, length, codes.code);
        codes.count = axf_tweet_decode_entities(codes.code, codes.count);
        codes.count = shorten_runs(codes.code, codes.count);
        axf_tweet_classify(codes.code, codes.count, codes.classes);
        status = normalise(&codes, &result);
    }
    free(codes.code);
    free(codes.classes);
    if (status != AXF_OK) {
        free(result.data);
        return status;
    }
    *out = result.data;
    *out_length = result.count;
    return AXF_OK;
}
