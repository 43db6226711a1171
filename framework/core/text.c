#include "core/text.h"

#include "core/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 64 };

/* ---- the closest name ---- */

static unsigned char lower(char byte)
{
    return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned axf_text_distance(const char *a, const char *b, unsigned limit)
{
    const size_t m = strlen(a), n = strlen(b);
    const size_t apart = m > n ? m - n : n - m;
    if (m > LONGEST_NAME || n > LONGEST_NAME || apart > limit) {
        return limit + 1;
    }
    unsigned rows[3][LONGEST_NAME + 1]; /* the last two rows of the table and the one in work */
    for (unsigned j = 0; j <= n; j++) {
        rows[0][j] = j;
    }
    for (unsigned i = 1; i <= m; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            const unsigned char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y) {
                row[j] = least(row[j], above2[j - 2] + 1);
            }
        }
    }
    return least(rows[m % 3][n], limit + 1);
}

void axf_closest_offer(axf_closest *best, const char *name)
{
    const size_t third = strlen(best->word) / 3;
    const unsigned allowed = best->name != NULL ? best->distance : third > 0 ? (unsigned)third + 1 : 2;
    const unsigned distance = allowed > 0 ? axf_text_distance(best->word, name, allowed - 1) : allowed;
    if (distance < allowed) {
        best->name = name;
        best->distance = distance;
    }
}

int axf_text_ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* ---- escaping ---- */

static int reorders(uint32_t code_point)
{
    return code_point == 0x61C || code_point == 0x200E || code_point == 0x200F ||
           (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

static void put_terminal(axf_strbuf *out, const char *text, size_t length, const char *kept)
{
    for (size_t at = 0; at < length;) {
        uint32_t code_point;
        const size_t size = axf_utf8_next(text + at, length - at, &code_point);
        if (size == 0) {
            axf_strbuf_printf(out, "\\x%02x", (unsigned char)text[at]);
        } else if (code_point != 0 && code_point < 0x80 && strchr(kept, (int)code_point) != NULL) {
            axf_strbuf_putc(out, text[at]);
        } else if (code_point == '\n' || code_point == '\t' || code_point == '\r') {
            axf_strbuf_puts(out, code_point == '\n' ? "\\n" : code_point == '\t' ? "\\t" : "\\r");
        } else if (code_point < 0x20 || code_point == 0x7F) {
            axf_strbuf_printf(out, "\\x%02x", (unsigned)code_point);
        } else if ((code_point >= 0x80 && code_point < 0xA0) || code_point == 0x2028 || code_point == 0x2029 ||
                   reorders(code_point)) {
            axf_strbuf_printf(out, "\\u{%x}", (unsigned)code_point);
        } else {
            axf_strbuf_add(out, text + at, size);
        }
        at += size > 0 ? size : 1;
    }
}

void axf_terminal_put(axf_strbuf *out, const char *text, size_t length)
{
    put_terminal(out, text, length, "");
}

void axf_terminal_put_lines(axf_strbuf *out, const char *text, size_t length)
{
    put_terminal(out, text, length, "\n\t");
}

static void put_json_ascii(axf_strbuf *out, char byte)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = byte != '\0' ? strchr(from, byte) : NULL;
    if (found != NULL) {
        axf_strbuf_putc(out, '\\');
        axf_strbuf_putc(out, to[found - from]);
    } else if ((unsigned char)byte < 0x20 || byte == '<' || byte == 0x7F) {
        axf_strbuf_printf(out, "\\u%04x", (unsigned char)byte);
    } else {
        axf_strbuf_putc(out, byte);
    }
}

void axf_json_put_string_n(axf_strbuf *out, const char *text, size_t length)
{
    axf_strbuf clean = {0};
    axf_utf8_copy_lossy(&clean, text, length);
    axf_strbuf_putc(out, '"');
    for (size_t i = 0; i < clean.length; i++) {
        if ((unsigned char)clean.data[i] < 0x80) {
            put_json_ascii(out, clean.data[i]);
        } else {
            axf_strbuf_putc(out, clean.data[i]);
        }
    }
    axf_strbuf_putc(out, '"');
    axf_strbuf_free(&clean);
}

void axf_json_put_string(axf_strbuf *out, const char *text)
{
    axf_json_put_string_n(out, text, strlen(text));
}

/* ---- numbers ---- */

const char *axf_text_real(double value, char out[AXF_REAL_TEXT])
{
    if (isnan(value)) { /* printf may write -nan, depending on a bit without meaning */
        return strcpy(out, "nan");
    }
    char local[AXF_REAL_TEXT];
    snprintf(local, sizeof local, "%.9g", value);
    size_t length = 0;
    for (const char *at = local; *at != '\0'; at++) {
        if (strchr("+-0123456789einf", *at) != NULL) {
            out[length++] = *at;
        } else if (length == 0 || out[length - 1] != '.') { /* a locale's point may be several bytes */
            out[length++] = '.';
        }
    }
    out[length] = '\0';
    return out;
}

void axf_json_put_real(axf_strbuf *out, double value)
{
    char text[AXF_REAL_TEXT];
    axf_strbuf_puts(out, isfinite(value) ? axf_text_real(value, text) : "null");
}
