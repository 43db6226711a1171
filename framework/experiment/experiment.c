#include "experiment/experiment.h"

#include "experiment/sections.h"

#include <string.h>

/* The value at the section's path, or at the path of its parent when the path ends with a free name; NULL: none. */
static const axf_node *node_of(const axf_node *spec, const char *path)
{
    const axf_node *node = spec;
    while (node != NULL && path[0] != '\0' && strcmp(path, "NAME") != 0) {
        char key[64] = "";
        const size_t length = strcspn(path, ".");
        memcpy(key, path, length < sizeof key ? length : sizeof key - 1);
        node = node->kind == AXF_NODE_MAP ? axf_node_get(node, key) : NULL;
        path += length + (path[length] == '.');
    }
    return node;
}

static axf_status read_section(axf_experiment *experiment, const axf_section *section, int open_backend)
{
    const axf_section_source source = {.node = node_of(experiment->spec, section->path),
                                       .children = axf_section_children(&experiment->arena, section),
                                       .open_backend = open_backend};
    return section->read(experiment, section, &source);
}

axf_status axf_experiment_parse(axf_experiment *experiment, axf_registry *registry, const axf_node *spec, uint64_t seed,
                                int open_backend)
{
    *experiment = (axf_experiment){.registry = registry, .spec = spec, .seed = seed};
    for (int32_t i = 0; axf_section_at(i) != NULL; i++) {
        if (axf_section_at(i)->read != NULL) {
            AXF_TRY(read_section(experiment, axf_section_at(i), open_backend));
        }
    }
    return AXF_OK;
}

axf_status axf_experiment_parse_data(axf_experiment *experiment, axf_registry *registry, const axf_node *spec)
{
    *experiment = (axf_experiment){.registry = registry, .spec = spec};
    for (int32_t i = 0; axf_section_at(i) != NULL; i++) {
        if (strncmp(axf_section_at(i)->path, "data", strlen("data")) == 0) {
            AXF_TRY(read_section(experiment, axf_section_at(i), 0));
        }
    }
    return AXF_OK;
}

axf_status axf_experiment_parse_top(axf_experiment *experiment, const axf_node *spec)
{
    *experiment = (axf_experiment){.spec = spec};
    return read_section(experiment, axf_section_at(0), 0);
}

void axf_experiment_free(axf_experiment *experiment)
{
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(experiment, i);
        if (use == NULL) {
            break;
        }
        axf_instance_free(use->instance);
    }
    axf_arena_free(&experiment->arena);
}

const axf_component_use *axf_experiment_component(const axf_experiment *experiment, int32_t i)
{
    for (int32_t s = 0; axf_section_at(s) != NULL; s++) {
        const axf_section *section = axf_section_at(s);
        for (int32_t k = 0; section->kind != NULL && k < axf_section_count(section, experiment); k++) {
            const axf_component_use *use = axf_section_use(section, experiment, k);
            if (use->instance != NULL && i-- == 0) {
                return use;
            }
        }
    }
    return NULL;
}
