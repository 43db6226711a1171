/* Finds one token of a tweet. The alternatives of the reference's pattern are tried in its order, and the first match
 * is taken. Each function returns the end of its match, or `at` when there is none. A regular expression would
 * backtrack in some places. These functions do not, and say there why the result is the same. */
#include "common/tweet/match.h"

#include "common/tweet/url.h"

#include <stdlib.h>

static bool is_one_of(uint32_t code, const char *set)
{
    for (; *set; set++) {
        if (code == (unsigned char)*set) {
            return true;
        }
    }
    return false;
}

/* Reads a chain of names of a-z 0-9 that single dots or dashes join. Finds its end, and the last dot whose following
 * name can end a bare domain. That name is all letters, since a word boundary follows it. */
static void read_domain_chain(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    const size_t begin = at;
    m->domain_dot = 0;
    at = axf_tweet_run(text, at, TWEET_ALNUM);
    while ((axf_tweet_at(text, at) == '.' || axf_tweet_at(text, at) == '-') &&
           axf_tweet_is(text, at + 1, TWEET_ALNUM)) {
        const size_t dot = at;
        const size_t letters = axf_tweet_run(text, dot + 1, TWEET_ALPHA) - (dot + 1);
        at = axf_tweet_run(text, dot + 1, TWEET_ALNUM);
        if (text->code[dot] != '.' || letters < 2 || letters > 13 || at != dot + 1 + letters ||
            axf_tweet_is(text, at, TWEET_W) || axf_tweet_at(text, at) == '@') {
            continue;
        }
        const bool slash = axf_tweet_at(text, at) == '/' && axf_tweet_at(text, at + 1) != '@';
        m->domain_dot = dot;
        m->domain_end = at + slash;
    }
    m->domain = (axf_tweet_span){begin, at};
}

static size_t match_bare_domain(axf_tweet_matcher *m, size_t at)
{
    if (!axf_tweet_is(m->text, at, TWEET_ALNUM) || (at > 0 && m->text->code[at - 1] == '@')) {
        return at;
    }
    if (at < m->domain.begin || at >= m->domain.end) {
        read_domain_chain(m, at);
    }
    return m->domain_dot > at ? m->domain_end : at;
}

static size_t skip_separators(const axf_tweet_text *text, size_t at)
{
    while (at < text->count && is_one_of(text->code[at], " *-.)")) {
        at++;
    }
    return at;
}

static bool has_digits(const axf_tweet_text *text, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!axf_tweet_is(text, at + i, TWEET_D)) {
            return false;
        }
    }
    return true;
}

static size_t match_exchange(const axf_tweet_text *text, size_t at)
{
    if (!has_digits(text, at, 3)) {
        return 0;
    }
    const size_t base = skip_separators(text, at + 3);
    return has_digits(text, base, 4) ? base + 4 : 0;
}

static size_t match_area(const axf_tweet_text *text, size_t at)
{
    const size_t area = at + (axf_tweet_at(text, at) == '(');
    if (has_digits(text, area, 3)) {
        const size_t end = match_exchange(text, skip_separators(text, area + 3));
        if (end) {
            return end;
        }
    }
    return match_exchange(text, at);
}

static size_t match_phone(const axf_tweet_text *text, size_t at)
{
    const uint32_t first = text->code[at];
    if (first != '+' && first != '(' && !(text->classes[at] & TWEET_D)) {
        return at;
    }
    const size_t country = at + (first == '+');
    if (axf_tweet_at(text, country) == '0' || axf_tweet_at(text, country) == '1') {
        const size_t end = match_area(text, skip_separators(text, country + 1));
        if (end) {
            return end;
        }
    }
    const size_t end = match_area(text, at);
    return end ? end : at;
}

static bool is_eye(uint32_t code)
{
    return is_one_of(code, ":;=8");
}

static bool is_mouth(uint32_t code)
{
    return is_one_of(code, ")][(dDpP/:}{@|\\");
}

/* A character that can be a mouth cannot be a nose, and one that can be an eye cannot be a hat. So an optional
 * character is always taken when it is there. */
static size_t match_emoticon(const axf_tweet_text *text, size_t at)
{
    const uint32_t first = text->code[at];
    const size_t eye = at + (first == '<' || first == '>');
    if (is_eye(axf_tweet_at(text, eye))) {
        const size_t mouth = eye + 1 + is_one_of(axf_tweet_at(text, eye + 1), "-oO*'");
        if (is_mouth(axf_tweet_at(text, mouth))) {
            return mouth + 1;
        }
    }
    if (is_mouth(first)) {
        const size_t mirrored = at + 1 + is_one_of(axf_tweet_at(text, at + 1), "-oO*'");
        if (is_eye(axf_tweet_at(text, mirrored))) {
            return mirrored + 1 + is_one_of(axf_tweet_at(text, mirrored + 1), "<>");
        }
    }
    return first == '<' && axf_tweet_at(text, at + 1) == '3' ? at + 2 : at;
}

static size_t match_tag(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    if (text->code[at] != '<') {
        return at;
    }
    size_t stop = at + 1;
    if (stop >= m->tag.begin && stop <= m->tag.end) {
        stop = m->tag.end;
    } else {
        while (stop < text->count && text->code[stop] != '>' && !(text->classes[stop] & TWEET_S)) {
            stop++;
        }
        m->tag = (axf_tweet_span){at + 1, stop};
    }
    return stop > at + 1 && axf_tweet_at(text, stop) == '>' ? stop + 1 : at;
}

