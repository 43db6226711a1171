#include "run/finished.h"

#include "core/error.h"
#include "core/log.h"
#include "experiment/threads.h"
#include "files/path.h"
#include "files/read.h"
#include "model/declare.h"
#include "model/describe.h"
#include "model/load_weights.h"
#include "plugin/calls.h"
#include "run/run_weights.h"
#include "spec/load.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ENVIRONMENT = 1 << 24 };

static axf_status read_environment(axf_finished *finished)
{
    char *path = axf_path_join(finished->run, "environment.json"), *bytes = NULL;
    size_t length;
    json_error_t error;
    axf_status status = axf_read_file(path, MOST_ENVIRONMENT, &bytes, &length);
    if (status == AXF_OK) {
        finished->environment = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
        const json_t *list = json_object_get(finished->environment, "classes");
        if (finished->environment == NULL) {
            status = axf_fail(AXF_ERR_FORMAT, "%s:%d:%d: %s", path, error.line, error.column, error.text);
        } else if (json_array_size(list) < 1 || json_array_size(list) > 1000000) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: not the environment of a run: no classes", path);
        }
    }
    free(bytes);
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

/* The run's backend may need hardware that is not here. */
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

/* What reads the data of training is of no account now, and perhaps not here. */
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

/* A component whose version rose computes something else than it did in training. */
static void warn_of_versions(const axf_finished *finished)
{
    const json_t *list = json_object_get(finished->environment, "components");
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(&finished->session.experiment, i);
        if (use == NULL) {
            return;
        }
        const axf_component *component = &use->instance->component->component;
        const char *label = use->instance->component->kind->label;
        for (size_t k = 0; use != &finished->session.experiment.dataset && k < json_array_size(list); k++) {
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
    axf_arena *arena = &finished->arena;
    finished->final = axf_arena_printf(arena, "%s/checkpoints/final.safetensors", finished->run);
    if (access(finished->final, F_OK) != 0) {
        const char *head = axf_arena_printf(arena, "%s/head.safetensors", finished->run);
        if (access(head, F_OK) != 0) {
            return axf_fail(
                AXF_ERR_IO,
                "%s is not there: the run is not finished, or kept no weights (checkpoint.keep: none, as runs "
                "of a sweep do unless asked)",
                finished->final);
        }
        finished->final = head;
    }
    return axf_checkpoint_read_weights(&finished->session, finished->final);
}

static axf_status build(axf_finished *finished, int whole)
{
    axf_session *session = &finished->session;
    axf_model *model = &session->model;
    int32_t classes;
    read_class_names(finished, &classes);
    session->threads = axf_threads_of(&session->experiment);
    AXF_TRY(axf_session_open_backend(session));
    const int multi_label = json_is_true(json_object_get(finished->environment, "multi_label"));
    AXF_TRY(axf_model_describe(model, &session->experiment, classes, multi_label));
    if (whole) {
        model->text_wanted |= model->text_facts.gives;
        model->image_wanted |= model->image_facts.gives;
        model->join_wanted |= model->joint_facts.gives;
    }
    AXF_TRY(axf_model_declare(model, session->backend, session->backend_self, 1));
    AXF_TRY(axf_model_load(model));
    const axf_tape_settings settings = {.seed = session->experiment.seed};
    AXF_TRY(axf_tape_new(session->backend, session->backend_self, &model->params, &settings, &session->tape));
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
    finished->session.hashes = axf_hash_cache_open(NULL);
    AXF_TRY(axf_run_weights_find(&finished->arena, finished->run, finished->spec,
                                 json_object_get(finished->environment, "weights"), settings->weights,
                                 finished->session.hashes, &finished->spec));
    choose_backend(finished);
    drop_absent_dataset(finished);
    const uint64_t seed = (uint64_t)json_integer_value(json_object_get(finished->environment, "seed"));
    AXF_TRY(axf_experiment_parse(&finished->session.experiment, finished->registry, finished->spec, seed, 1));
    warn_of_versions(finished);
    return build(finished, settings->whole);
}

axf_status axf_finished_open(axf_finished *finished, axf_registry *registry, const char *run,
                             const axf_finished_settings *settings)
{
    *finished = (axf_finished){.registry = registry};
    finished->run = axf_arena_copy(&finished->arena, run);
    finished->session.folder = axf_copy(run);
    const axf_status status = open_run(finished, settings);
    if (status != AXF_OK) {
        axf_finished_close(finished);
    }
    return status;
}

void axf_finished_close(axf_finished *finished)
{
    axf_session_close(&finished->session);
    json_decref(finished->environment);
    axf_arena_free(&finished->arena);
}
