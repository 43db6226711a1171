#include "core/utf8.h"

enum { REPLACEMENT = 0xFFFD };

/* What a first byte promises: the length, and the range of the second byte that excludes overlong forms, surrogates and
 * values above U+10FFFF (Unicode Standard, table 3-7). Length 0: not a first byte. */
typedef struct lead {
    uint8_t length, low, high;
} lead;

static lead lead_of(unsigned char byte)
{
    if (byte < 0x80) {
        return (lead){1, 0, 0};
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        return (lead){2, 0x80, 0xBF};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return (lead){3, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return (lead){4, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    }
    return (lead){0, 0, 0};
}

/* Bytes at `text` that can begin a code point, and whether they complete it. */
static size_t measure(const unsigned char *text, size_t length, int *complete)
{
    *complete = 0;
    const lead first = lead_of(text[0]);
    if (first.length == 0) {
        return 1;
    }
    size_t at = 1;
    while (at < first.length && at < length) {
        const unsigned char low = at == 1 ? first.low : 0x80, high = at == 1 ? first.high : 0xBF;
        if (text[at] < low || text[at] > high) {
            return at;
        }
        at++;
    }
    *complete = at == first.length;
    return at;
}

size_t axf_utf8_next(const char *text, size_t length, uint32_t *code_point)
{
    int complete = 0;
    const unsigned char *bytes = (const unsigned char *)text;
    const size_t size = length > 0 ? measure(bytes, length, &complete) : 0;
    if (!complete) {
        return 0;
    }
    static const unsigned char mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = bytes[0] & mask[size];
    for (size_t i = 1; i < size; i++) {
        value = value << 6 | (bytes[i] & 0x3F);
    }
    *code_point = value;
    return size;
}

size_t axf_utf8_valid_length(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint32_t code_point;
        const size_t size = axf_utf8_next(text + at, length - at, &code_point);
        if (size == 0) {
            break;
        }
        at += size;
    }
    return at;
}

static int is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t axf_utf8_floor(const char *text, size_t length)
{
    while (length > 0 && is_continuation(text[length])) {
        length--;
    }
    return length;
}

size_t axf_utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += !is_continuation(text[i]);
    }
    return count;
}

void axf_utf8_put(axf_strbuf *out, uint32_t code_point)
{
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
        code_point = REPLACEMENT;
    }
    if (code_point < 0x80) {
        axf_strbuf_putc(out, (char)code_point);
        return;
    }
    const int more = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    static const unsigned char mark[] = {0, 0xC0, 0xE0, 0xF0};
    axf_strbuf_putc(out, (char)(unsigned char)(mark[more] | code_point >> 6 * more));
    for (int i = more - 1; i >= 0; i--) {
        axf_strbuf_putc(out, (char)(unsigned char)(0x80 | (code_point >> 6 * i & 0x3F)));
    }
}

void axf_utf8_copy_lossy(axf_strbuf *out, const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        const size_t valid = axf_utf8_valid_length(text + at, length - at);
        axf_strbuf_add(out, text + at, valid);
        at += valid;
        if (at < length) {
            int complete;
            at += measure((const unsigned char *)text + at, length - at, &complete);
            axf_utf8_put(out, REPLACEMENT);
        }
    }
}