static size_t match_arrow(const axf_tweet_text *text, size_t at)
{
    size_t end = at + (text->code[at] == '<');
    while (axf_tweet_at(text, end) == '-') {
        end++;
    }
    if (text->code[at] == '<') {
        return end > at + 1 ? end : at;
    }
    return end > at && axf_tweet_at(text, end) == '>' ? end + 1 : at;
}

static size_t match_user(const axf_tweet_text *text, size_t at)
{
    return text->code[at] == '@' && axf_tweet_is(text, at + 1, TWEET_W) ? axf_tweet_run(text, at + 1, TWEET_W) : at;
}

/* The match ends behind the last word character, which must not be the first one. */
static size_t match_hashtag(const axf_tweet_text *text, size_t at)
{
    size_t word = at;
    while (axf_tweet_at(text, word) == '#') {
        word++;
    }
    if (word == at || !axf_tweet_is(text, word, TWEET_W)) {
        return at;
    }
    size_t last = word;
    for (size_t i = word + 1; i < text->count; i++) {
        if (text->classes[i] & TWEET_W) {
            last = i;
        } else if (text->code[i] != '\'' && text->code[i] != '-') {
            break;
        }
    }
    return last > word ? last + 1 : at;
}

static bool is_mail_domain(const axf_tweet_text *text, size_t at)
{
    return axf_tweet_is(text, at, TWEET_W) || axf_tweet_at(text, at) == '-';
}

/* Returns the end of the address whose "@" is at `at`, or 0 when there is no address. It ends behind the last character
 * that is not a dot; that character must not be the first one behind the first dot. */
static size_t match_mail_domain(const axf_tweet_text *text, size_t at)
{
    size_t dot = at + 1;
    while (is_mail_domain(text, dot)) {
        dot++;
    }
    if (axf_tweet_at(text, at) != '@' || dot == at + 1 || axf_tweet_at(text, dot) != '.') {
        return 0;
    }
    size_t count = 0;
    size_t last = 0;
    for (size_t i = dot + 1; is_mail_domain(text, i); i += axf_tweet_at(text, i) == '.') {
        last = i++;
        count++;
    }
    return count > 1 ? last + 1 : 0;
}

static size_t match_mail(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    if (!(text->classes[at] & TWEET_MAIL)) {
        return at;
    }
    if (at < m->mail.begin || at >= m->mail.end) {
        m->mail = (axf_tweet_span){at, axf_tweet_run(text, at, TWEET_MAIL)};
        m->mail_end = axf_tweet_at(text, m->mail.end) == '@' ? match_mail_domain(text, m->mail.end) : 0;
    }
    return m->mail_end ? m->mail_end : at;
}

static size_t match_word(const axf_tweet_text *text, size_t at)
{
    if (!(text->classes[at] & TWEET_L)) {
        return at;
    }
    size_t last = at;
    for (size_t i = at + 1; i < text->count; i++) {
        if (text->classes[i] & TWEET_L) {
            last = i;
        } else if (!is_one_of(text->code[i], "'-_")) {
            break;
        }
    }
    return last > at + 1 ? last + 1 : at;
}

static size_t match_number(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    const size_t digits = at + is_one_of(text->code[at], "+-");
    if (!axf_tweet_is(text, digits, TWEET_D)) {
        return at;
    }
    const size_t separator = axf_tweet_known_run(text, &m->digits, digits, TWEET_D);
    if (!is_one_of(axf_tweet_at(text, separator), ",/.:-") || !axf_tweet_is(text, separator + 1, TWEET_D)) {
        return at;
    }
    const size_t end = axf_tweet_run(text, separator + 1, TWEET_D);
    return end + is_one_of(axf_tweet_at(text, end), "+-");
}

/* A dot and further dots, with any number of spaces between them. */
static size_t match_dots(const axf_tweet_text *text, size_t at)
{
    size_t end = at + 1;
    for (size_t i = end; text->code[at] == '.' && i < text->count; i++) {
        if (text->code[i] == '.') {
            end = i + 1;
        } else if (!(text->classes[i] & TWEET_S)) {
            break;
        }
    }
    return end > at + 1 ? end : at;
}

static size_t match_rest(axf_tweet_matcher *m, size_t at)
{
    size_t end = match_number(m, at);
    if (end == at) {
        end = axf_tweet_run(m->text, at, TWEET_W);
    }
    if (end == at) {
        end = match_dots(m->text, at);
    }
    return end == at ? at + 1 : end;
}

size_t axf_tweet_match(axf_tweet_matcher *m, size_t at)
{
    const axf_tweet_text *text = m->text;
    if (text->classes[at] & TWEET_S) {
        return at;
    }
    size_t end = axf_tweet_match_url(m, at);
    end = end == at ? match_bare_domain(m, at) : end;
    end = end == at ? match_phone(text, at) : end;
    end = end == at ? match_emoticon(text, at) : end;
    end = end == at ? match_tag(m, at) : end;
    end = end == at ? match_arrow(text, at) : end;
    end = end == at ? match_user(text, at) : end;
    end = end == at ? match_hashtag(text, at) : end;
    end = end == at ? match_mail(m, at) : end;
    end = end == at ? match_word(text, at) : end;
    return end == at ? match_rest(m, at) : end;
}

void axf_tweet_matcher_free(axf_tweet_matcher *m)
{
    free(m->url.stop);
}
