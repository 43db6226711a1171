#include "common/text/python.h"

#include "common/text/classes.h"
#include "common/text/code_points.h"

#include <stdio.h>
#include <string.h>

/* Reads at most `most` digits of the base, and returns how many there are. */
static size_t digits(const char *text, size_t size, size_t most, uint32_t base, uint32_t *value)
{
    size_t count = 0;
    *value = 0;
    while (count < most && count < size) {
        const char c = text[count];
        const uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                               : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                               : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                      : base;
        if (digit >= base) {
            break;
        }
        *value = *value * base + digit;
        count++;
    }
    return count;
}

static size_t put(uint32_t value, int bytes, char *out)
{
    if (bytes) {
        out[0] = (char)value;
        return 1;
    }
    return axf_code_encode(value, out);
}

/* Reads the escape behind a backslash. *taken is its length in bytes, or 0 when Python would refuse it. */
static size_t escape(const char *text, size_t size, int bytes, char *out, size_t *taken)
{
    static const char letters[] = "abfnrtv\\'\"", values[] = "\a\b\f\n\r\t\v\\'\"";
    const char *letter = text[0] != '\0' ? strchr(letters, text[0]) : NULL;
    const size_t wide = text[0] == 'x' ? 2 : text[0] == 'u' && !bytes ? 4 : text[0] == 'U' && !bytes ? 8 : 0;
    uint32_t value;
    *taken = 1;
    if (letter != NULL) {
        out[0] = values[letter - letters];
        return 1;
    }
    if (text[0] == '\n') {
        return 0;
    }
    if (wide > 0) {
        const int good = digits(text + 1, size - 1, wide, 16, &value) == wide;
        *taken = good ? wide + 1 : 0;
        return good ? put(value, bytes, out) : 0;
    }
    const size_t octal = digits(text, size, 3, 8, &value);
    if (octal > 0) {
        *taken = octal;
        return put(value & (bytes ? 0xFF : 0x1FF), bytes, out);
    }
    out[0] = '\\';
    out[1] = text[0];
    return 2;
}

size_t axf_python_string(const char *text, size_t size, int bytes, char *out, size_t *length)
{
    *length = 0;
    if (size < 2 || (text[0] != '\'' && text[0] != '"')) {
        return 0;
    }
    for (size_t at = 1; at < size; at++) {
        if (text[at] == text[0]) {
            return at + 1;
        }
        if (text[at] == '\n') {
            return 0;
        }
        if (text[at] != '\\') {
            out[(*length)++] = text[at];
            continue;
        }
        size_t taken = 0;
        if (at + 1 < size) {
            *length += escape(text + at + 1, size - at - 1, bytes, out + *length, &taken);
        }
        if (taken == 0) {
            return 0;
        }
        at += taken;
    }
    return 0;
}

size_t axf_python_bytes(const char *bytes, size_t size, char *out)
{
    const char quote = memchr(bytes, '\'', size) != NULL && memchr(bytes, '"', size) == NULL ? '"' : '\'';
    char *to = out;
    *to++ = 'b';
    *to++ = quote;
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        const char letter = c == '\t'                        ? 't'
                            : c == '\n'                      ? 'n'
                            : c == '\r'                      ? 'r'
                            : c == '\\' || bytes[i] == quote ? bytes[i]
                                                             : '\0';
        if (letter != '\0') {
            *to++ = '\\';
            *to++ = letter;
        } else if (c < 0x20 || c >= 0x7F) {
            to += sprintf(to, "\\x%02x", c);
        } else {
            *to++ = (char)c;
        }
    }
    *to++ = quote;
    *to = '\0';
    return (size_t)(to - out);
}

bool axf_python_is_space(uint32_t code)
{
    return axf_code_is_space(code) || (code >= 0x1C && code <= 0x1F);
}

int axf_python_has_word(const char *text, size_t size, const char *const *words)
{
    size_t start = 0;
    for (size_t at = 0; at <= size;) {
        uint32_t code = ' ';
        const size_t taken = at < size ? axf_code_decode(text + at, size - at, &code) : 1;
        if (axf_python_is_space(code)) {
            for (int i = 0; words[i] != NULL; i++) {
                if (strlen(words[i]) == at - start && memcmp(words[i], text + start, at - start) == 0) {
                    return 1;
                }
            }
            start = at + taken;
        }
        at += taken;
    }
    return 0;
}
