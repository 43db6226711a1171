#include "common/tweet/entities.h"

#include "common/text/classes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/tweet/entities.inc"

#define NO_CODE UINT32_MAX

/* Newer versions of Python refuse decimal numbers with more digits than this; older ones read any number. */
#define MAX_DECIMAL_DIGITS 4300

/* Windows-1252 from 0x80 to 0x9F; 0 where it is undefined. */
static const uint16_t WINDOWS_1252[32] = {
    0x20AC, 0,      0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0,      0x17D,  0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0,      0x17E,  0x178,
};

static int digit_value(uint32_t code, unsigned base)
{
    const uint32_t lower = code | 0x20;
    if (base == 16 && lower >= 'a' && lower <= 'f') {
        return (int)(lower - 'a') + 10;
    }
    return code >= '0' && code <= '9' ? (int)(code - '0') : code < 0x80 ? -1 : axf_code_digit_value(code);
}

/* The result of Python's int(text, base) for a text without white space; NO_CODE where that fails, or where the number
 * is negative or above U+10FFFF. */
static uint32_t parse_number(const uint32_t *text, size_t count, unsigned base)
{
    size_t at = 0;
    const bool negative = count > 0 && text[0] == '-';
    if (count > 0 && (text[0] == '-' || text[0] == '+')) {
        at++;
    }
    if (base == 16 && at + 1 < count && digit_value(text[at], 10) == 0 && (text[at + 1] | 0x20) == 'x') {
        at += 2;
        at += at < count && text[at] == '_';
    }
    uint64_t number = 0;
    size_t digits = 0;
    bool after_digit = false;
    for (; at < count; at++) {
        if (text[at] == '_' && after_digit) {
            after_digit = false;
            continue;
        }
        const int value = digit_value(text[at], base);
        if (value < 0) {
            return NO_CODE;
        }
        number = number > 0x10FFFF ? number : number * base + (uint64_t)value;
        digits++;
        after_digit = true;
    }
    if (!after_digit || number > 0x10FFFF || (negative && number > 0) || (base == 10 && digits > MAX_DECIMAL_DIGITS)) {
        return NO_CODE;
    }
    return (uint32_t)number;
}

static int compare_name(const void *key, const void *entry)
{
    return strcmp(key, entry);
}

static uint32_t find_name(const uint32_t *text, size_t count)
{
    char name[sizeof(ENTITIES[0].name)] = {0};
    if (count >= sizeof(name)) {
        return NO_CODE;
    }
    for (size_t i = 0; i < count; i++) {
        if (text[i] == 0 || text[i] > 0x7F) {
            return NO_CODE;
        }
        name[i] = (char)text[i];
    }
    const void *found =
        bsearch(name, ENTITIES, sizeof(ENTITIES) / sizeof(ENTITIES[0]), sizeof(ENTITIES[0]), compare_name);
    return found ? ENTITIES[((const char *)found - (const char *)ENTITIES) / (ptrdiff_t)sizeof(ENTITIES[0])].code
                 : NO_CODE;
}

/* The code point that the text between "&" and ";" stands for, or NO_CODE. */
static uint32_t decode(const uint32_t *text, size_t count)
{
    const bool hash = text[0] == '#';
    const bool hex = count > hash && text[hash] == 'x';
    const size_t marks = (size_t)hash + hex;
    if (marks == 0) {
        return find_name(text, count);
    }
    if (marks == count) {
        return NO_CODE; /* there is neither a number nor a known name between the marks */
    }
    const uint32_t code = parse_number(text + marks, count - marks, hex ? 16 : 10);
    if (code >= 0x80 && code <= 0x9F) {
        return WINDOWS_1252[code - 0x80] ? WINDOWS_1252[code - 0x80] : NO_CODE;
    }
    return code;
}

size_t axf_tweet_decode_entities(uint32_t *code, size_t count)
{
    size_t to = 0;
    size_t at = 0;
    while (at < count) {
        size_t end = at + 1;
        if (code[at] == '&') {
            while (end < count && code[end] != '&' && code[end] != ';' && !axf_code_is_space(code[end])) {
                end++;
            }
        }
        if (code[at] != '&' || end == at + 1 || end == count || code[end] != ';') {
            memmove(code + to, code + at, (end - at) * sizeof(*code));
            to += end - at;
            at = end;
            continue;
        }
        const uint32_t decoded = decode(code + at + 1, end - at - 1);
        if (decoded != NO_CODE) {
            code[to++] = decoded;
        }
        at = end + 1;
    }
    return to;
}
