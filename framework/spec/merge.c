#include "spec/merge.h"

#include "spec/yaml.h"

#include <string.h>

static const struct {
    const char *path, *key;
} components[] = {
    {"data", "loader"},         {"model.text", "encoder"},    {"model.image", "encoder"},
    {"model.joint", "encoder"}, {"model.fusion", "strategy"}, {"objective", "loss"},
};

const char *axf_component_key(const char *path)
{
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        if (strcmp(components[i].path, path) == 0) {
            return components[i].key;
        }
    }
    const char prefix[] = "losses.";
    const size_t length = sizeof prefix - 1;
    return strncmp(path, prefix, length) == 0 && strchr(path + length, '.') == NULL ? "loss" : NULL;
}

axf_status axf_component_map(const axf_node *node, const char *key, const axf_node **name, const axf_node **options)
{
    *name = node->kind == AXF_NODE_SCALAR ? node : axf_node_get(node, key);
    *options = node->kind == AXF_NODE_MAP ? node : NULL;
    if (node->kind == AXF_NODE_LIST || (*name != NULL && (*name)->kind != AXF_NODE_SCALAR)) {
        const axf_node *at = node->kind == AXF_NODE_LIST ? node : *name;
        return axf_node_fail(at, "expected a name, or a map with the key '%s'", key);
    }
    return AXF_OK;
}

static const char *child_path(axf_arena *arena, const char *path, const char *key)
{
    return path[0] == '\0' ? key : axf_arena_printf(arena, "%s.%s", path, key);
}

/* Makes {key: name} of a component that is given by its name alone; NULL when `node` is not such a name. */
static axf_node *open_short_form(axf_arena *arena, const axf_node *node, const char *path)
{
    const char *key = axf_component_key(path);
    if (key == NULL || axf_node_is_null(node) || node->kind != AXF_NODE_SCALAR) {
        return NULL;
    }
    axf_node *map = axf_node_map(arena, node);
    axf_node_set_text(arena, map, key, node);
    return map;
}

static const axf_node *merge_maps(axf_arena *arena, const axf_node *base, const axf_node *over, const char *path);

static const axf_node *merge_value(axf_arena *arena, const axf_node *base, const axf_node *over, const char *path)
{
    if (over->kind != AXF_NODE_MAP) {
        return over;
    }
    if (base->kind != AXF_NODE_MAP) {
        base = open_short_form(arena, base, path);
    }
    return base != NULL ? merge_maps(arena, base, over, path) : over;
}

static const axf_node *merge_maps(axf_arena *arena, const axf_node *base, const axf_node *over, const char *path)
{
    axf_node *merged = axf_node_copy(arena, base);
    merged->source = over->source;
    merged->line = over->line;
    merged->column = over->column;
    for (uint32_t i = 0; i < over->count; i++) {
        const axf_node *key = over->keys[i], *value = over->items[i];
        const int64_t index = axf_node_index(merged, key->text);
        const axf_node *older = index >= 0 ? merged->items[index] : NULL;
        if (older == NULL) {
            axf_node_set(arena, merged, key, value);
        } else if (axf_node_is_null(value) && older->kind == AXF_NODE_MAP) {
            axf_node_remove(merged, (uint32_t)index);
        } else {
            axf_node_set(arena, merged, key, merge_value(arena, older, value, child_path(arena, path, key->text)));
        }
    }
    return merged;
}

const axf_node *axf_merge(axf_arena *arena, const axf_node *base, const axf_node *over)
{
    return merge_maps(arena, base, over, "");
}

static const axf_node *replace_at(axf_arena *arena, const axf_node *old, const char *done, const char *left,
                                  const axf_node *key, const axf_node *value)
{
    const char *dot = strchr(left, '.');
    const char *name = dot != NULL ? axf_arena_copy_n(arena, left, (size_t)(dot - left)) : left;
    axf_node *map = old == NULL                 ? NULL
                    : old->kind == AXF_NODE_MAP ? axf_node_copy(arena, old)
                                                : open_short_form(arena, old, done);
    if (map == NULL) {
        map = axf_node_map(arena, key);
    }
    const int64_t index = axf_node_index(map, name);
    const axf_node *child = index >= 0 ? map->items[index] : NULL;
    if (dot != NULL) {
        value = replace_at(arena, child, child_path(arena, done, name), dot + 1, key, value);
    }
    axf_node_set(arena, map, axf_node_scalar(arena, key, name, false), value);
    return map;
}

const axf_node *axf_replace(axf_arena *arena, const axf_node *root, const char *path, const axf_node *key,
                            const axf_node *value)
{
    return replace_at(arena, root, "", path, key, value);
}

axf_status axf_path_check(const axf_node *key)
{
    uint32_t depth = 1;
    for (const char *at = key->text;; at++, depth++) {
        const size_t length = strcspn(at, ".");
        if (length == 0) {
            return axf_node_fail(key, "'%s' is not a path: expected keys with '.' between them, such as a.b.c",
                                 key->text);
        }
        if (depth > AXF_YAML_MAX_DEPTH) {
            return axf_node_fail(key, "the path has more than %d keys", AXF_YAML_MAX_DEPTH);
        }
        at += length;
        if (at[0] == '\0') {
            return AXF_OK;
        }
    }
}

const axf_node *axf_node_at(const axf_node *root, const char *path)
{
    const axf_node *node = root;
    while (node != NULL) {
        const size_t length = strcspn(path, ".");
        const axf_node *child = NULL;
        for (uint32_t i = 0; node->kind == AXF_NODE_MAP && i < node->count; i++) {
            const char *key = node->keys[i]->text;
            child = strlen(key) == length && memcmp(key, path, length) == 0 ? node->items[i] : child;
        }
        if (path[length] == '\0') {
            return child;
        }
        node = child;
        path += length + 1;
    }
    return NULL;
}
