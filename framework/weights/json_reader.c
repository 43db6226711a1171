#include "weights/json_reader.h"

#include "core/error.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

axf_status axf_json_fail(const axf_json_reader *reader, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return axf_fail(AXF_ERR_FORMAT, "'%s': JSON byte %zu: %s", reader->source, reader->at, text);
}

static int is_one_of(const char *set, char byte)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

char axf_json_peek(axf_json_reader *reader)
{
    while (reader->at < reader->length && is_one_of(" \t\r\n", reader->text[reader->at])) {
        reader->at++;
    }
    return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

int axf_json_take(axf_json_reader *reader, char byte)
{
    const int found = axf_json_peek(reader) == byte && reader->at < reader->length;
    reader->at += (size_t)found;
    return found;
}

axf_status axf_json_expect(axf_json_reader *reader, char byte, const char *what)
{
    if (axf_json_take(reader, byte)) {
        return AXF_OK;
    }
    if (reader->at == reader->length) {
        return axf_json_fail(reader, "expected %s, but the text ends", what);
    }
    return axf_json_fail(reader, "expected %s, found byte 0x%02x", what, (unsigned char)reader->text[reader->at]);
}

/* ---- strings ---- */

static axf_status hex4(axf_json_reader *reader, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        static const char digits[] = "0123456789abcdef";
        const char byte = reader->at < reader->length ? reader->text[reader->at] : '\0';
        const char *digit = byte != '\0' ? strchr(digits, byte >= 'A' && byte <= 'F' ? byte + 32 : byte) : NULL;
        if (digit == NULL) {
            return axf_json_fail(reader, "\\u needs four hexadecimal digits");
        }
        *value = *value << 4 | (uint32_t)(digit - digits);
    }
    return AXF_OK;
}

static axf_status unicode_escape(axf_json_reader *reader, axf_strbuf *out)
{
    uint32_t high, low;
    AXF_TRY(hex4(reader, &high));
    if (high >= 0xD800 && high <= 0xDBFF) {
        if (reader->length - reader->at < 2 || memcmp(reader->text + reader->at, "\\u", 2) != 0) {
            return axf_json_fail(reader, "a high surrogate stands alone");
        }
        reader->at += 2;
        AXF_TRY(hex4(reader, &low));
        if (low < 0xDC00 || low > 0xDFFF) {
            return axf_json_fail(reader, "a high surrogate stands alone");
        }
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    } else if (high >= 0xDC00 && high <= 0xDFFF) {
        return axf_json_fail(reader, "a low surrogate stands alone");
    } else if (high == 0) {
        return axf_json_fail(reader, "U+0000 is not allowed here");
    }
    axf_utf8_put(out, high);
    return AXF_OK;
}

static axf_status escape(axf_json_reader *reader, axf_strbuf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char byte = reader->at < reader->length ? reader->text[reader->at] : '\0';
    if (byte == 'u') {
        reader->at++;
        return unicode_escape(reader, out);
    }
    const char *found = byte != '\0' ? strchr(from, byte) : NULL;
    if (found == NULL) {
        return axf_json_fail(reader, "unknown escape");
    }
    axf_strbuf_putc(out, to[found - from]);
    reader->at++;
    return AXF_OK;
}

axf_status axf_json_string(axf_json_reader *reader, axf_strbuf *out)
{
    axf_strbuf_clear(out);
    AXF_TRY(axf_json_expect(reader, '"', "a string"));
    while (reader->at < reader->length) {
        const unsigned char byte = (unsigned char)reader->text[reader->at];
        if (byte == '"') {
            reader->at++;
            return AXF_OK;
        }
        if (byte == '\\') {
            reader->at++;
            AXF_TRY(escape(reader, out));
            continue;
        }
        uint32_t code_point;
        const size_t size = axf_utf8_next(reader->text + reader->at, reader->length - reader->at, &code_point);
        if (size == 0) {
            return axf_json_fail(reader, "invalid UTF-8 (byte 0x%02x)", byte);
        }
        if (code_point < 0x20) {
            return axf_json_fail(reader, "control character 0x%02x in a string", byte);
        }
        axf_strbuf_add(out, reader->text + reader->at, size);
        reader->at += size;
    }
    return axf_json_fail(reader, "the text ends within a string");
}

