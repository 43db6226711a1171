#include "experiment/resolved.h"

#include "spec/options.h"

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

static void set_component(axf_node *map, const char *key, const axf_component_use *use, axf_arena *arena)
{
    if (use->instance != NULL) {
        axf_node_set_text(arena, map, key, component_node(use, arena));
    }
}

const axf_node *axf_experiment_resolved(const axf_experiment *experiment, axf_arena *arena)
{
    axf_node *spec = axf_node_copy(arena, axf_options_node(&axf_table_top, &experiment->top, arena));
    axf_node *data = axf_node_copy(arena, component_node(&experiment->dataset, arena));
    axf_node_set_text(arena, data, "split", axf_options_node(&axf_table_split, &experiment->split, arena));
    axf_node_set_text(arena, spec, "data", data);
    axf_node *model = axf_node_map(arena, NULL);
    set_component(model, "text", &experiment->text, arena);
    set_component(model, "image", &experiment->image, arena);
    set_component(model, "joint", &experiment->joint, arena);
    set_component(model, "fusion", &experiment->fusion, arena);
    axf_node_set_text(arena, model, "head", axf_options_node(&axf_table_head, &experiment->head, arena));
    axf_node_set_text(arena, spec, "model", model);
    set_component(spec, "objective", &experiment->objective, arena);
    axf_node *losses = axf_node_map(arena, NULL);
    for (int32_t i = 0; i < experiment->loss_count; i++) {
        set_component(losses, experiment->loss_name[i], &experiment->loss[i], arena);
    }
    axf_node_set_text(arena, spec, "losses", losses);
    axf_node *train = axf_node_copy(arena, axf_options_node(&axf_table_train, &experiment->train, arena));
    axf_node *groups = axf_node_list(arena, NULL);
    for (int32_t i = 0; i < experiment->group_count; i++) {
        axf_node_append(arena, groups, axf_options_node(&axf_table_group, &experiment->groups[i], arena));
    }
    axf_node_set_text(arena, train, "groups", groups);
    axf_node_set_text(arena, spec, "train", train);
    axf_node_set_text(arena, spec, "evaluate", axf_options_node(&axf_table_evaluate, &experiment->evaluate, arena));
    axf_node_set_text(arena, spec, "checkpoint",
                      axf_options_node(&axf_table_checkpoint, &experiment->checkpoint, arena));
    axf_node_set_text(arena, spec, "cache", axf_options_node(&axf_table_cache, &experiment->cache, arena));
    set_component(spec, "backend", &experiment->backend, arena);
    return spec;
}
