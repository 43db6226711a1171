#include "spec/emit.h"

#include "core/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Whether a reader that guesses types would take this text for a number, a truth value or null. */
static bool looks_like_other(const char *text)
{
    static const char *const words[] = {"null", "~", "true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }
    const char *digits = text + strspn(text, "+-.");
    return isdigit((unsigned char)*digits) && digits[strspn(digits, "0123456789abcdefABCDEFxXoO_.:+-")] == '\0';
}

/* Whether the text needs no quotes anywhere in YAML. YAML itself allows more than this. */
static bool is_safe_plain(const char *text)
{
    const char *inner = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-~@=%$()<>*^;|!?&";
    if (text[0] == '\0' || strchr("-?@%=<>*!&|^;()$", text[0]) != NULL) {
        const bool number = text[0] == '-' && (isdigit((unsigned char)text[1]) || text[1] == '.');
        if (!number) {
            return false;
        }
    }
    return text[strspn(text, inner)] == '\0' && strcmp(text, "...") != 0;
}

static void add_quoted(const char *text, axf_strbuf *out)
{
    axf_strbuf_putc(out, '"');
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            axf_strbuf_printf(out, "\\%c", *c);
        } else if (*c == '\n') {
            axf_strbuf_puts(out, "\\n");
        } else if (*c == '\t') {
            axf_strbuf_puts(out, "\\t");
        } else if (*c < 0x20 || *c == 0x7f) {
            axf_strbuf_printf(out, "\\u%04x", *c);
        } else if (*c == 0xc2 && c[1] < 0xa0) { /* C1 controls: YAML allows them only when they are escaped */
            axf_strbuf_printf(out, "\\u%04x", *++c);
        } else if (*c == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9)) { /* line breaks in YAML, JavaScript */
            axf_strbuf_printf(out, "\\u20%02x", c[2] - 0x80);
            c += 2;
        } else if (*c == 0xef && c[1] == 0xbb && c[2] == 0xbf) {
            axf_strbuf_puts(out, "\\ufeff");
            c += 2;
        } else if (*c == 0xef && c[1] == 0xbf && c[2] >= 0xbe) { /* not characters: libyaml wants them escaped */
            axf_strbuf_puts(out, c[2] == 0xbe ? "\\ufffe" : "\\uffff");
            c += 2;
        } else {
            axf_strbuf_putc(out, (char)*c);
        }
    }
    axf_strbuf_putc(out, '"');
}

static void add_scalar(const axf_node *node, axf_strbuf *out)
{
    if (axf_node_is_null(node)) {
        axf_strbuf_puts(out, "null");
    } else if (!is_safe_plain(node->text) || (node->quoted && looks_like_other(node->text))) {
        add_quoted(node->text, out);
    } else {
        axf_strbuf_puts(out, node->text);
    }
}

static void add_key(const axf_node *key, axf_strbuf *out)
{
    if (is_safe_plain(key->text)) {
        axf_strbuf_puts(out, key->text);
    } else {
        add_quoted(key->text, out);
    }
}

void axf_node_emit_flow(const axf_node *node, axf_strbuf *out)
{
    if (node->kind == AXF_NODE_SCALAR) {
        add_scalar(node, out);
        return;
    }
    const bool map = node->kind == AXF_NODE_MAP;
    axf_strbuf_putc(out, map ? '{' : '[');
    for (uint32_t i = 0; i < node->count; i++) {
        axf_strbuf_puts(out, i > 0 ? ", " : "");
        if (map) {
            add_key(node->keys[i], out);
            axf_strbuf_puts(out, ": ");
        }
        axf_node_emit_flow(node->items[i], out);
    }
    axf_strbuf_putc(out, map ? '}' : ']');
}

static bool is_flat(const axf_node *node)
{
    for (uint32_t i = 0; node->kind == AXF_NODE_LIST && i < node->count; i++) {
        if (node->items[i]->kind != AXF_NODE_SCALAR) {
            return false;
        }
    }
    return node->kind != AXF_NODE_MAP || node->count == 0;
}

/* A map inside a list starts after the dash, so its first line is already indented. */
static void emit_block(const axf_node *node, uint32_t indent, bool indented, axf_strbuf *out)
{
    for (uint32_t i = 0; i < node->count; i++) {
        axf_strbuf_printf(out, "%*s", i == 0 && indented ? 0 : (int)indent, "");
        const axf_node *item = node->items[i];
        if (node->kind == AXF_NODE_MAP) {
            add_key(node->keys[i], out);
            axf_strbuf_putc(out, ':');
        } else {
            axf_strbuf_putc(out, '-');
        }
        if (is_flat(item)) {
            axf_strbuf_putc(out, ' ');
            axf_node_emit_flow(item, out);
            axf_strbuf_putc(out, '\n');
        } else if (node->kind == AXF_NODE_MAP) {
            axf_strbuf_putc(out, '\n');
            emit_block(item, indent + 2, false, out);
        } else {
            axf_strbuf_putc(out, ' ');
            emit_block(item, indent + 2, true, out);
        }
    }
}

void axf_node_emit(const axf_node *node, uint32_t indent, axf_strbuf *out)
{
    if (is_flat(node)) {
        axf_strbuf_printf(out, "%*s", (int)indent, "");
        axf_node_emit_flow(node, out);
        axf_strbuf_putc(out, '\n');
    } else {
        emit_block(node, indent, false, out);
    }
}

static bool is_json_number(const char *text)
{
    const char *at = text + (text[0] == '-');
    const size_t whole = strspn(at, "0123456789");
    if (whole == 0 || (whole > 1 && at[0] == '0')) {
        return false;
    }
    at += whole;
    if (at[0] == '.') {
        const size_t part = strspn(at + 1, "0123456789");
        if (part == 0) {
            return false;
        }
        at += part + 1;
    }
    if (at[0] == 'e' || at[0] == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        const size_t power = strspn(at, "0123456789");
        if (power == 0) {
            return false;
        }
        at += power;
    }
    return at[0] == '\0';
}

void axf_node_json(const axf_node *node, axf_strbuf *out)
{
    if (axf_node_is_null(node)) {
        axf_strbuf_puts(out, "null");
    } else if (node->kind == AXF_NODE_SCALAR) {
        const bool word = strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0;
        if (!node->quoted && (word || is_json_number(node->text))) {
            axf_strbuf_puts(out, node->text);
        } else {
            axf_json_put_string(out, node->text);
        }
    } else {
        const bool map = node->kind == AXF_NODE_MAP;
        axf_strbuf_putc(out, map ? '{' : '[');
        for (uint32_t i = 0; i < node->count; i++) {
            axf_strbuf_puts(out, i > 0 ? ", " : "");
            if (map) {
                axf_json_put_string(out, node->keys[i]->text);
                axf_strbuf_puts(out, ": ");
            }
            axf_node_json(node->items[i], out);
        }
        axf_strbuf_putc(out, map ? '}' : ']');
    }
}
