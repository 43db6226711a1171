#include "experiment/resolved.h"

#include "experiment/sections.h"
#include "spec/merge.h"
#include "spec/options_text.h"

#include <string.h>

static const axf_node *component_node(const axf_component_use *use, axf_arena *arena)
{
    const axf_options *own = use->instance->component->component.options;
    axf_node *map = axf_node_map(arena, NULL);
    axf_node_set_text(arena, map, use->key,
                      axf_node_scalar(arena, NULL, use->instance->component->component.name, false));
    const axf_options *const tables[] = {own, use->host_table};
    const void *const values[] = {use->instance->options, use->host_values};
    for (int t = 0; t < 2; t++) {
        if (tables[t] == NULL) {
            continue;
        }
        const axf_node *part = axf_options_node(tables[t], values[t], arena);
        for (uint32_t i = 0; i < part->count; i++) {
            axf_node_set(arena, map, part->keys[i], part->items[i]);
        }
    }
    return map;
}

/* Makes {name: component} of the components of a section with free names. */
static const axf_node *named_node(const axf_section *section, const axf_experiment *experiment, axf_arena *arena)
{
    axf_node *map = axf_node_map(arena, NULL);
    for (int32_t i = 0; i < axf_section_count(section, experiment); i++) {
        const axf_component_use *use = axf_section_use(section, experiment, i);
        if (use->instance != NULL) {
            axf_node_set_text(arena, map, experiment->loss_name[i], component_node(use, arena));
        }
    }
    return map;
}

static const axf_node *list_node(const axf_section *section, const axf_experiment *experiment, axf_arena *arena)
{
    axf_node *list = axf_node_list(arena, NULL);
    for (int32_t i = 0; i < axf_section_count(section, experiment); i++) {
        axf_node_append(arena, list,
                        axf_options_node(section->table, axf_section_values(section, experiment, i), arena));
    }
    return list;
}

/* NULL when the section has nothing to write. */
static const axf_node *section_node(const axf_section *section, const axf_experiment *experiment, axf_arena *arena)
{
    if (section->shape == AXF_SECTION_NAMED) {
        return named_node(section, experiment, arena);
    }
    if (section->shape == AXF_SECTION_LIST) {
        return list_node(section, experiment, arena);
    }
    if (section->kind != NULL) {
        const axf_component_use *use = axf_section_use(section, experiment, 0);
        return use->instance != NULL ? component_node(use, arena) : NULL;
    }
    return section->table != NULL ? axf_options_node(section->table, axf_section_values(section, experiment, 0), arena)
                                  : NULL;
}

const axf_node *axf_experiment_resolved(const axf_experiment *experiment, axf_arena *arena)
{
    const axf_node *spec = section_node(axf_section_at(0), experiment, arena);
    for (int32_t i = 1; axf_section_at(i) != NULL; i++) {
        const axf_section *section = axf_section_at(i);
        const axf_node *node = section_node(section, experiment, arena);
        const size_t length = strlen(section->path) - (section->shape == AXF_SECTION_NAMED ? strlen(".NAME") : 0);
        if (node != NULL) {
            spec = axf_replace(arena, spec, axf_arena_copy_n(arena, section->path, length), NULL, node);
        }
    }
    return spec;
}
