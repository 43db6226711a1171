#include "spec/yaml.h"

#include "core/error.h"
#include "files/path.h"
#include "files/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct anchor {
    const char *name;
    const axf_node *node; /* NULL while what it names is still being read */
    uint32_t nodes, height;
} anchor;

typedef struct reader {
    yaml_parser_t parser;
    axf_arena *arena;
    const axf_source *source;
    uint32_t nodes; /* so far, aliases expanded */
    uint32_t anchor_count;
    anchor anchors[AXF_YAML_MAX_ANCHORS];
} reader;

static axf_status read_node(reader *r, const yaml_event_t *event, uint32_t depth, const axf_node **node,
                            uint32_t *height);

static AXF_PRINTF(3, 4) axf_status fail_at(const reader *r, yaml_mark_t mark, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return axf_source_fail(r->source, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1, "%s", text);
}

/* Bytes that the reader refuses have no mark, so the position is counted from their offset. */
static axf_status fail_byte(const reader *r)
{
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < r->parser.problem_offset && i < r->source->length; i++) {
        const unsigned char byte = (unsigned char)r->source->text[i];
        line += byte == '\n';
        column = byte == '\n' ? 1 : column + ((byte & 0xc0) != 0x80);
    }
    return axf_source_fail(r->source, line, column, "%s (the file must be UTF-8 text)", r->parser.problem);
}

static bool is_tab(const reader *r, const yaml_mark_t *mark)
{
    const yaml_parser_t *parser = &r->parser;
    return parser->buffer.pointer < parser->buffer.last && *parser->buffer.pointer == '\t' &&
           parser->mark.index == mark->index;
}

static axf_status fail_parser(const reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    if (parser->error == YAML_READER_ERROR) {
        return fail_byte(r);
    }
    if (parser->error == YAML_MEMORY_ERROR) {
        return axf_fail(AXF_ERR_MEMORY, "%s: there is not enough memory to read the YAML", r->source->name);
    }
    if (is_tab(r, &parser->problem_mark)) {
        return fail_at(r, parser->problem_mark, "a tab is not allowed here: YAML is indented with spaces");
    }
    const char *context = parser->context != NULL ? parser->context : "";
    return fail_at(r, parser->problem_mark, "%s%s%s", context, parser->context != NULL ? ": " : "", parser->problem);
}

static axf_status next_event(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event) == 0) {
        memset(event, 0, sizeof *event);
        return fail_parser(r);
    }
    return AXF_OK;
}

static axf_status count_nodes(reader *r, const yaml_event_t *event, uint32_t more)
{
    if (more > AXF_YAML_MAX_NODES - r->nodes) {
        return fail_at(r, event->start_mark, "there are more than %d nodes after aliases are expanded",
                       AXF_YAML_MAX_NODES);
    }
    r->nodes += more;
    return AXF_OK;
}

/* Adds an anchor to the list. *place is its index, or -1 when the node has no anchor. The node of the anchor is filled
 * in when it is complete. */
static axf_status add_anchor(reader *r, const yaml_event_t *event, const yaml_char_t *name, int64_t *place)
{
    *place = -1;
    if (name == NULL) {
        return AXF_OK;
    }
    if (r->anchor_count == AXF_YAML_MAX_ANCHORS) {
        return fail_at(r, event->start_mark, "there are more than %d anchors", AXF_YAML_MAX_ANCHORS);
    }
    *place = r->anchor_count++;
    r->anchors[*place] = (anchor){.name = axf_arena_copy(r->arena, (const char *)name)};
    return AXF_OK;
}

static axf_status read_alias(reader *r, const yaml_event_t *event, uint32_t depth, const axf_node **node,
                             uint32_t *height)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (uint32_t i = r->anchor_count; i-- > 0;) {
        const anchor *a = &r->anchors[i];
        if (strcmp(a->name, name) != 0) {
            continue;
        }
        if (a->node == NULL) {
            return fail_at(r, event->start_mark, "alias *%s is inside the node that it names", name);
        }
        if (a->height > 0 && depth + a->height - 1 > AXF_YAML_MAX_DEPTH) {
            return fail_at(r, event->start_mark, "lists and maps are nested deeper than %d levels", AXF_YAML_MAX_DEPTH);
        }
        AXF_TRY(count_nodes(r, event, a->nodes));
        *node = a->node;
        *height = a->height;
        return AXF_OK;
    }
    return fail_at(r, event->start_mark, "alias *%s: there is no anchor &%s before it", name, name);
}

