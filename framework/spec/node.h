/* The tree of a YAML document. Every node knows where it was written, so that an error found much later still points
 * there.
 *
 * Nodes live in an arena and are never changed once a parser or builder has handed them out: merged trees share them.
 * Types are not guessed here: a scalar is its text, and the option it is meant for decides what it is. */
#ifndef AXF_SPEC_NODE_H
#define AXF_SPEC_NODE_H

#include "core/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct axf_source { /* a file, or one setting on the command line */
    const char *name;       /* as messages show it: the file, or the whole setting `a.b=value` */
    const char *folder;     /* absolute; relative paths written in this source start there */
    const char *text;       /* what the parser reads, NUL-terminated */
    size_t length;
    bool command_line;
} axf_source;

enum { AXF_NODE_SCALAR = 1, AXF_NODE_LIST, AXF_NODE_MAP };

typedef struct axf_node {
    int32_t kind;             /* AXF_NODE_… */
    bool quoted;              /* SCALAR: 'null' and "null" are text; null without quotes means that there is no value */
    uint32_t line, column;    /* both begin with 1; the column is in characters */
    const axf_source *source; /* NULL: made by the program */
    const char *text;         /* SCALAR: valid UTF-8 without NUL */
    uint32_t count, capacity;
    const struct axf_node **keys;  /* MAP: count scalars, all different */
    const struct axf_node **items; /* MAP: the value of each key; LIST: the elements */
} axf_node;

/* Make new nodes with the position of `at` (NULL: without a position). The text is copied. */
axf_node *axf_node_scalar(axf_arena *arena, const axf_node *at, const char *text, bool quoted);
axf_node *axf_node_list(axf_arena *arena, const axf_node *at);
axf_node *axf_node_map(axf_arena *arena, const axf_node *at);
void axf_node_append(axf_arena *arena, axf_node *list, const axf_node *item);

/* Sets the value of key->text, replacing an older value and key. */
void axf_node_set(axf_arena *arena, axf_node *map, const axf_node *key, const axf_node *value);
void axf_node_set_text(axf_arena *arena, axf_node *map, const char *key, const axf_node *value);
void axf_node_remove(axf_node *map, uint32_t index);

/* A new list or map with the same children. */
axf_node *axf_node_copy(axf_arena *arena, const axf_node *container);

/* The index of `key` in a map; -1 when it is not there, or when `map` is not a map. */
int64_t axf_node_index(const axf_node *map, const char *key);

/* The value of a key; NULL when the key is not there, and also when its value is null. Both mean "not given" to the
 * code that reads a section. Code that goes over all entries of a map must skip those that are axf_node_is_null. */
const axf_node *axf_node_get(const axf_node *map, const char *key);

/* True for NULL, and for a plain `null` or `~`. */
bool axf_node_is_null(const axf_node *node);

/* "file:line:column", or "on the command line: a.b=value". */
const char *axf_node_where(axf_arena *arena, const axf_node *node);

/* Records an error with the place of the node, the line of the file and a line with a caret below it; returns
 * AXF_ERR_SPEC. Control characters are shown escaped. When `node` is NULL, the error has no place. */
axf_status axf_node_fail(const axf_node *node, const char *format, ...) AXF_PRINTF(2, 3);
axf_status axf_source_fail(const axf_source *source, uint32_t line, uint32_t column, const char *format, ...)
    AXF_PRINTF(4, 5);

#ifdef __clang_analyzer__ /* as in core/error.h */
#define axf_node_fail(...) (axf_node_fail(__VA_ARGS__), (axf_status)AXF_ERR_SPEC)
#define axf_source_fail(...) (axf_source_fail(__VA_ARGS__), (axf_status)AXF_ERR_SPEC)
#endif

#endif
