#include "spec/options_text.h"

#include "spec/emit.h"
#include "spec/option_store.h"
#include "spec/options_row.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void axf_options_describe(const axf_options *table, axf_strbuf *out)
{
    for (uint32_t i = 0; i < table->count; i++) {
        const axf_option option = axf_option_row(table, i);
        axf_strbuf_printf(out, "  %s: ", option.name);
        axf_option_expected(&option, option.type, out);
        if (option.flags & AXF_OPT_REQUIRED) {
            axf_strbuf_puts(out, "; must be written\n");
        } else {
            const char *text = option.default_text;
            axf_strbuf_printf(out, "; default %s\n", text == NULL ? "null" : text[0] == '\0' ? "''" : text);
        }
        axf_strbuf_printf(out, "      %s\n", option.help);
    }
}

/* Makes a node of text. It is quoted, so that every reader takes a name such as `null` or `1e5` for text. */
static axf_node *text_node(axf_arena *arena, const char *text)
{
    return text != NULL ? axf_node_scalar(arena, NULL, text, true) : axf_node_scalar(arena, NULL, "null", false);
}

/* Makes a node of one value of `type` at `place`. */
static axf_node *value_node(const axf_option *option, int32_t type, const void *place, axf_arena *arena)
{
    char text[32];
    switch (type) {
    case AXF_OPT_INT: {
        const int64_t value = *(const int64_t *)place;
        snprintf(text, sizeof text, "%" PRId64, value);
        return axf_node_scalar(arena, NULL, value == AXF_NULL_INT ? "null" : text, false);
    }
    case AXF_OPT_REAL: {
        const double value = *(const double *)place;
        return axf_node_scalar(arena, NULL, isnan(value) ? "null" : axf_real_text(value, text), false);
    }
    case AXF_OPT_BOOL:
        return axf_node_scalar(arena, NULL, *(const bool *)place ? "true" : "false", false);
    case AXF_OPT_ENUM:
        return text_node(arena, option->choices[*(const int32_t *)place]);
    case AXF_OPT_WEIGHTS: {
        const char *folder = *(const char *const *)place;
        return folder != NULL ? text_node(arena, folder) : axf_node_scalar(arena, NULL, "random", false);
    }
    default:
        return text_node(arena, *(const char *const *)place);
    }
}

static axf_node *option_node(const axf_option *option, const void *values, axf_arena *arena)
{
    const void *place = (const char *)values + option->offset;
    if (option->type != AXF_OPT_LIST) {
        return value_node(option, option->type, place, arena);
    }
    const axf_list *list = place;
    axf_node *node = axf_node_list(arena, NULL);
    for (uint32_t i = 0; i < list->count; i++) {
        const char *item = (const char *)list->items + (size_t)i * sizeof(int64_t);
        axf_node_append(arena, node, value_node(option, option->element_type, item, arena));
    }
    return node;
}

axf_node *axf_options_node(const axf_options *table, const void *values, axf_arena *arena)
{
    axf_node *map = axf_node_map(arena, NULL);
    for (uint32_t i = 0; i < table->count; i++) {
        const axf_option option = axf_option_row(table, i);
        axf_node_set_text(arena, map, option.name, option_node(&option, values, arena));
    }
    return map;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const axf_option *)a)->name, ((const axf_option *)b)->name);
}

static axf_status hash_file(const axf_option *option, const char *path, axf_content_hasher content, void *self,
                            axf_strbuf *out)
{
    if (path == NULL) {
        return AXF_OK;
    }
    axf_strbuf_printf(out, "%s: ", option->name);
    AXF_TRY(content(self, path, out));
    axf_strbuf_putc(out, '\n');
    return AXF_OK;
}

static axf_status hash_files(const axf_option *option, const void *values, axf_content_hasher content, void *self,
                             axf_strbuf *out)
{
    const void *place = (const char *)values + option->offset;
    if (option->type != AXF_OPT_LIST) {
        return hash_file(option, *(const char *const *)place, content, self, out);
    }
    const axf_list *list = place;
    for (uint32_t i = 0; i < list->count; i++) {
        AXF_TRY(hash_file(option, ((const char *const *)list->items)[i], content, self, out));
    }
    return AXF_OK;
}

/* Appends the line of the value, unless it is the default. Both are compared as they are printed: 0.10 and 0.1 are the
 * same. */
static axf_status hash_value(const axf_options *table, const axf_option *option, const void *values, axf_arena *arena,
                             axf_strbuf *out)
{
    const axf_options_context context = {.owner = "the options table"};
    void *defaults = axf_arena_alloc(arena, table->size);
    const axf_node *written;
    AXF_TRY(axf_option_default(option, arena, &written));
    AXF_TRY(axf_option_store(option, written, arena, defaults, &context));
    axf_strbuf value = {0}, usual = {0};
    axf_node_emit_flow(option_node(option, values, arena), &value);
    axf_node_emit_flow(option_node(option, defaults, arena), &usual);
    if ((option->flags & AXF_OPT_REQUIRED) || strcmp(axf_strbuf_text(&value), axf_strbuf_text(&usual)) != 0) {
        axf_strbuf_printf(out, "%s: %s\n", option->name, axf_strbuf_text(&value));
    }
    axf_strbuf_free(&value);
    axf_strbuf_free(&usual);
    return AXF_OK;
}

axf_status axf_options_hash_text(const axf_options *table, const void *values, axf_content_hasher content,
                                 void *content_self, axf_strbuf *out)
{
    axf_arena arena = {0};
    axf_option *rows = axf_arena_alloc(&arena, table->count * sizeof *rows);
    for (uint32_t i = 0; i < table->count; i++) {
        rows[i] = axf_option_row(table, i);
    }
    qsort(rows, table->count, sizeof *rows, by_name);
    axf_status status = AXF_OK;
    for (uint32_t i = 0; i < table->count && status == AXF_OK; i++) {
        const axf_option *row = &rows[i];
        const int32_t type = row->type == AXF_OPT_LIST ? row->element_type : row->type;
        if (row->flags & AXF_OPT_RUNTIME) {
            continue;
        }
        if (row->flags & AXF_OPT_FILE) {
            status = hash_files(row, values, content, content_self, out);
        } else if (type != AXF_OPT_PATH) {
            status = hash_value(table, row, values, &arena, out);
        }
    }
    axf_arena_free(&arena);
    return status;
}
