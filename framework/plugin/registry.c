#include "plugin/registry.h"

#include "core/error.h"
#include "core/text.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "plugin/loader.h"
#include "spec/options_check.h"

#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static axf_status check_component(const char *path, const axf_component *component, const axf_kind **kind)
{
    if (component->kind == NULL || component->name == NULL || component->version == NULL ||
        component->summary == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: a component lacks its kind, name, version or summary", path);
    }
    *kind = axf_kind_find(component->kind);
    if (*kind == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: component '%s' is of kind '%s', which this auxfuse does not have", path,
                        component->name, component->kind);
    }
    const axf_options *options = component->options;
    if (options != NULL && (options->struct_size < sizeof(axf_options) || options->stride < sizeof(axf_option))) {
        return axf_fail(AXF_ERR_PLUGIN, "%s: the options table of '%s' has rows of %u bytes, this auxfuse's have %zu",
                        path, component->name, options->stride, sizeof(axf_option));
    }
    if (options != NULL) {
        const axf_status status = axf_options_check(options, component->name);
        return status != AXF_OK ? axf_context(status, "%s", path) : AXF_OK;
    }
    return AXF_OK;
}

/* The host's copy of a vtable: what the plugin does not have is NULL, what the host does not know is left out. */
static void *copy_vtable(const axf_kind *kind, const axf_component *source)
{
    unsigned char *copy = axf_alloc_zero(1, kind->vtable_size);
    if (source->vtable != NULL) {
        memcpy(copy, source->vtable, source->vtable_size < kind->vtable_size ? source->vtable_size : kind->vtable_size);
    }
    return copy;
}

static axf_status check_required(const axf_registered *item, const void *vtable)
{
    for (const axf_required_entry *entry = item->kind->required; entry->name != NULL; entry++) {
        void *function;
        memcpy(&function, (const unsigned char *)vtable + entry->offset, sizeof function);
        if (function == NULL) {
            return axf_fail(AXF_ERR_PLUGIN, "%s: %s '%s' lacks the required entry '%s'", item->file, item->kind->label,
                            item->component.name, entry->name);
        }
    }
    return AXF_OK;
}

static const axf_component *component_at(const axf_plugin *plugin, uint32_t index)
{
    return (const axf_component *)((const char *)plugin->first + (size_t)index * plugin->stride);
}

/* *clash: the component is refused because another plugin holds one of its kind and name. */
static axf_status add_component(axf_registry *registry, const char *path, const axf_plugin *plugin,
                                const axf_component *component, bool *clash)
{
    const axf_kind *kind = NULL;
    AXF_TRY(check_component(path, component, &kind));
    const axf_registered *other = axf_registry_find(registry, component->kind, component->name);
    *clash = other != NULL;
    if (other != NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "%s '%s' is in two plugins: %s and %s; remove one", kind->label,
                        component->name, other->file, path);
    }
    axf_registered *item = axf_arena_alloc(&registry->arena, sizeof *item);
    const size_t size =
        component->struct_size < sizeof item->component ? component->struct_size : sizeof item->component;
    memcpy(&item->component, component, size);
    item->kind = kind;
    item->file = axf_arena_copy(&registry->arena, path);
    item->plugin_name = plugin->name;
    item->plugin_version = plugin->version;
    item->licence = plugin->licence;
    item->build = plugin->build;
    item->described = copy_vtable(kind, component);
    if (item->component.implementation == NULL) {
        item->vtable = item->described;
        const axf_status status = check_required(item, item->vtable);
        if (status != AXF_OK) {
            free(item->described);
            return status;
        }
    }
    if (registry->count == registry->capacity) {
        registry->capacity = registry->capacity > 0 ? registry->capacity * 2 : 32;
        registry->items = axf_realloc(registry->items, (size_t)registry->capacity * sizeof *registry->items);
    }
    registry->items[registry->count++] = item;
    return AXF_OK;
}

static axf_status add_file(axf_registry *registry, const char *path, bool *clash)
{
    *clash = false;
    char absolute[PATH_MAX];
    if (realpath(path, absolute) == NULL) {
        return axf_fail_errno("plugin %s", path);
    }
    for (int i = 0; i < registry->count; i++) {
        if (strcmp(registry->items[i]->file, absolute) == 0) {
            return AXF_OK; /* the same file by two ways */
        }
    }
    const axf_plugin *plugin;
    AXF_TRY(axf_plugin_open(absolute, &plugin));
    for (uint32_t i = 0; i < plugin->count; i++) {
        AXF_TRY(add_component(registry, absolute, plugin, component_at(plugin, i), clash));
    }
    return AXF_OK;
}

axf_status axf_registry_add_file(axf_registry *registry, const char *path)
{
    bool clash;
    return add_file(registry, path, &clash);
}

static void record_problem(axf_registry *registry)
{
    registry->problems =
        axf_realloc(registry->problems, (size_t)(registry->problem_count + 1) * sizeof *registry->problems);
    registry->problems[registry->problem_count++] = axf_arena_copy(&registry->arena, axf_error_message());
    axf_error_clear();
}

static int is_plugin_name(const char *name)
{
    return name[0] != '.' && axf_text_ends_with(name, ".so") && !axf_text_ends_with(name, ".impl.so");
}

/* In name order, so that listings and clashes do not depend on the file system. A clash is fatal, the rest recorded. */
static axf_status add_folder(axf_registry *registry, const char *folder)
{
    bool there;
    char **names;
    size_t count;
    AXF_TRY(axf_is_there(folder, &there));
    if (!there) {
        return AXF_OK;
    }
    AXF_TRY(axf_folder_list(folder, &names, &count));
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        char *path = axf_path_join(folder, names[i]);
        bool clash = false;
        if (is_plugin_name(names[i]) && add_file(registry, path, &clash) != AXF_OK) {
            if (clash) {
                status = AXF_ERR_PLUGIN;
            } else {
                record_problem(registry);
            }
        }
        free(path);
    }
    axf_names_free(names, count);
    return status;
}

