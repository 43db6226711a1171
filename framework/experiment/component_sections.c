#include "experiment/component_sections.h"

#include "core/error.h"
#include "experiment/component.h"
#include "plugin/calls.h"
#include "spec/merge.h"
#include "spec/options.h"

#include <string.h>

/* The request of a section. Options of the host go where the section says; the names of parameters begin with the last
 * part of its path. */
static axf_component_request request_of(axf_experiment *experiment, const axf_section *section,
                                        const axf_section_source *source)
{
    const char *dot = strrchr(section->path, '.');
    return (axf_component_request){.kind = section->kind,
                                   .path = section->path,
                                   .key = axf_component_key(section->path),
                                   .prefix = dot != NULL ? dot + 1 : section->path,
                                   .host_table = section->table,
                                   .host_values = section->table != NULL ? (char *)experiment + section->values : NULL,
                                   .children = source->children};
}

static axf_component_use *use_of(axf_experiment *experiment, const axf_section *section)
{
    return (axf_component_use *)(void *)((char *)experiment + section->use);
}

axf_status axf_section_read_component(axf_experiment *experiment, const axf_section *section,
                                      const axf_section_source *source)
{
    const axf_component_request ask = request_of(experiment, section, source);
    return axf_component_read(experiment, &ask, source->node, use_of(experiment, section));
}

/* ---- model ---- */

axf_status axf_section_read_model(axf_experiment *experiment, const axf_section *section,
                                  const axf_section_source *source)
{
    static const axf_options nothing = {sizeof nothing, 1, 0, sizeof(axf_option), NULL};
    const axf_node *model = source->node;
    if (model == NULL || model->kind != AXF_NODE_MAP) {
        return axf_node_fail(model != NULL ? model : experiment->spec,
                             "'model' is missing: write a map with text, image and fusion, or with joint");
    }
    char unused[1];
    const axf_options_context context = {
        .owner = section->path, .where = experiment->spec, .other_keys = source->children};
    AXF_TRY(axf_options_parse(&nothing, model, &experiment->arena, unused, &context));
    const axf_node *text = axf_node_get(model, "text"), *image = axf_node_get(model, "image");
    const axf_node *fusion = axf_node_get(model, "fusion"), *joint = axf_node_get(model, "joint");
    if (joint != NULL && (text != NULL || image != NULL || fusion != NULL)) {
        return axf_node_fail(joint, "model.joint replaces text, image and fusion: remove one or the other");
    }
    if (joint == NULL && text == NULL && image == NULL) {
        return axf_node_fail(model, "model needs text, image or both (with fusion), or joint");
    }
    return AXF_OK;
}

axf_status axf_section_read_encoder(axf_experiment *experiment, const axf_section *section,
                                    const axf_section_source *source)
{
    return source->node != NULL ? axf_section_read_component(experiment, section, source) : AXF_OK;
}

axf_status axf_section_read_fusion(axf_experiment *experiment, const axf_section *section,
                                   const axf_section_source *source)
{
    if (experiment->text.instance != NULL && experiment->image.instance != NULL) {
        return axf_section_read_component(experiment, section, source);
    }
    return source->node == NULL ? AXF_OK : axf_node_fail(source->node, "model.fusion needs both text and image");
}

/* ---- losses ---- */

axf_status axf_section_read_objective(axf_experiment *experiment, const axf_section *section,
                                      const axf_section_source *source)
{
    axf_component_request ask = request_of(experiment, section, source);
    ask.fallback = "cross_entropy";
    return axf_component_read(experiment, &ask, source->node, use_of(experiment, section));
}

