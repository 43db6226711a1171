/* Links with a prefix. The end of the pattern repeats runs and parentheses, and a regular expression would backtrack
 * until the link can end. Here the positions at which a link can end are computed once for each run of characters that
 * are not spaces, from its end. */
#include "common/tweet/url.h"

#include <stdlib.h>

static bool is_bracket(uint32_t code)
{
    return code == '(' || code == ')' || code == '<' || code == '>' || code == '{' || code == '}' || code == '[' ||
           code == ']';
}

/* A link may not end with one of these, or with a space. */
static bool is_closing_mark(uint32_t code)
{
    switch (code) {
    case '`':
    case '!':
    case ';':
    case ':':
    case '\'':
    case '"':
    case '.':
    case ',':
    case '?':
    case 0xAB:
    case 0xBB:
    case 0x201C:
    case 0x201D:
    case 0x2018:
    case 0x2019:
        return true;
    default:
        return is_bracket(code);
    }
}

/* Whether a "(" at `at` is closed before the next space, with at least one character between. */
static bool is_closed(const axf_tweet_url *url, size_t at)
{
    return url->last_close != TWEET_NONE && url->last_close >= at + 2;
}

static bool is_open(const axf_tweet_matcher *m, size_t at)
{
    return at < m->url.block.end && m->text->code[at] == '(';
}

/* Whether a link that has been read up to `at`, which is behind its prefix and at least one piece, can end there or
 * later.
 */
static bool can_end(const axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_url *url = &m->url;
    return (is_open(m, url->stop[at]) && is_closed(url, url->stop[at])) || url->last[at] != TWEET_NONE;
}

static bool prepare(axf_tweet_matcher *m, size_t at)
{
    axf_tweet_url *url = &m->url;
    const axf_tweet_text *text = m->text;
    if (at >= url->block.begin && at < url->block.end) {
        return true;
    }
    if (!url->stop) {
        url->stop = malloc((text->count + 1) * 3 * sizeof(uint32_t));
        if (!url->stop) {
            return false;
        }
        url->last = url->stop + text->count + 1;
        url->close = url->last + text->count + 1;
    }
    size_t end = at;
    while (end < text->count && !(text->classes[end] & TWEET_S)) {
        end++;
    }
    url->block = (axf_tweet_span){at, end};
    url->stop[end] = (uint32_t)end;
    url->last[end] = url->close[end] = url->last_close = TWEET_NONE;
    for (size_t p = end; p-- > at;) {
        const uint32_t code = text->code[p];
        const bool bracket = is_bracket(code);
        url->stop[p] = bracket ? (uint32_t)p : url->stop[p + 1];
        url->last[p] = bracket ? TWEET_NONE : url->last[p + 1];
        if (url->last[p] == TWEET_NONE && !is_closing_mark(code)) {
            url->last[p] = (uint32_t)p;
        }
        if (code == ')' && url->last_close == TWEET_NONE) {
            url->last_close = (uint32_t)p;
        }
        url->close[p] = code == ')' && can_end(m, p + 1) ? (uint32_t)p : url->close[p + 1];
    }
    return true;
}

/* The end of "(" X* "(" X+ ")" X* ")" at `at`, where X is neither a space nor a parenthesis; 0 when there is none. */
static size_t match_nested(const axf_tweet_matcher *m, size_t at)
{
    static const char parentheses[] = "(())";
    for (size_t i = 0; i < 4; i++) {
        const size_t begin = at;
        while (i > 0 && at < m->url.block.end && m->text->code[at] != '(' && m->text->code[at] != ')') {
            at++;
        }
        if (at >= m->url.block.end || m->text->code[at] != (uint32_t)parentheses[i] || (i == 2 && at == begin)) {
            return 0;
        }
        at++;
    }
    return at;
}

