#include "sweep/results.h"

#include "core/error.h"
#include "files/find.h"
#include "files/json.h"
#include "files/path.h"
#include "spec/yaml.h"
#include "sweep/journal.h"
#include "sweep/predictions.h"
#include "sweep/run_folders.h"
#include "sweep/run_state.h"
#include "sweep/statistics.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_RUNS = 100000, PLAN_LIMIT = 64 << 20 };

typedef struct search {
    axf_results *results;
    const char *split;
    const char *const *labels; /* of the run that is being read, or NULL */
    int32_t all_labelled;
} search;

static axf_status read_environment(axf_result *result)
{
    char *path = axf_path_join(result->folder, "environment.json");
    axf_status status = axf_json_read(path, 16 << 20, &result->environment);
    if (status == AXF_OK) {
        const char *id = json_string_value(json_object_get(result->environment, "run_id"));
        const json_t *seed = json_object_get(result->environment, "seed");
        const json_t *classes = json_object_get(result->environment, "classes");
        if (id == NULL || !json_is_integer(seed) || json_integer_value(seed) < 0 || json_array_size(classes) < 1 ||
            json_array_size(classes) > AXF_BOOTSTRAP_MAX_CLASSES) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: run_id, seed or classes cannot be read", path);
        } else {
            result->run_id = id;
            result->seed = (uint64_t)json_integer_value(seed);
            result->classes = (int32_t)json_array_size(classes);
        }
    }
    free(path);
    return status;
}

static axf_status read_result(axf_results *results, axf_result *result, const char *split)
{
    AXF_TRY(read_environment(result));
    const char *spec = axf_arena_printf(&results->arena, "%s/spec.yml", result->folder);
    AXF_TRY(axf_yaml_read(&results->arena, spec, spec, &result->spec));
    const char *file = axf_arena_printf(&results->arena, "%s/predictions-%s.csv", result->folder, split);
    bool there;
    AXF_TRY(axf_is_there(file, &there));
    if (!there) {
        return axf_fail(AXF_ERR_DATA, "%s is not there: does evaluate.splits of the run contain %s?", file, split);
    }
    return axf_predictions_read(&results->arena, file, result->classes, &result->predictions);
}

static axf_status add_run(void *context, const char *folder)
{
    search *s = context;
    axf_results *results = s->results;
    char *real = realpath(folder, NULL);
    if (real == NULL) {
        return axf_fail_errno("%s", folder);
    }
    const char *copy = axf_arena_copy(&results->arena, real);
    free(real);
    int32_t state;
    AXF_TRY(axf_run_folder_state(copy, &state));
    if (state != AXF_RUN_DONE) {
        results->unfinished++;
        return AXF_OK;
    }
    for (int32_t i = 0; i < results->count; i++) {
        if (strcmp(results->items[i].folder, copy) == 0) {
            return AXF_OK;
        }
    }
    if (results->count == MAX_RUNS) {
        return axf_fail(AXF_ERR_DATA, "there are more than %d runs", MAX_RUNS);
    }
    if (results->count == results->capacity) {
        results->capacity = results->capacity > 0 ? 2 * results->capacity : 32;
        results->items = axf_realloc(results->items, (size_t)results->capacity * sizeof *results->items);
    }
    axf_result *result = &results->items[results->count++];
    *result = (axf_result){.folder = copy, .labels = s->labels};
    s->all_labelled = s->all_labelled && s->labels != NULL;
    return read_result(results, result, s->split);
}

/* ---- a sweep's plan ---- */

static const char *const *read_labels(axf_arena *arena, const json_t *list, size_t count)
{
    const char **labels = axf_arena_alloc(arena, (count + 1) * sizeof *labels);
    for (size_t i = 0; i < count; i++) {
        const char *label = json_string_value(json_array_get(list, i));
        labels[i] = axf_arena_copy(arena, label != NULL ? label : "");
    }
    return labels;
}