static axf_node *start_node(reader *r, const yaml_event_t *event, const char *text, bool quoted)
{
    const axf_node at = {.source = r->source,
                         .line = (uint32_t)event->start_mark.line + 1,
                         .column = (uint32_t)event->start_mark.column + 1};
    return text != NULL                               ? axf_node_scalar(r->arena, &at, text, quoted)
           : event->type == YAML_SEQUENCE_START_EVENT ? axf_node_list(r->arena, &at)
                                                      : axf_node_map(r->arena, &at);
}

static axf_status read_scalar(reader *r, const yaml_event_t *event, const axf_node **node)
{
    const char *text = (const char *)event->data.scalar.value;
    const bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (text == NULL || strlen(text) != event->data.scalar.length) {
        return fail_at(r, event->start_mark, "the text has a NUL character in it");
    }
    if (text[0] == '\0' && !quoted) {
        return fail_at(r, event->start_mark,
                       "nothing is written here: write {} for defaults, null for no value, '' for empty text");
    }
    *node = start_node(r, event, text, quoted);
    return AXF_OK;
}

static axf_status read_key(reader *r, const yaml_event_t *event, const axf_node *map, const axf_node **key)
{
    if (event->type != YAML_SCALAR_EVENT) {
        return fail_at(r, event->start_mark, "a key must be plain text, not a list, a map or an alias");
    }
    if (event->data.scalar.length == 0) {
        return fail_at(r, event->start_mark, "a key is empty");
    }
    if (event->data.scalar.length > AXF_YAML_MAX_KEY) {
        return fail_at(r, event->start_mark, "the key has more than %d bytes", AXF_YAML_MAX_KEY);
    }
    AXF_TRY(read_node(r, event, 1, key, &(uint32_t){0}));
    if (*key == NULL) {
        return axf_fail(AXF_ERR_INTERNAL, "a key has no node");
    }
    if (strcmp((*key)->text, "<<") == 0 && !(*key)->quoted) {
        return axf_node_fail(*key, "merge keys (<<) are not supported: use extends, or an alias as a whole value");
    }
    const int64_t older = axf_node_index(map, (*key)->text);
    if (older >= 0) {
        return axf_node_fail(*key, "key '%s' is written twice, first in line %u", (*key)->text, map->keys[older]->line);
    }
    if (map->count == AXF_YAML_MAX_KEYS) {
        return axf_node_fail(*key, "the map has more than %d keys", AXF_YAML_MAX_KEYS);
    }
    return AXF_OK;
}

/* Reads the children of a list or map up to its end event. *height becomes the height of the highest child. */
static axf_status read_children(reader *r, axf_node *node, uint32_t depth, uint32_t *height)
{
    const yaml_event_type_t last = node->kind == AXF_NODE_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
    for (;;) {
        yaml_event_t event;
        const axf_node *key = NULL, *child = NULL;
        uint32_t child_height = 0;
        AXF_TRY(next_event(r, &event));
        if (event.type == last) {
            yaml_event_delete(&event);
            return AXF_OK;
        }
        axf_status status = AXF_OK;
        if (node->kind == AXF_NODE_MAP) {
            status = read_key(r, &event, node, &key);
            yaml_event_delete(&event);
            AXF_TRY(status);
            AXF_TRY(next_event(r, &event));
        }
        status = read_node(r, &event, depth + 1, &child, &child_height);
        yaml_event_delete(&event);
        AXF_TRY(status);
        *height = child_height > *height ? child_height : *height;
        if (key != NULL) {
            axf_node_set(r->arena, node, key, child);
        } else {
            axf_node_append(r->arena, node, child);
        }
    }
}

static axf_status read_container(reader *r, const yaml_event_t *event, uint32_t depth, const axf_node **node,
                                 uint32_t *height)
{
    if (depth > AXF_YAML_MAX_DEPTH) {
        return fail_at(r, event->start_mark, "lists and maps are nested deeper than %d levels", AXF_YAML_MAX_DEPTH);
    }
    axf_node *container = start_node(r, event, NULL, false);
    AXF_TRY(read_children(r, container, depth, height));
    *height += 1;
    *node = container;
    return AXF_OK;
}

