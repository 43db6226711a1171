#include "run/finished.h"

#include "core/error.h"
#include "core/log.h"
#include "experiment/experiment.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "plugin/calls.h"
#include "run/checkpoint.h"
#include "run/run_weights.h"
#include "spec/load.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENVIRONMENT = 1 << 24 };

static axf_status read_environment(axf_finished *finished)
{
    char *path = axf_path_join(finished->run, "environment.json");
    axf_status status = axf_json_read(path, MOST_ENVIRONMENT, &finished->environment);
    const size_t classes = json_array_size(json_object_get(finished->environment, "classes"));
    if (status == AXF_OK && (classes < 1 || classes > 1000000)) {
        status = axf_fail(AXF_ERR_FORMAT, "%s: this is not the environment of a run: it names no classes", path);
    }
    free(path);
    return status;
}

static void read_class_names(axf_finished *finished, int32_t *classes)
{
    const json_t *list = json_object_get(finished->environment, "classes");
    *classes = (int32_t)json_array_size(list);
    const char **names = axf_arena_alloc(&finished->arena, (size_t)*classes * sizeof *names);
    for (int32_t k = 0; k < *classes; k++) {
        const char *name = json_string_value(json_array_get(list, (size_t)k));
        names[k] = axf_arena_copy(&finished->arena, name != NULL ? name : "");
    }
    finished->class_names = names;
}

/* The name of a component: a scalar, or the value of `key` in a map; NULL when neither. */
static const char *component_name(const axf_node *node, const char *key)
{
    const axf_node *name = node != NULL && node->kind == AXF_NODE_MAP ? axf_node_get(node, key) : node;
    return name != NULL && name->kind == AXF_NODE_SCALAR ? name->text : NULL;
}

static void set_top(axf_finished *finished, const char *key, const axf_node *value)
{
    axf_node *copy = axf_node_copy(&finished->arena, finished->spec);
    axf_node_set_text(&finished->arena, copy, key, value);
    finished->spec = copy;
}

/* The backend of the run may need hardware that this machine does not have. */
static void choose_backend(axf_finished *finished)
{
    const axf_node *node = axf_node_get(finished->spec, "backend");
    const char *name = component_name(node, "name");
    if (name == NULL || strcmp(name, "auto") == 0 || (node->source != NULL && node->source->command_line)) {
        return;
    }
    const axf_registered *item = axf_registry_find(finished->registry, AXF_KIND_BACKEND, name);
    if (item != NULL && axf_call_backend_score(item) != 0) {
        return;
    }
    axf_log(AXF_LOG_WARNING, "%s ran on the backend '%s', which this machine does not have: another one computes",
            finished->run, name);
    set_top(finished, "backend", axf_node_scalar(&finished->arena, NULL, "auto", false));
}

/* The plugin that reads the data of training is not needed now, and perhaps this machine does not have it. */
static void drop_absent_dataset(axf_finished *finished)
{
    axf_arena *arena = &finished->arena;
    const axf_node *data = axf_node_get(finished->spec, "data");
    const char *name = component_name(data, "loader");
    if (name == NULL || axf_registry_find(finished->registry, AXF_KIND_DATASET, name) != NULL) {
        return;
    }
    axf_node *table = axf_node_map(arena, data);
    axf_node_set_text(arena, table, "loader", axf_node_scalar(arena, NULL, "table", false));
    axf_node_set_text(arena, table, "file", axf_node_scalar(arena, NULL, "posts.csv", true));
    static const char *const policies[] = {"on_bad_image", "missing_image", "empty_image"};
    for (int i = 0; i < 3; i++) {
        const axf_node *policy = data->kind == AXF_NODE_MAP ? axf_node_get(data, policies[i]) : NULL;
        if (policy != NULL) {
            axf_node_set_text(arena, table, policies[i], policy);
        }
    }
    set_top(finished, "data", table);
}