/* The axes of a second plan must be those of the first one, or there are no common columns. */
static int same_axes(const axf_results *results, const json_t *axes)
{
    if (results->axis_count != (int32_t)json_array_size(axes)) {
        return 0;
    }
    for (int32_t i = 0; i < results->axis_count; i++) {
        const char *axis = json_string_value(json_array_get(axes, (size_t)i));
        if (axis == NULL || strcmp(axis, results->axes[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

static axf_status add_plan(search *s, const char *root, const json_t *plan)
{
    axf_results *results = s->results;
    axf_arena *arena = &results->arena;
    const json_t *axes = json_object_get(plan, "axes"), *runs = json_object_get(plan, "runs");
    const size_t count = json_array_size(axes);
    if (!json_is_array(axes) || !json_is_array(runs) || count > 64) {
        return axf_fail(AXF_ERR_FORMAT, "%s/sweep/plan.json: axes and runs cannot be read", root);
    }
    if (results->axes == NULL && results->count == 0) {
        const char *const *names = read_labels(arena, axes, count);
        results->axes = axf_arena_alloc(arena, (count + 1) * sizeof *results->axes);
        memcpy(results->axes, names, count * sizeof *names);
        results->axis_count = (int32_t)count;
    }
    const int same = results->axes != NULL && same_axes(results, axes);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        const char *folder = json_string_value(json_object_get(run, "folder"));
        char *path = folder != NULL ? axf_path_join(root, folder) : NULL;
        bool there = false;
        axf_status status = path != NULL ? axf_is_there(path, &there) : AXF_OK;
        s->labels = same ? read_labels(arena, json_object_get(run, "labels"), count) : NULL;
        if (status == AXF_OK && !there) {
            results->unfinished++;
        } else if (status == AXF_OK) {
            status = add_run(s, path);
        }
        s->labels = NULL;
        free(path);
        AXF_TRY(status);
    }
    return AXF_OK;
}

/* Reads the plan of <output>/<name>, given this folder or its sweep/. *plan becomes NULL when there is no plan. */
static axf_status find_plan(axf_arena *arena, const char *path, const char **root, json_t **plan)
{
    *plan = NULL;
    for (int i = 0; i < 2; i++) {
        const char *file = axf_arena_printf(arena, i == 0 ? "%s/sweep/plan.json" : "%s/plan.json", path);
        bool there;
        AXF_TRY(axf_is_there(file, &there));
        if (there) {
            *root = i == 0 ? path : axf_arena_printf(arena, "%s/..", path);
            return axf_json_read(file, PLAN_LIMIT, plan);
        }
    }
    return AXF_OK;
}

axf_status axf_results_read(axf_results *results, char *const *paths, int32_t path_count, const char *split)
{
    *results = (axf_results){0};
    search s = {.results = results, .split = split, .all_labelled = 1};
    for (int32_t i = 0; i < path_count; i++) {
        const char *root = NULL;
        json_t *plan;
        AXF_TRY(find_plan(&results->arena, paths[i], &root, &plan));
        const axf_status status = plan != NULL ? add_plan(&s, root, plan) : axf_run_folders(paths[i], add_run, &s);
        json_decref(plan);
        AXF_TRY(status);
    }
    if (!s.all_labelled) {
        results->axes = NULL;
        results->axis_count = 0;
    }
    if (results->count == 0) {
        return axf_fail(AXF_ERR_DATA, "there is no finished run (a folder with done.json) in or below '%s'%s",
                        path_count > 0 ? paths[0] : "", results->unfinished > 0 ? ", only unfinished ones" : "");
    }
    return AXF_OK;
}

void axf_results_free(axf_results *results)
{
    for (int32_t i = 0; i < results->count; i++) {
        json_decref(results->items[i].environment);
    }
    free(results->items);
    axf_arena_free(&results->arena);
    *results = (axf_results){0};
}