/* Reads one node of any kind from its first event. `depth` is 1 for the root. *height is the number of lists and maps
 * inside each other. */
static axf_status read_node(reader *r, const yaml_event_t *event, uint32_t depth, const axf_node **node,
                            uint32_t *height)
{
    const bool list = event->type == YAML_SEQUENCE_START_EVENT, map = event->type == YAML_MAPPING_START_EVENT;
    if (event->type == YAML_ALIAS_EVENT) {
        return read_alias(r, event, depth, node, height);
    }
    const yaml_char_t *tag = list  ? event->data.sequence_start.tag
                             : map ? event->data.mapping_start.tag
                                   : event->data.scalar.tag;
    if (tag != NULL) {
        return fail_at(r, event->start_mark, "tags such as %s are not supported: each option knows its own type",
                       (const char *)tag);
    }
    const uint32_t before = r->nodes;
    int64_t place;
    AXF_TRY(count_nodes(r, event, 1));
    AXF_TRY(add_anchor(r, event,
                       list  ? event->data.sequence_start.anchor
                       : map ? event->data.mapping_start.anchor
                             : event->data.scalar.anchor,
                       &place));
    *height = 0;
    AXF_TRY(list || map ? read_container(r, event, depth, node, height) : read_scalar(r, event, node));
    if (place >= 0) {
        r->anchors[place].node = *node;
        r->anchors[place].nodes = r->nodes - before;
        r->anchors[place].height = *height;
    }
    return AXF_OK;
}

static axf_status expect_end(reader *r)
{
    yaml_event_t event;
    AXF_TRY(next_event(r, &event)); /* the end of the document */
    yaml_event_delete(&event);
    AXF_TRY(next_event(r, &event));
    axf_status status = AXF_OK;
    if (event.type != YAML_STREAM_END_EVENT) {
        status = fail_at(r, event.start_mark, "a second document starts here: a spec is one document");
    }
    yaml_event_delete(&event);
    return status;
}

static axf_status read_document(reader *r, const axf_node **root)
{
    yaml_event_t event;
    AXF_TRY(next_event(r, &event)); /* the start of the stream */
    yaml_event_delete(&event);
    AXF_TRY(next_event(r, &event));
    const bool empty = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
    if (empty) {
        return axf_source_fail(r->source, 1, 1, "nothing is written here");
    }
    AXF_TRY(next_event(r, &event));
    uint32_t height = 0;
    const axf_status status = read_node(r, &event, 1, root, &height);
    yaml_event_delete(&event);
    AXF_TRY(status);
    return expect_end(r);
}

axf_status axf_yaml_parse(axf_arena *arena, const axf_source *source, const axf_node **root)
{
    if (source->length > AXF_YAML_MAX_BYTES) {
        return axf_fail(AXF_ERR_SPEC, "%s: error: the file is larger than %d bytes", source->name, AXF_YAML_MAX_BYTES);
    }
    reader *r = axf_alloc_zero(1, sizeof *r);
    r->arena = arena;
    r->source = source;
    axf_status status = AXF_ERR_MEMORY;
    if (yaml_parser_initialize(&r->parser) == 0) {
        axf_fail(status, "there is not enough memory to read %s", source->name);
    } else {
        yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)source->text, source->length);
        status = read_document(r, root);
        yaml_parser_delete(&r->parser);
    }
    free(r);
    return status;
}

/* The absolute folder of a file that exists. */
static axf_status find_folder(axf_arena *arena, const char *path, const char **folder)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return axf_fail_errno("cannot read '%s'", path);
    }
    char *parent = axf_path_folder(real);
    *folder = axf_arena_copy(arena, parent);
    free(parent);
    free(real);
    return AXF_OK;
}

axf_status axf_yaml_read(axf_arena *arena, const char *path, const char *shown, const axf_node **root)
{
    axf_source *source = axf_arena_alloc(arena, sizeof *source);
    source->name = axf_arena_copy(arena, shown);
    AXF_TRY(find_folder(arena, path, &source->folder));
    char *bytes;
    size_t length;
    AXF_TRY(axf_read_file(path, AXF_YAML_MAX_BYTES, &bytes, &length));
    const size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark */
    source->text = axf_arena_copy_n(arena, bytes + mark, length - mark);
    source->length = length - mark;
    free(bytes);
    return axf_yaml_parse(arena, source, root);
}
