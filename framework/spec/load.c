#include "spec/load.h"

#include "core/error.h"
#include "spec/expand.h"
#include "spec/merge.h"
#include "spec/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct chain { /* the files being read, innermost first */
    const struct chain *outer;
    const char *path; /* real path */
    const char *shown;
} chain;

typedef struct loader {
    axf_arena *arena;
    uint32_t files; /* read so far: lists of lists of files grow fast */
} loader;

static axf_status extend(loader *l, const axf_node *map, const chain *inside, uint32_t depth, const axf_node **merged);

static axf_status expect_map(const axf_node *root)
{
    return root->kind == AXF_NODE_MAP ? AXF_OK : axf_node_fail(root, "expected a map of keys and values (key: value)");
}

static axf_status refuse_cycle(const axf_node *at, const chain *inside, const char *real)
{
    for (const chain *link = inside; link != NULL; link = link->outer) {
        if (strcmp(link->path, real) == 0) {
            return axf_node_fail(at, "extends goes in a circle: %s already led here", link->shown);
        }
    }
    return AXF_OK;
}

/* Loads one name under `extends`: the tree of the file, with its own `extends` resolved. */
static axf_status load_extended(loader *l, const axf_node *at, const chain *inside, uint32_t depth,
                                const axf_node **tree)
{
    if (at->kind != AXF_NODE_SCALAR || axf_node_is_null(at)) {
        return axf_node_fail(at, "extends: expected a file, or a list of files");
    }
    if (depth > AXF_EXTENDS_MAX_DEPTH) {
        return axf_node_fail(at, "extends goes more than %d files deep", AXF_EXTENDS_MAX_DEPTH);
    }
    if (l->files++ == AXF_EXTENDS_MAX_FILES) {
        return axf_node_fail(at, "extends names more than %d files in all", AXF_EXTENDS_MAX_FILES);
    }
    const char *text, *path;
    AXF_TRY(axf_expand_text(l->arena, at, &text));
    AXF_TRY(axf_expand_path(l->arena, at, &path));
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return axf_node_fail(at, "cannot read %s: %s", path, strerror(errno));
    }
    const char *own = at->source != NULL ? at->source->name : "";
    const char *slash = strrchr(own, '/');
    const chain link = {
        inside, axf_arena_copy(l->arena, real),
        slash == NULL ? text : axf_expand_join(l->arena, axf_arena_copy_n(l->arena, own, (size_t)(slash - own)), text)};
    free(real);
    AXF_TRY(refuse_cycle(at, inside, link.path));
    const axf_node *root;
    const axf_status status = axf_yaml_read(l->arena, path, link.shown, &root);
    if (status == AXF_ERR_IO || status == AXF_ERR_FORMAT) {
        return axf_node_fail(at, "%s", axf_error_message());
    }
    AXF_TRY(status);
    AXF_TRY(expect_map(root));
    return extend(l, root, &link, depth, tree);
}

static axf_status extend(loader *l, const axf_node *map, const chain *inside, uint32_t depth, const axf_node **merged)
{
    const int64_t index = axf_node_index(map, "extends");
    if (index < 0) {
        *merged = map;
        return AXF_OK;
    }
    const axf_node *names = map->items[index];
    axf_node *own = axf_node_copy(l->arena, map);
    axf_node_remove(own, (uint32_t)index);
    const uint32_t count = names->kind == AXF_NODE_LIST ? names->count : 1;
    const axf_node *base = axf_node_map(l->arena, map);
    for (uint32_t i = 0; i < count; i++) {
        const axf_node *tree;
        AXF_TRY(load_extended(l, names->kind == AXF_NODE_LIST ? names->items[i] : names, inside, depth + 1, &tree));
        base = axf_merge(l->arena, base, tree);
    }
    *merged = axf_merge(l->arena, base, own);
    return AXF_OK;
}

axf_status axf_spec_extend(axf_arena *arena, const axf_node *map, const axf_node **merged)
{
    return extend(&(loader){.arena = arena}, map, NULL, 0, merged);
}

static axf_status load_file(loader *l, const char *file, const axf_node **tree)
{
    const axf_node *root;
    AXF_TRY(axf_yaml_read(l->arena, file, file, &root));
    AXF_TRY(expect_map(root));
    char *real = realpath(file, NULL);
    const chain link = {NULL, axf_arena_copy(l->arena, real != NULL ? real : file), file};
    free(real);
    return extend(l, root, &link, 0, tree);
}

axf_status axf_spec_load(axf_arena *arena, const char *const *files, uint32_t file_count, const char *const *settings,
                         uint32_t setting_count, const axf_node **spec)
{
    loader l = {.arena = arena};
    const axf_node *merged = axf_node_map(arena, NULL);
    for (uint32_t i = 0; i < file_count; i++) {
        const axf_node *tree;
        AXF_TRY(load_file(&l, files[i], &tree));
        merged = axf_merge(arena, merged, tree);
    }
    return axf_spec_set(arena, merged, settings, setting_count, spec);
}

axf_status axf_setting_parse(axf_arena *arena, const char *setting, const axf_node **key, const axf_node **value)
{
    const char *equals = strchr(setting, '=');
    if (equals == NULL) {
        return axf_fail(AXF_ERR_USAGE, "on the command line: %s: error: expected a.b.c=value", setting);
    }
    axf_source *source = axf_arena_alloc(arena, sizeof *source);
    source->name = axf_arena_copy(arena, setting);
    source->folder = axf_node_folder(arena, NULL);
    source->text = axf_arena_copy(arena, equals + 1);
    source->length = strlen(source->text);
    source->command_line = true;
    const axf_node at = {.source = source, .line = 1, .column = 1};
    *key = axf_node_scalar(arena, &at, axf_arena_copy_n(arena, setting, (size_t)(equals - setting)), false);
    AXF_TRY(axf_path_check(*key));
    if (strcmp((*key)->text, "extends") == 0) {
        return axf_node_fail(
            *key, "extends cannot be set here: name several specs instead, later ones replace what earlier ones say");
    }
    return axf_yaml_parse(arena, source, value);
}

static const char AXES[] = "sweep.axes.";

/* Makes {a: {b: value}} from the path a.b. */
static const axf_node *nest(axf_arena *arena, const axf_node *key, const axf_node *value)
{
    const size_t prefix = sizeof AXES - 1;
    if (strncmp(key->text, AXES, prefix) != 0) {
        return axf_replace(arena, NULL, key->text, key, value);
    }
    axf_node *axes = axf_node_map(arena, key);
    axf_node_set(arena, axes, axf_node_scalar(arena, key, key->text + prefix, false), value);
    return axf_replace(arena, NULL, "sweep.axes", key, axes);
}

axf_status axf_spec_set(axf_arena *arena, const axf_node *spec, const char *const *settings, uint32_t setting_count,
                        const axf_node **merged)
{
    *merged = spec;
    for (uint32_t i = 0; i < setting_count; i++) {
        const axf_node *key, *value;
        AXF_TRY(axf_setting_parse(arena, settings[i], &key, &value));
        *merged = axf_merge(arena, *merged, nest(arena, key, value));
    }
    return AXF_OK;
}

uint32_t axf_setting_count(const char *const *settings)
{
    uint32_t count = 0;
    while (settings != NULL && settings[count] != NULL) {
        count++;
    }
    return count;
}