/* A folder that need not be there. When it cannot be looked at, whoever misses a component of it is told so. */
static axf_status add_default_folder(axf_registry *registry, const char *folder)
{
    const axf_status status = add_folder(registry, folder);
    if (status == AXF_ERR_IO) {
        record_problem(registry);
        return AXF_OK;
    }
    return status;
}

static axf_status add_path_list(axf_registry *registry, const char *list)
{
    char *copy = axf_copy(list), *rest = copy, *item;
    axf_status status = AXF_OK;
    while (status == AXF_OK && (item = strsep(&rest, ":")) != NULL) {
        struct stat info;
        if (item[0] == '\0') {
            continue;
        }
        if (stat(item, &info) != 0) {
            status = axf_fail_errno("AUXFUSE_PLUGIN_PATH: %s", item);
        } else if (S_ISDIR(info.st_mode)) {
            status = add_folder(registry, item);
        } else {
            status = axf_registry_add_file(registry, item);
        }
    }
    free(copy);
    return status;
}

axf_status axf_registry_add_defaults(axf_registry *registry)
{
    const char *list = getenv("AUXFUSE_PLUGIN_PATH");
    if (list != NULL) {
        AXF_TRY(add_path_list(registry, list));
    }
    char binary[PATH_MAX], folder[PATH_MAX + 32];
    const ssize_t length = readlink("/proc/self/exe", binary, sizeof binary - 1);
    if (length > 0) {
        binary[length] = '\0';
        snprintf(folder, sizeof folder, "%s/../lib/auxfuse", dirname(binary));
        AXF_TRY(add_default_folder(registry, folder));
    }
    const char *home = getenv("HOME");
    if (home != NULL && home[0] != '\0') {
        snprintf(folder, sizeof folder, "%s/.local/lib/auxfuse", home);
        AXF_TRY(add_default_folder(registry, folder));
    }
    return AXF_OK;
}

axf_registered *axf_registry_find(const axf_registry *registry, const char *kind_id, const char *name)
{
    for (int i = 0; i < registry->count; i++) {
        axf_registered *item = registry->items[i];
        if (strcmp(item->kind->id, kind_id) == 0 && strcmp(item->component.name, name) == 0) {
            return item;
        }
    }
    return NULL;
}

axf_status axf_registry_get(const axf_registry *registry, const char *kind_id, const char *name,
                            axf_registered **component)
{
    *component = axf_registry_find(registry, kind_id, name);
    if (*component != NULL) {
        return AXF_OK;
    }
    const axf_kind *kind = axf_kind_find(kind_id);
    axf_closest closest = {.word = name};
    axf_arena text = {0};
    const char *all = "", *problems = "";
    for (int i = 0; i < registry->count; i++) {
        const char *known = registry->items[i]->component.name;
        if (registry->items[i]->kind == kind) {
            axf_closest_offer(&closest, known);
            all = axf_arena_printf(&text, "%s%s%s", all, all[0] != '\0' ? ", " : "", known);
        }
    }
    for (int i = 0; i < registry->problem_count; i++) {
        problems = axf_arena_printf(&text, "%s\nnote: a plugin was refused: %s", problems, registry->problems[i]);
    }
    if (closest.name != NULL) {
        axf_fail(AXF_ERR_SPEC, "there is no %s '%s'; did you mean '%s'?%s", kind->label, name, closest.name, problems);
    } else {
        axf_fail(AXF_ERR_SPEC, "there is no %s '%s'; there are: %s%s", kind->label, name, all, problems);
    }
    axf_arena_free(&text);
    return AXF_ERR_SPEC;
}

axf_status axf_component_open(axf_registered *component, const void **vtable)
{
    if (component->vtable == NULL) {
        char path[PATH_MAX], folder[PATH_MAX];
        snprintf(folder, sizeof folder, "%s", component->file);
        if (snprintf(path, sizeof path, "%s/%s", dirname(folder), component->component.implementation) >=
            (int)sizeof path) {
            return axf_fail(AXF_ERR_PLUGIN, "%s: path too long", component->file);
        }
        const axf_plugin *plugin;
        AXF_TRY(axf_plugin_open(path, &plugin));
        const axf_component *found = NULL;
        for (uint32_t i = 0; i < plugin->count; i++) {
            const axf_component *candidate = component_at(plugin, i);
            if (candidate->kind != NULL && candidate->name != NULL &&
                strcmp(candidate->kind, component->kind->id) == 0 &&
                strcmp(candidate->name, component->component.name) == 0) {
                found = candidate;
            }
        }
        if (found == NULL) {
            return axf_fail(AXF_ERR_PLUGIN, "%s: holds no %s '%s', which %s says it implements", path,
                            component->kind->label, component->component.name, component->file);
        }
        void *full = copy_vtable(component->kind, found);
        const axf_status status = check_required(component, full);
        if (status != AXF_OK) {
            free(full);
            return status;
        }
        component->vtable = full;
        AXF_TRY(axf_plugin_check_openmp());
    }
    *vtable = component->vtable;
    return AXF_OK;
}

void axf_registry_free(axf_registry *registry)
{
    for (int i = 0; i < registry->count; i++) {
        if (registry->items[i]->vtable != registry->items[i]->described) {
            free(registry->items[i]->vtable);
        }
        free(registry->items[i]->described);
    }
    free(registry->items);
    free(registry->problems);
    axf_arena_free(&registry->arena);
    *registry = (axf_registry){0};
}