/* The position behind the first closing parenthesis from `at` on after which the link can end; 0 when there is none. */
static size_t next_close(const axf_tweet_matcher *m, size_t at)
{
    return at <= m->url.block.end && m->url.close[at] != TWEET_NONE ? (size_t)m->url.close[at] + 1 : 0;
}

/* The end of the link that has been read up to `at`, where can_end is true. */
static size_t finish(const axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_url *url = &m->url;
    for (;;) {
        const size_t open = url->stop[at];
        if (!is_open(m, open) || !is_closed(url, open)) {
            return (size_t)url->last[at] + 1;
        }
        const size_t nested = match_nested(m, open);
        const size_t further = nested && can_end(m, nested) ? nested : next_close(m, open + 2);
        if (!further) {
            if (nested) {
                return nested;
            }
            at = open + 2;
            while (m->text->code[at] != ')') {
                at++;
            }
            return at + 1;
        }
        at = further;
    }
}

/* Returns the end of the link whose prefix ends at `at`, or 0 when the link has no tail. */
static size_t match_tail(const axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_url *url = &m->url;
    if (at > url->block.end) {
        return 0;
    }
    const size_t stop = url->stop[at];
    if (stop > at) {
        if (is_open(m, stop) && is_closed(url, stop)) {
            return finish(m, stop);
        }
        return url->last[at] != TWEET_NONE && url->last[at] > at ? (size_t)url->last[at] + 1 : 0;
    }
    if (!is_open(m, at)) {
        return 0;
    }
    const size_t nested = match_nested(m, at);
    const size_t further = nested && can_end(m, nested) ? nested : next_close(m, at + 2);
    return further ? finish(m, further) : 0;
}

static bool is_letter(const axf_tweet_text *text, size_t at, uint32_t lower)
{
    const uint32_t code = axf_tweet_at(text, at);
    return code == lower || code == lower - 0x20 || (lower == 's' && code == 0x17F);
}

static size_t match_protocol(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    if (!is_letter(text, at, 'h') || !is_letter(text, at + 1, 't') || !is_letter(text, at + 2, 't') ||
        !is_letter(text, at + 3, 'p')) {
        return at;
    }
    const size_t colon = at + 4 + is_letter(text, at + 4, 's');
    if (axf_tweet_at(text, colon) != ':') {
        return at;
    }
    if (!prepare(m, at)) {
        return AXF_TWEET_FAILED;
    }
    size_t slashes = 0;
    while (slashes < 3 && axf_tweet_at(text, colon + 1 + slashes) == '/') {
        slashes++;
    }
    for (; slashes > 0; slashes--) {
        const size_t end = match_tail(m, colon + 1 + slashes);
        if (end) {
            return end;
        }
    }
    if (axf_tweet_is(text, colon + 1, TWEET_ALNUM) || axf_tweet_at(text, colon + 1) == '%') {
        const size_t end = match_tail(m, colon + 2);
        return end ? end : at;
    }
    return at;
}

/* Matches a domain whose last name has 2 to 13 letters, and the slash behind it. A domain cannot contain a slash, so
 * the last name is what comes directly before it. */
static size_t match_domain(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    if (!axf_tweet_is(text, at, TWEET_HOST)) {
        return at;
    }
    const size_t slash = axf_tweet_known_run(text, &m->host, at, TWEET_HOST);
    if (axf_tweet_at(text, slash) != '/') {
        return at;
    }
    size_t name = slash;
    while (name > at && slash - name < 14 && axf_tweet_is(text, name - 1, TWEET_ALPHA)) {
        name--;
    }
    if (slash - name < 2 || slash - name > 13 || name < at + 2 || text->code[name - 1] != '.') {
        return at;
    }
    if (!prepare(m, at)) {
        return AXF_TWEET_FAILED;
    }
    const size_t end = match_tail(m, slash + 1);
    return end ? end : at;
}

size_t axf_tweet_match_url(axf_tweet_matcher *m, size_t at)
{
    const size_t end = match_protocol(m, at);
    return end == at ? match_domain(m, at) : end;
}
