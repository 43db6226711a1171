#include "spec/node.h"

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The macros of node.h for the analyzer must not change the definitions below. */
#undef axf_node_fail
#undef axf_source_fail

/* A long line is cut to this many characters around the caret. */
enum { EXCERPT_WIDTH = 120 };

static axf_node *new_node(axf_arena *arena, int32_t kind, const axf_node *at)
{
    axf_node *node = axf_arena_alloc(arena, sizeof *node);
    node->kind = kind;
    if (at != NULL) {
        node->line = at->line;
        node->column = at->column;
        node->source = at->source;
    }
    return node;
}

axf_node *axf_node_scalar(axf_arena *arena, const axf_node *at, const char *text, bool quoted)
{
    axf_node *node = new_node(arena, AXF_NODE_SCALAR, at);
    node->text = axf_arena_copy(arena, text);
    node->quoted = quoted;
    return node;
}

axf_node *axf_node_list(axf_arena *arena, const axf_node *at)
{
    return new_node(arena, AXF_NODE_LIST, at);
}

axf_node *axf_node_map(axf_arena *arena, const axf_node *at)
{
    return new_node(arena, AXF_NODE_MAP, at);
}

static const axf_node **grown(axf_arena *arena, const axf_node **old, uint32_t count, uint32_t capacity)
{
    const axf_node **fresh = axf_arena_alloc(arena, capacity * sizeof(const axf_node *));
    if (count > 0) {
        memcpy(fresh, old, count * sizeof(const axf_node *));
    }
    return fresh;
}

static void reserve_one(axf_arena *arena, axf_node *node)
{
    if (node->count < node->capacity) {
        return;
    }
    node->capacity = node->capacity > 0 ? node->capacity * 2 : 4;
    node->items = grown(arena, node->items, node->count, node->capacity);
    if (node->kind == AXF_NODE_MAP) {
        node->keys = grown(arena, node->keys, node->count, node->capacity);
    }
}

void axf_node_append(axf_arena *arena, axf_node *list, const axf_node *item)
{
    reserve_one(arena, list);
    list->items[list->count++] = item;
}

void axf_node_set(axf_arena *arena, axf_node *map, const axf_node *key, const axf_node *value)
{
    int64_t index = axf_node_index(map, key->text);
    if (index < 0) {
        reserve_one(arena, map);
        index = map->count++;
    }
    map->keys[index] = key;
    map->items[index] = value;
}

void axf_node_set_text(axf_arena *arena, axf_node *map, const char *key, const axf_node *value)
{
    axf_node_set(arena, map, axf_node_scalar(arena, value, key, false), value);
}

void axf_node_remove(axf_node *map, uint32_t index)
{
    for (uint32_t i = index + 1; i < map->count; i++) {
        map->keys[i - 1] = map->keys[i];
        map->items[i - 1] = map->items[i];
    }
    map->count--;
}

axf_node *axf_node_copy(axf_arena *arena, const axf_node *container)
{
    axf_node *copy = axf_arena_alloc(arena, sizeof *copy);
    *copy = *container;
    copy->capacity = container->count + 4;
    copy->items = grown(arena, container->items, container->count, copy->capacity);
    if (container->kind == AXF_NODE_MAP) {
        copy->keys = grown(arena, container->keys, container->count, copy->capacity);
    }
    return copy;
}

int64_t axf_node_index(const axf_node *map, const char *key)
{
    if (map == NULL || map->kind != AXF_NODE_MAP) {
        return -1;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        if (strcmp(map->keys[i]->text, key) == 0) {
            return i;
        }
    }
    return -1;
}

const axf_node *axf_node_get(const axf_node *map, const char *key)
{
    const int64_t index = axf_node_index(map, key);
    return index < 0 || axf_node_is_null(map->items[index]) ? NULL : map->items[index];
}

bool axf_node_is_null(const axf_node *node)
{
    return node == NULL || (node->kind == AXF_NODE_SCALAR && !node->quoted &&
                            (strcasecmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0));
}

const char *axf_node_where(axf_arena *arena, const axf_node *node)
{
    if (node == NULL || node->source == NULL) {
        return "";
    }
    return node->source->command_line
               ? axf_arena_printf(arena, "on the command line: %s", node->source->name)
               : axf_arena_printf(arena, "%s:%u:%u", node->source->name, node->line, node->column);
}

