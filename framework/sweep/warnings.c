#include "sweep/warnings.h"

#include "core/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void AXF_PRINTF(2, 3) add_warning(axf_comparison *c, const char *format, ...)
{
    axf_strbuf text = {0};
    va_list arguments;
    va_start(arguments, format);
    char *formatted = NULL;
    if (vasprintf(&formatted, format, arguments) >= 0) {
        axf_strbuf_puts(&text, formatted);
        free(formatted);
    }
    va_end(arguments);
    c->warnings = axf_realloc(c->warnings, (size_t)(c->warning_count + 1) * sizeof *c->warnings);
    c->warnings[c->warning_count++] = axf_arena_copy(&c->arena, axf_strbuf_text(&text));
    axf_strbuf_free(&text);
}

static char *json_text(const json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return text != NULL ? text : strdup("unknown");
}

/* Adds one warning when a member of environment.json differs, with the first two values. */
static void warn_member(axf_comparison *c, const char *member, const char *what)
{
    const axf_result *items = c->results.items;
    char *first = json_text(json_object_get(items[0].environment, member));
    for (int32_t i = 1; i < c->results.count; i++) {
        char *other = json_text(json_object_get(items[i].environment, member));
        const int differs = strcmp(first, other) != 0;
        if (differs) {
            add_warning(c, "the runs differ in %s: %s and %s", what, first, other);
        }
        free(other);
        if (differs) {
            break;
        }
    }
    free(first);
}

static const char *component_field(const json_t *component, const char *field)
{
    const char *text = json_string_value(json_object_get(component, field));
    return text != NULL ? text : "unknown";
}

/* Compares the builds of components that have the same name in two runs. */
static void warn_builds(axf_comparison *c)
{
    const json_t *first = json_object_get(c->results.items[0].environment, "components");
    for (int32_t r = 1; r < c->results.count; r++) {
        const json_t *other = json_object_get(c->results.items[r].environment, "components");
        for (size_t i = 0; i < json_array_size(first); i++) {
            for (size_t k = 0; k < json_array_size(other); k++) {
                const json_t *a = json_array_get(first, i), *b = json_array_get(other, k);
                if (strcmp(component_field(a, "kind"), component_field(b, "kind")) == 0 &&
                    strcmp(component_field(a, "name"), component_field(b, "name")) == 0 &&
                    strcmp(component_field(a, "build"), component_field(b, "build")) != 0) {
                    add_warning(c, "the runs were made by different builds of %s '%s': %s and %s",
                                component_field(a, "kind"), component_field(a, "name"), component_field(a, "build"),
                                component_field(b, "build"));
                    return;
                }
            }
        }
    }
}

static void warn_posts(axf_comparison *c)
{
    const axf_result *first = &c->results.items[c->groups[0].runs[0]];
    for (int32_t g = 1; g < c->group_count; g++) {
        const axf_result *run = &c->results.items[c->groups[g].runs[0]];
        if (!c->groups[g].paired) {
            add_warning(c,
                        "'%s' predicts different %s posts from '%s' (%d and %d of them, or other ids or labels): their "
                        "difference is not computed",
                        c->groups[g].name, c->split, c->groups[0].name, run->predictions.posts,
                        first->predictions.posts);
        }
    }
}

static void warn_seeds(axf_comparison *c)
{
    const axf_group *first = &c->groups[0];
    for (int32_t g = 1; g < c->group_count; g++) {
        const axf_group *group = &c->groups[g];
        int same = group->count == first->count;
        for (int32_t k = 0; same && k < group->count; k++) {
            same = c->results.items[group->runs[k]].seed == c->results.items[first->runs[k]].seed;
        }
        if (!same) {
            add_warning(c, "the rows have different seeds: '%s' %d, '%s' %d of them", first->name, first->count,
                        group->name, group->count);
            return;
        }
    }
}

static int is_set(const axf_node *node, const char *none)
{
    return !axf_node_is_null(node) && node->kind == AXF_NODE_SCALAR && strcmp(node->text, none) != 0;
}

/* When the epoch was chosen by validation, the val numbers of these runs are too good. */
static void warn_selection(axf_comparison *c)
{
    for (int32_t i = 0; i < c->results.count && strcmp(c->split, "val") == 0; i++) {
        const axf_node *train = axf_node_get(c->results.items[i].spec, "train");
        if (is_set(axf_node_get(train, "select"), "last") || is_set(axf_node_get(train, "patience"), "0")) {
            add_warning(c, "the epoch was chosen by the val posts (train.select, train.patience), so their "
                           "numbers are too good: compare on test");
            return;
        }
    }
}

void axf_compare_warn(axf_comparison *c)
{
    if (c->results.unfinished > 0) {
        add_warning(c, "%d runs are not finished and are skipped", c->results.unfinished);
    }
    warn_posts(c);
    warn_seeds(c);
    warn_selection(c);
    warn_member(c, "auxfuse", "the program's version");
    warn_builds(c);
    warn_member(c, "cpu", "the CPU");
    warn_member(c, "machine", "the architecture");
    warn_member(c, "threads", "the number of threads");
}
