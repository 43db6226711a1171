#include "sweep/columns.h"

#include "core/strbuf.h"
#include "experiment/sections.h"
#include "spec/emit.h"
#include "spec/merge.h"

#include <string.h>

enum { MAX_COLUMNS = 64 };

static const char *value_text(axf_arena *arena, const axf_node *node)
{
    axf_strbuf text = {0};
    if (node == NULL) {
        return "-";
    }
    if (node->kind == AXF_NODE_SCALAR) {
        return node->text;
    }
    axf_node_emit_flow(node, &text);
    const char *copy = axf_arena_copy(arena, axf_strbuf_text(&text));
    axf_strbuf_free(&text);
    return copy;
}

/* Gives the keys of a map as "itc+itm", or "none" when it has no keys. */
static const char *keys_text(axf_arena *arena, const axf_node *node)
{
    const char *text = "";
    for (uint32_t i = 0; node != NULL && node->kind == AXF_NODE_MAP && i < node->count; i++) {
        text = axf_arena_printf(arena, "%s%s%s", text, text[0] != '\0' ? "+" : "", node->keys[i]->text);
    }
    return text[0] != '\0' ? text : "none";
}

static void add_column(axf_comparison *c, const char *path, const axf_node *const *nodes, int keys)
{
    if (c->column_count == MAX_COLUMNS) {
        return;
    }
    c->columns[c->column_count] = path;
    for (int32_t g = 0; g < c->group_count; g++) {
        const char **values = (const char **)(uintptr_t)c->groups[g].values;
        values[c->column_count] = keys ? keys_text(&c->arena, nodes[g]) : value_text(&c->arena, nodes[g]);
    }
    c->column_count++;
}

/* Whether the groups that have this value differ in it. When only some have it, the column of its parent shows that. */
static int differs(axf_comparison *c, const axf_node *const *nodes)
{
    const char *first = NULL;
    for (int32_t g = 0; g < c->group_count; g++) {
        if (nodes[g] != NULL) {
            const char *text = value_text(&c->arena, nodes[g]);
            if (first != NULL && strcmp(first, text) != 0) {
                return 1;
            }
            first = first == NULL ? text : first;
        }
    }
    return 0;
}

static int all_maps(const axf_comparison *c, const axf_node *const *nodes)
{
    for (int32_t g = 0; g < c->group_count; g++) {
        if (nodes[g] != NULL && nodes[g]->kind != AXF_NODE_MAP) {
            return 0;
        }
    }
    return 1;
}

static const axf_node **children(axf_comparison *c, const axf_node *const *nodes, const char *key, int *everywhere)
{
    const axf_node **child = axf_arena_alloc(&c->arena, (size_t)c->group_count * sizeof *child);
    *everywhere = 1;
    for (int32_t g = 0; g < c->group_count; g++) {
        const int64_t at = nodes[g] != NULL ? axf_node_index(nodes[g], key) : -1;
        child[g] = at >= 0 ? nodes[g]->items[at] : NULL;
        *everywhere = *everywhere && (nodes[g] == NULL || at >= 0);
    }
    return child;
}

static void walk(axf_comparison *c, const char *path, const axf_node *const *nodes);

/* When only some groups have a key, a scalar beside it that differs may explain that: another fusion has other options.
 * Otherwise the list of keys becomes its own column (losses: itc+itm). */
static void walk_map(axf_comparison *c, const char *path, const axf_node *const *nodes)
{
    axf_node *keys = axf_node_map(&c->arena, NULL);
    int partial = 0, explained = 0;
    for (int32_t g = 0; g < c->group_count; g++) {
        for (uint32_t i = 0; nodes[g] != NULL && i < nodes[g]->count; i++) {
            axf_node_set_text(&c->arena, keys, nodes[g]->keys[i]->text, nodes[g]->items[i]);
        }
    }
    for (uint32_t i = 0; i < keys->count; i++) {
        int everywhere;
        const axf_node **child = children(c, nodes, keys->keys[i]->text, &everywhere);
        partial |= !everywhere;
        explained |= everywhere && keys->items[i]->kind == AXF_NODE_SCALAR && differs(c, child);
    }
    if (partial && !explained) {
        add_column(c, path, nodes, 1);
    }
    for (uint32_t i = 0; i < keys->count; i++) {
        int everywhere;
        const char *key = keys->keys[i]->text;
        const axf_node **child = children(c, nodes, key, &everywhere);
        const char *below =
            path[0] != '\0' ? axf_arena_printf(&c->arena, "%s.%s", path, key) : axf_arena_copy(&c->arena, key);
        if (!axf_section_path_is_runtime(below)) {
            walk(c, below, child);
        }
    }
}