/* Appends one character (or one byte that is not part of a character) in a form that is safe for a terminal. Returns
 * the columns that it takes, and moves *text to the next character. */
static size_t add_shown(axf_strbuf *out, const char **text, const char *end)
{
    uint32_t code_point;
    const size_t length = axf_utf8_next(*text, (size_t)(end - *text), &code_point);
    const size_t bytes = length > 0 ? length : 1, before = out->length;
    axf_terminal_put(out, *text, bytes);
    *text += bytes;
    return out->length - before == bytes ? 1 : out->length - before;
}

/* The length in bytes of the line break at `text`, 0 when there is none. These are the breaks that libyaml counts. */
static size_t break_length(const char *text, const char *end)
{
    const size_t left = (size_t)(end - text);
    if (left >= 2 && memcmp(text, "\r\n", 2) == 0) {
        return 2;
    }
    if (left >= 1 && (*text == '\n' || *text == '\r')) {
        return 1;
    }
    if (left >= 2 && memcmp(text, "\xc2\x85", 2) == 0) {
        return 2;
    }
    return left >= 3 && memcmp(text, "\xe2\x80", 2) == 0 && (text[2] == '\xa8' || text[2] == '\xa9') ? 3 : 0;
}

static void find_line(const axf_source *source, uint32_t line, const char **begin, const char **end)
{
    const char *last = source->text + source->length;
    const char *at = source->text;
    for (uint32_t i = 1; i < line && at < last;) {
        const size_t length = break_length(at, last);
        at += length > 0 ? length : 1;
        i += length > 0;
    }
    *begin = at;
    while (at < last && break_length(at, last) == 0) {
        at++;
    }
    *end = at;
}

/* Appends the line, with a caret below the character at `column`. One column after the end is allowed. */
static void add_excerpt(axf_strbuf *out, const axf_source *source, uint32_t line, uint32_t column)
{
    const char *at, *end;
    find_line(source, line, &at, &end);
    const uint32_t first = column > EXCERPT_WIDTH - 20 ? column - EXCERPT_WIDTH / 2 : 1;
    axf_strbuf shown = {0};
    size_t width = 0, caret = 0;
    for (uint32_t c = 1; at < end && c < first + EXCERPT_WIDTH; c++) {
        if (c == first) {
            axf_strbuf_clear(&shown);
            width = 0;
        }
        width += add_shown(&shown, &at, end);
        caret = c < column ? width : caret;
    }
    axf_strbuf_printf(out, "%s\n%*s^", axf_strbuf_text(&shown), (int)caret, "");
    axf_strbuf_free(&shown);
}

static void put_shown(axf_strbuf *out, const char *text)
{
    axf_terminal_put(out, text, strlen(text));
}

static axf_status fail_at(const axf_source *source, uint32_t line, uint32_t column, const char *format,
                          va_list arguments)
{
    axf_strbuf file = {0}, text = {0}, excerpt = {0};
    char message[3072];
    vsnprintf(message, sizeof message, format, arguments);
    put_shown(&text, message);
    if (source != NULL) {
        axf_strbuf_puts(&file, source->command_line ? "on the command line: " : "");
        put_shown(&file, source->name);
    }
    const int placed = source != NULL && !source->command_line;
    if (placed) {
        add_excerpt(&excerpt, source, line, column);
    }
    axf_fail_excerpt(AXF_ERR_SPEC, axf_strbuf_text(&file), placed ? line : 0, placed ? column : 0,
                     axf_strbuf_text(&excerpt), axf_strbuf_text(&text));
    axf_strbuf_free(&file);
    axf_strbuf_free(&text);
    axf_strbuf_free(&excerpt);
    return AXF_ERR_SPEC;
}

axf_status axf_source_fail(const axf_source *source, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const axf_status status = fail_at(source, line, column, format, arguments);
    va_end(arguments);
    return status;
}

axf_status axf_node_fail(const axf_node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const axf_status status = fail_at(node != NULL ? node->source : NULL, node != NULL ? node->line : 0,
                                      node != NULL ? node->column : 0, format, arguments);
    va_end(arguments);
    return status;
}
