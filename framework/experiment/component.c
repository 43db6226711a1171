#include "experiment/component.h"

#include "core/error.h"
#include "spec/options.h"
#include "spec/options_row.h"

/* Gives the keys of a component's map that are not among its own options. */
static const char **other_keys(axf_arena *arena, const char *key, const axf_options *other, const char *const *more)
{
    size_t count = 2 + (other != NULL ? other->count : 0);
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        count++;
    }
    const char **keys = axf_arena_alloc(arena, count * sizeof *keys);
    size_t at = 0;
    keys[at++] = key;
    for (uint32_t i = 0; other != NULL && i < other->count; i++) {
        keys[at++] = axf_option_row(other, i).name;
    }
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        keys[at++] = more[i];
    }
    return keys;
}

axf_status axf_component_read(axf_experiment *experiment, const axf_component_request *ask, const axf_node *node,
                              axf_component_use *use)
{
    axf_arena *arena = &experiment->arena;
    const axf_node *name_node = node != NULL && node->kind == AXF_NODE_MAP ? axf_node_get(node, ask->key) : node;
    const axf_node *map = node != NULL && node->kind == AXF_NODE_MAP ? node : NULL;
    if (name_node != NULL && name_node->kind != AXF_NODE_SCALAR) {
        return axf_node_fail(name_node, "%s.%s must be a name", ask->path, ask->key);
    }
    const char *name = name_node != NULL ? name_node->text : ask->fallback;
    if (name == NULL) {
        return axf_node_fail(map != NULL ? map : experiment->spec, "%s: '%s' is missing: it names the %s", ask->path,
                             ask->key, axf_kind_find(ask->kind)->label);
    }
    axf_registered *component;
    if (axf_registry_get(experiment->registry, ask->kind, name, &component) != AXF_OK) {
        return axf_node_fail(name_node, "%s", axf_error_message());
    }
    axf_instance *instance = axf_arena_alloc(arena, sizeof *instance);
    *use = (axf_component_use){instance, ask->host_table, ask->host_values, ask->path, ask->key, node};
    if (ask->describe_only && component->component.implementation != NULL) {
        *instance = (axf_instance){.component = component, .seed = experiment->seed, .prefix = ask->prefix};
        const axf_options *table = component->component.options;
        instance->options = axf_arena_alloc(&instance->arena, table != NULL ? table->size : 1);
    } else {
        AXF_TRY(axf_instance_init(instance, component, ask->prefix, experiment->seed));
    }
    instance->position = name_node != NULL ? axf_node_where(arena, name_node) : "";
    const axf_options *table = component->component.options;
    char *owner = axf_arena_printf(arena, "%s '%s'", axf_kind_find(ask->kind)->label, name);
    static const axf_options nothing = {sizeof nothing, 1, 0, sizeof(axf_option), NULL};
    const axf_options_context own = {
        .owner = owner, .where = name_node, .other_keys = other_keys(arena, ask->key, ask->host_table, ask->children)};
    AXF_TRY(axf_options_parse(table != NULL ? table : &nothing, map, &instance->arena, instance->options, &own));
    if (ask->host_table != NULL) {
        const axf_options_context host = {
            .owner = ask->path, .where = name_node, .other_keys = other_keys(arena, ask->key, table, ask->children)};
        AXF_TRY(axf_options_parse(ask->host_table, map, arena, ask->host_values, &host));
    }
    return AXF_OK;
}
