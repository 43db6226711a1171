/* auxfuse plugins: lists the components, and the options of each. */
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/text.h"
#include "experiment/sections.h"
#include "files/json.h"
#include "spec/options_text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_list(const axf_registry *registry)
{
    for (int k = 0; axf_kind_at(k) != NULL; k++) {
        int shown = 0;
        for (int i = 0; i < registry->count; i++) {
            const axf_registered *item = registry->items[i];
            if (item->kind != axf_kind_at(k)) {
                continue;
            }
            if (shown++ == 0) {
                printf("%s\n", item->kind->label);
            }
            printf("  %-16s %s\n", item->component.name, item->component.summary);
        }
    }
}

static int print_one(const axf_registry *registry, const char *name)
{
    int shown = 0;
    for (int i = 0; i < registry->count; i++) {
        const axf_registered *item = registry->items[i];
        if (strcmp(item->component.name, name) != 0) {
            continue;
        }
        axf_strbuf text = {0};
        if (item->component.options != NULL) {
            axf_options_describe(item->component.options, &text);
        }
        printf("%s%s '%s' version %s: %s\nplugin %s %s (%s), %s\n%s\n", shown++ > 0 ? "\n" : "", item->kind->label,
               name, item->component.version, item->component.summary, item->plugin_name, item->plugin_version,
               item->licence, item->file, axf_strbuf_text(&text));
        axf_strbuf_free(&text);
    }
    return shown;
}

static json_t *options_json(const axf_options *options)
{
    static const char *const types[] = {"", "int", "real", "bool", "string", "path", "enum", "list", "weights"};
    json_t *list = json_array();
    for (uint32_t i = 0; options != NULL && i < options->count; i++) {
        const axf_option *o = (const axf_option *)((const char *)options->first + (size_t)i * options->stride);
        json_t *row = json_pack("{s:s, s:s, s:s?, s:s}", "name", o->name, "type",
                                o->type >= 1 && o->type <= AXF_OPT_WEIGHTS ? types[o->type] : "?", "default",
                                o->default_text, "help", o->help);
        if (o->type == AXF_OPT_LIST) {
            json_object_set_new(row, "elements", json_string(types[o->element_type]));
        }
        json_object_set_new(row, "required", json_boolean(o->flags & AXF_OPT_REQUIRED));
        json_object_set_new(row, "changes_results", json_boolean(!(o->flags & AXF_OPT_RUNTIME)));
        if (o->min <= o->max) {
            json_object_set_new(row, "min", json_real(o->min));
            json_object_set_new(row, "max", json_real(o->max));
        }
        json_t *choices = json_array();
        for (int c = 0; o->choices != NULL && o->choices[c] != NULL; c++) {
            json_array_append_new(choices, json_string(o->choices[c]));
        }
        if (json_array_size(choices) > 0) {
            json_object_set(row, "choices", choices);
        }
        json_decref(choices);
        json_array_append_new(list, row);
    }
    return list;
}

/* Gives the paths of section i and of the later ones that have the same options, with ", " between them. */
static const char *paths_of(axf_arena *arena, int32_t i)
{
    const axf_section *first = axf_section_at(i);
    const char *paths = first->path;
    for (i++; axf_section_at(i) != NULL && axf_section_at(i)->table == first->table; i++) {
        paths = axf_arena_printf(arena, "%s, %s", paths, axf_section_at(i)->path);
    }
    return paths;
}

/* The sections of a spec in which the host has options. */
static json_t *sections_json(void)
{
    axf_arena arena = {0};
    json_t *list = json_array();
    const axf_options *last = NULL;
    for (int32_t i = 0; axf_section_at(i) != NULL; i++) {
        const axf_section *section = axf_section_at(i);
        if (section->table != NULL && section->table != last) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "path", paths_of(&arena, i), "about",
                                                  section->about, "options", options_json(section->table)));
        }
        last = section->table;
    }
    axf_arena_free(&arena);
    return list;
}

static axf_status print_json(const axf_registry *registry, const char *name)
{
    json_t *list = json_array(), *problems = json_array();
    for (int i = 0; i < registry->count; i++) {
        const axf_registered *item = registry->items[i];
        if (name == NULL || strcmp(name, item->component.name) == 0) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "kind", item->kind->label,
                                                  "name", item->component.name, "version", item->component.version,
                                                  "summary", item->component.summary, "file", item->file, "licence",
                                                  item->licence, "options", options_json(item->component.options)));
        }
    }
    for (int i = 0; i < registry->problem_count; i++) {
        json_array_append_new(problems, json_string(registry->problems[i]));
    }
    json_t *root = json_pack("{s:o, s:o, s:o}", "components", list, "sections", sections_json(), "refused", problems);
    const axf_status status = axf_json_print(stdout, root, 17);
    json_decref(root);
    return status;
}

static axf_status unknown_name(const axf_registry *registry, const char *name)
{
    axf_closest closest = {.word = name};
    for (int i = 0; i < registry->count; i++) {
        axf_closest_offer(&closest, registry->items[i]->component.name);
    }
    return axf_fail(AXF_ERR_USAGE, "there is no component '%s'%s%s%s", name,
                    closest.name != NULL ? "; did you mean '" : "", closest.name != NULL ? closest.name : "",
                    closest.name != NULL ? "'?" : "; auxfuse plugins lists all");
}

static int run(int argc, char **argv)
{
    const char **plugins = NULL;
    bool json = false;
    char **names;
    int count;
    const axf_flag flags[] = {{.name = "json", .flag = &json}, {.name = "plugin", .list = &plugins}, {0}};
    axf_registry registry = {0};
    axf_status status = axf_flags_parse(argc, argv, flags, &names, &count);
    if (status == AXF_OK) {
        status = axf_cli_registry(&registry, plugins);
    }
    if (status == AXF_OK && json) {
        status = print_json(&registry, count > 0 ? names[0] : NULL);
    } else if (status == AXF_OK && count == 0) {
        print_list(&registry);
    }
    for (int i = 0; i < count && status == AXF_OK && !json; i++) {
        status = print_one(&registry, names[i]) > 0 ? AXF_OK : unknown_name(&registry, names[i]);
    }
    for (int i = 0; i < registry.problem_count && !json; i++) {
        fprintf(stderr, "refused: %s\n", registry.problems[i]);
    }
    axf_registry_free(&registry);
    free(plugins);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_plugins = {
    "plugins", "[NAME…] [--json]", "Lists the components of all plugins, or describes some of them", run,
    "  NAME            a component: its options with types, ranges and defaults\n"
    "  --json          one JSON document\n"
    "  --plugin FILE   loads a plugin beside those found\n\n"
    "Plugins are looked for in AUXFUSE_PLUGIN_PATH (folders or files separated by ':'), beside the\n"
    "binary in ../lib/auxfuse, and in ~/.local/lib/auxfuse.\n"};