/* Reads the loss at losses.<key>. The key is also the name of the component, unless the map names another one. */
static axf_status read_loss(axf_experiment *experiment, const axf_section *section, const axf_section_source *source,
                            const axf_node *key, const axf_node *node)
{
    const char *name = key->text;
    if (experiment->loss_count == AXF_MAX_LOSSES) {
        return axf_node_fail(key, "there are more than %d auxiliary losses", AXF_MAX_LOSSES);
    }
    const int32_t at = experiment->loss_count++;
    if (node->kind != AXF_NODE_MAP) {
        return axf_node_fail(node, "losses.%s must be a map of options, e.g. {beta: 0.1}", name);
    }
    axf_component_request ask = request_of(experiment, section, source);
    ask.path = axf_arena_printf(&experiment->arena, "losses.%s", name);
    ask.prefix = ask.path;
    ask.fallback = name;
    ask.host_values = &experiment->loss_settings[at];
    const axf_node *named = axf_node_get(node, ask.key);
    if (named == NULL && axf_registry_find(experiment->registry, section->kind, name) == NULL) {
        axf_registered *unused;
        axf_registry_get(experiment->registry, section->kind, name, &unused);
        return axf_node_fail(key, "%s", axf_error_message());
    }
    AXF_TRY(axf_component_read(experiment, &ask, node, &experiment->loss[at]));
    if (named == NULL) {
        experiment->loss[at].instance->position = axf_node_where(&experiment->arena, key);
    }
    experiment->loss_name[at] = name;
    return AXF_OK;
}

axf_status axf_section_read_losses(axf_experiment *experiment, const axf_section *section,
                                   const axf_section_source *source)
{
    const axf_node *losses = source->node;
    if (losses == NULL) {
        return AXF_OK;
    }
    if (losses->kind != AXF_NODE_MAP) {
        return axf_node_fail(losses,
                             "losses must be a map of names and their options: {itc: {beta: 0.1}, itm: {beta: 0.1}}");
    }
    double sum = 0;
    for (uint32_t i = 0; i < losses->count; i++) {
        if (!axf_node_is_null(losses->items[i])) {
            AXF_TRY(read_loss(experiment, section, source, losses->keys[i], losses->items[i]));
            sum += experiment->loss_settings[experiment->loss_count - 1].beta;
        }
    }
    if (sum >= 1.0) {
        return axf_node_fail(losses,
                             "the weights (beta) of the auxiliary losses add up to %g: the sum must be less than 1, "
                             "since the objective gets the rest",
                             sum);
    }
    return AXF_OK;
}

/* ---- backend ---- */

/* The backend with the best score on this machine. The score comes from the description of a plugin, so that no backend
 * is opened. */
static const char *best_backend(const axf_registry *registry)
{
    const char *best = NULL;
    int32_t best_score = 0;
    for (int i = 0; i < registry->count; i++) {
        const axf_registered *item = registry->items[i];
        if (strcmp(item->kind->id, AXF_KIND_BACKEND) == 0) {
            const int32_t score = axf_call_backend_score(item);
            if (score > best_score) {
                best_score = score;
                best = item->component.name;
            }
        }
    }
    return best;
}

axf_status axf_section_read_backend(axf_experiment *experiment, const axf_section *section,
                                    const axf_section_source *source)
{
    const axf_node *node = source->node;
    axf_component_request ask = request_of(experiment, section, source);
    ask.key = "name";
    ask.describe_only = !source->open_backend;
    const axf_node *name = node != NULL && node->kind == AXF_NODE_MAP ? axf_node_get(node, ask.key) : node;
    if (name != NULL && (name->kind != AXF_NODE_SCALAR || strcmp(name->text, "auto") != 0)) {
        return axf_component_read(experiment, &ask, node, &experiment->backend);
    }
    ask.fallback = best_backend(experiment->registry);
    if (ask.fallback == NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "there is no compute backend among the plugins that this machine can run");
    }
    axf_node *options = NULL; /* the map without the key that says auto */
    if (node != NULL && node->kind == AXF_NODE_MAP) {
        options = axf_node_copy(&experiment->arena, node);
        const int64_t index = axf_node_index(options, ask.key);
        if (index >= 0) {
            axf_node_remove(options, (uint32_t)index);
        }
    }
    return axf_component_read(experiment, &ask, options, &experiment->backend);
}