static void walk(axf_comparison *c, const char *path, const axf_node *const *nodes)
{
    if (!differs(c, nodes)) {
        return;
    }
    if (all_maps(c, nodes)) {
        walk_map(c, path, nodes);
    } else {
        add_column(c, path, nodes, 0);
    }
}

static int is_column(const axf_comparison *c, const char *path)
{
    for (int32_t i = 0; i < c->column_count; i++) {
        const size_t length = strlen(c->columns[i]);
        if (strncmp(c->columns[i], path, length) == 0 && (path[length] == '\0' || path[length] == '.')) {
            return 1;
        }
    }
    return 0;
}

/* Finds the settings that are equal in all runs and that a reader wants to know. */
static void find_constants(axf_comparison *c)
{
    static const char *const paths[] = {
        "data",         "model.text",  "model.image",         "model.joint",  "model.fusion", "losses",
        "train.epochs", "train.batch", "train.learning_rate", "train.select", "precision"};
    enum { COUNT = sizeof paths / sizeof paths[0] };
    c->constants = axf_arena_alloc(&c->arena, COUNT * sizeof *c->constants);
    const axf_node **nodes = axf_arena_alloc(&c->arena, (size_t)c->group_count * sizeof *nodes);
    for (size_t i = 0; i < COUNT; i++) {
        int32_t have = 0;
        const char *component = axf_component_key(paths[i]);
        const char *path = component != NULL ? axf_arena_printf(&c->arena, "%s.%s", paths[i], component) : paths[i];
        for (int32_t g = 0; g < c->group_count; g++) {
            nodes[g] = axf_node_at(c->results.items[c->groups[g].runs[0]].spec, path);
            nodes[g] = axf_node_is_null(nodes[g]) ? NULL : nodes[g];
            have += nodes[g] != NULL;
        }
        if (have == c->group_count && !is_column(c, path) && !differs(c, nodes)) {
            const int map = nodes[0]->kind == AXF_NODE_MAP;
            c->constants[c->constant_count++] = axf_arena_printf(
                &c->arena, "%s %s", path, map ? keys_text(&c->arena, nodes[0]) : value_text(&c->arena, nodes[0]));
        }
    }
}

static void name_groups(axf_comparison *c)
{
    for (int32_t g = 0; g < c->group_count; g++) {
        const char *name = "";
        for (int32_t i = 0; i < c->column_count; i++) {
            name = axf_arena_printf(&c->arena, "%s%s%s", name, i > 0 ? " " : "", c->groups[g].values[i]);
        }
        c->groups[g].name = name;
    }
}

static int names_clash(const axf_comparison *c)
{
    for (int32_t g = 0; g < c->group_count; g++) {
        for (int32_t h = 0; h < g; h++) {
            if (strcmp(c->groups[g].name, c->groups[h].name) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

static void add_text_column(axf_comparison *c, const char *name, int run_id)
{
    c->columns[c->column_count] = name;
    for (int32_t g = 0; g < c->group_count; g++) {
        const char **values = (const char **)(uintptr_t)c->groups[g].values;
        const axf_node *own = axf_node_get(c->results.items[c->groups[g].runs[0]].spec, "name");
        values[c->column_count] = run_id                                        ? c->groups[g].run_id
                                  : own != NULL && own->kind == AXF_NODE_SCALAR ? own->text
                                                                                : c->groups[g].run_id;
    }
    c->column_count++;
}

void axf_compare_columns(axf_comparison *c)
{
    c->columns = axf_arena_alloc(&c->arena, (MAX_COLUMNS + 2) * sizeof *c->columns);
    const axf_node **specs = axf_arena_alloc(&c->arena, (size_t)c->group_count * sizeof *specs);
    for (int32_t g = 0; g < c->group_count; g++) {
        c->groups[g].values = axf_arena_alloc(&c->arena, (MAX_COLUMNS + 2) * sizeof *c->groups[g].values);
        specs[g] = c->results.items[c->groups[g].runs[0]].spec;
    }
    if (c->results.axes != NULL && c->results.axis_count > 0 && c->results.axis_count <= MAX_COLUMNS) {
        for (int32_t i = 0; i < c->results.axis_count; i++) {
            c->columns[i] = c->results.axes[i];
            for (int32_t g = 0; g < c->group_count; g++) {
                const char **values = (const char **)(uintptr_t)c->groups[g].values;
                values[i] = c->results.items[c->groups[g].runs[0]].labels[i];
            }
        }
        c->column_count = c->results.axis_count;
    } else {
        walk(c, "", specs);
    }
    if (c->column_count == 0) {
        add_text_column(c, "name", 0);
    }
    name_groups(c);
    if (names_clash(c)) { /* the settings are equal, but builds, data or weights differ */
        add_text_column(c, "run", 1);
        name_groups(c);
    }
    find_constants(c);
}