/* A component whose version has risen may compute something else than it did in training. */
static void warn_of_versions(const axf_finished *finished)
{
    const json_t *list = json_object_get(finished->environment, "components");
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(&finished->bench.experiment, i);
        if (use == NULL) {
            return;
        }
        const axf_component *component = &use->instance->component->component;
        const char *label = use->instance->component->kind->label;
        for (size_t k = 0; use != &finished->bench.experiment.dataset && k < json_array_size(list); k++) {
            const json_t *item = json_array_get(list, k);
            const char *kind = json_string_value(json_object_get(item, "kind"));
            const char *name = json_string_value(json_object_get(item, "name"));
            const char *version = json_string_value(json_object_get(item, "version"));
            if (kind != NULL && name != NULL && version != NULL && strcmp(kind, label) == 0 &&
                strcmp(name, component->name) == 0 && strcmp(version, component->version) != 0) {
                axf_log(AXF_LOG_WARNING,
                        "%s was trained with version %s of %s '%s', and this is version %s: its results may differ",
                        finished->run, version, label, name, component->version);
            }
        }
    }
}

static axf_status load_weights(axf_finished *finished)
{
    bool there;
    finished->final = axf_arena_printf(&finished->arena, "%s/checkpoints/final.safetensors", finished->run);
    AXF_TRY(axf_is_there(finished->final, &there));
    if (!there) {
        const char *head = axf_arena_printf(&finished->arena, "%s/head.safetensors", finished->run);
        AXF_TRY(axf_is_there(head, &there));
        if (!there) {
            return axf_fail(
                AXF_ERR_IO,
                "%s is not there: the run is not finished, or kept no weights (checkpoint.keep: none, as runs "
                "of a sweep do unless asked)",
                finished->final);
        }
        finished->final = head;
    }
    return axf_checkpoint_read_weights(finished->final, &finished->bench.model.params);
}

static axf_status build(axf_finished *finished, int whole)
{
    axf_workbench_model wanted = {.whole = whole};
    read_class_names(finished, &wanted.classes);
    wanted.multi_label = json_is_true(json_object_get(finished->environment, "multi_label"));
    AXF_TRY(axf_workbench_build(&finished->bench, &wanted));
    return load_weights(finished);
}

static axf_status open_run(axf_finished *finished, const axf_finished_settings *settings)
{
    uint32_t count = 0;
    while (settings->settings != NULL && settings->settings[count] != NULL) {
        count++;
    }
    char *path = axf_path_join(finished->run, "spec.yml");
    const char *file = path;
    axf_status status = axf_spec_load(&finished->arena, &file, 1, settings->settings, count, &finished->spec);
    free(path);
    AXF_TRY(status);
    AXF_TRY(read_environment(finished));
    finished->bench.hashes = axf_hash_cache_open(NULL);
    AXF_TRY(axf_run_weights_find(&finished->arena, finished->run, finished->spec,
                                 json_object_get(finished->environment, "weights"), settings->weights,
                                 finished->bench.hashes, &finished->spec));
    choose_backend(finished);
    drop_absent_dataset(finished);
    const uint64_t seed = (uint64_t)json_integer_value(json_object_get(finished->environment, "seed"));
    AXF_TRY(axf_workbench_open(&finished->bench, finished->registry, finished->spec, seed));
    warn_of_versions(finished);
    return build(finished, settings->whole);
}

axf_status axf_finished_open(axf_finished *finished, axf_registry *registry, const char *run,
                             const axf_finished_settings *settings)
{
    *finished = (axf_finished){.registry = registry};
    finished->run = axf_arena_copy(&finished->arena, run);
    const axf_status status = open_run(finished, settings);
    if (status != AXF_OK) {
        axf_finished_close(finished);
    }
    return status;
}

void axf_finished_close(axf_finished *finished)
{
    axf_workbench_close(&finished->bench);
    json_decref(finished->environment);
    axf_arena_free(&finished->arena);
}