/* ---- numbers and the rest ---- */

static int is_digit(const axf_json_reader *reader)
{
    return reader->at < reader->length && reader->text[reader->at] >= '0' && reader->text[reader->at] <= '9';
}

axf_status axf_json_integer(axf_json_reader *reader, int64_t *value)
{
    axf_json_peek(reader);
    if (!is_digit(reader)) {
        return axf_json_fail(reader, "expected a whole number, 0 or more");
    }
    const size_t start = reader->at;
    *value = 0;
    for (; is_digit(reader); reader->at++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, reader->text[reader->at] - '0', value)) {
            return axf_json_fail(reader, "the number is larger than 2^63 - 1");
        }
    }
    const char next = reader->at < reader->length ? reader->text[reader->at] : '\0';
    if ((reader->text[start] == '0' && reader->at - start > 1) || next == '.' || next == 'e' || next == 'E') {
        return axf_json_fail(reader, "expected a whole number without leading zeros, fraction and exponent");
    }
    return AXF_OK;
}

/* A number of any form; only steps over it. */
static axf_status skip_number(axf_json_reader *reader)
{
    if (reader->text[reader->at] == '-') {
        reader->at++;
    }
    if (!is_digit(reader)) {
        return axf_json_fail(reader, "expected a value");
    }
    while (reader->at < reader->length && is_one_of("+-.0123456789Ee", reader->text[reader->at])) {
        reader->at++;
    }
    return AXF_OK;
}

static axf_status skip_word(axf_json_reader *reader)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t length = strlen(words[i]);
        if (reader->length - reader->at >= length && memcmp(reader->text + reader->at, words[i], length) == 0) {
            reader->at += length;
            return AXF_OK;
        }
    }
    return skip_number(reader);
}

static axf_status skip_value(axf_json_reader *reader, axf_strbuf *scratch, int depth);

static axf_status skip_members(axf_json_reader *reader, axf_strbuf *scratch, int depth, char close)
{
    if (depth == MAX_DEPTH) {
        return axf_json_fail(reader, "nested deeper than %d levels", MAX_DEPTH);
    }
    reader->at++;
    if (axf_json_take(reader, close)) {
        return AXF_OK;
    }
    do {
        if (close == '}') {
            AXF_TRY(axf_json_string(reader, scratch));
            AXF_TRY(axf_json_expect(reader, ':', "':' after a key"));
        }
        AXF_TRY(skip_value(reader, scratch, depth + 1));
    } while (axf_json_take(reader, ','));
    return axf_json_expect(reader, close, close == '}' ? "',' or '}'" : "',' or ']'");
}

static axf_status skip_value(axf_json_reader *reader, axf_strbuf *scratch, int depth)
{
    switch (axf_json_peek(reader)) {
    case '{':
        return skip_members(reader, scratch, depth, '}');
    case '[':
        return skip_members(reader, scratch, depth, ']');
    case '"':
        return axf_json_string(reader, scratch);
    case '\0':
        return axf_json_fail(reader, "expected a value");
    default:
        return skip_word(reader);
    }
}

axf_status axf_json_skip(axf_json_reader *reader)
{
    axf_strbuf scratch = {0};
    const axf_status status = skip_value(reader, &scratch, 0);
    axf_strbuf_free(&scratch);
    return status;
}

axf_status axf_json_end(axf_json_reader *reader)
{
    axf_json_peek(reader);
    return reader->at == reader->length ? AXF_OK : axf_json_fail(reader, "something follows the end of the value");
}
