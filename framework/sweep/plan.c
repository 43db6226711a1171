#include "sweep/plan.h"

#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "experiment/experiment.h"
#include "experiment/resolved.h"
#include "experiment/run_path.h"
#include "experiment/run_posts.h"
#include "experiment/sections.h"
#include "files/durable.h"
#include "files/path.h"
#include "spec/emit.h"
#include "spec/load.h"
#include "spec/sweep.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RUNS = 100000, MAX_AXIS_VALUES = 100 };

static const char *join_labels(axf_arena *arena, const axf_sweep_point *point, uint32_t count, const char *between)
{
    const char *text = "";
    for (uint32_t i = 0; i < count; i++) {
        text = axf_arena_printf(arena, "%s%s%s", text, i > 0 ? between : "", point->labels[i]);
    }
    return text;
}

/* This part of a name is only for people; the id beside it makes the name unique. */
static const char *folder_label(axf_arena *arena, const axf_sweep_point *point, uint32_t count)
{
    char *text = axf_arena_copy(arena, join_labels(arena, point, count, "-"));
    for (char *c = text; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("._+-", *c) == NULL) {
            *c = '_';
        }
    }
    if (strlen(text) > MAX_AXIS_VALUES) {
        text[MAX_AXIS_VALUES] = '\0';
    }
    if (text[0] == '.' || text[0] == '-') {
        text[0] = '_';
    }
    return text;
}

/* Writes the spec of a point: all paths are absolute, and every default is written. A sweep keeps no weights unless the
 * spec asks for them. */
static const char *point_spec(axf_arena *arena, const axf_experiment *experiment, const axf_node *written)
{
    axf_node *resolved = axf_node_copy(arena, axf_experiment_resolved(experiment, arena));
    if (axf_node_get(axf_node_get(written, "checkpoint"), "keep") == NULL) {
        axf_node *checkpoint = axf_node_copy(arena, axf_node_get(resolved, "checkpoint"));
        axf_node_set_text(arena, checkpoint, "keep", axf_node_scalar(arena, NULL, "none", false));
        axf_node_set_text(arena, resolved, "checkpoint", checkpoint);
    }
    axf_strbuf text = {0};
    axf_node_emit(resolved, 0, &text);
    const char *copy = axf_arena_copy(arena, axf_strbuf_text(&text));
    axf_strbuf_free(&text);
    return copy;
}

static axf_status add_runs(axf_plan *plan, int32_t index, const axf_experiment *experiment)
{
    axf_plan_point *point = &plan->points[index];
    const axf_list *seeds = &experiment->top.seeds;
    for (uint32_t k = 0; k < seeds->count; k++) {
        if (plan->run_count >= MAX_RUNS) {
            return axf_fail(AXF_ERR_SPEC, "the sweep has more than %d runs", MAX_RUNS);
        }
        const uint64_t seed = (uint64_t)((const int64_t *)seeds->items)[k];
        for (uint32_t j = 0; j < k; j++) {
            if ((uint64_t)((const int64_t *)seeds->items)[j] == seed) {
                return axf_fail(AXF_ERR_SPEC, "seeds: %llu is written twice", (unsigned long long)seed);
            }
        }
        if ((plan->run_count & (plan->run_count - 1)) == 0) {
            plan->runs = axf_realloc(plan->runs, 2 * ((size_t)plan->run_count > 0 ? (size_t)plan->run_count : 1) *
                                                     sizeof *plan->runs);
        }
        char *folder = axf_run_path(experiment, point->axis_values, point->id, seed);
        plan->runs[plan->run_count++] =
            (axf_plan_run){index, seed, axf_arena_printf(&plan->arena, "%s-s%llu", point->id, (unsigned long long)seed),
                           axf_arena_copy(&plan->arena, folder)};
        free(folder);
    }
    return AXF_OK;
}

static axf_status fill_point(axf_plan *plan, int32_t index, const axf_experiment *experiment, const axf_node *written,
                             axf_hash_cache *hashes)
{
    axf_plan_point *point = &plan->points[index];
    if (plan->folder == NULL) {
        plan->root = axf_arena_printf(&plan->arena, "%s/%s", experiment->top.output, experiment->top.name);
        plan->folder = axf_arena_printf(&plan->arena, "%s/sweep", plan->root);
    }
    axf_posts posts = {0};
    axf_hash128 data;
    axf_status status = axf_run_posts_read(&posts, experiment);
    if (status == AXF_OK) {
        status = axf_run_identify(experiment, &posts, hashes, &data, point->id);
    }
    axf_posts_free(&posts);
    AXF_TRY(status);
    point->threads = experiment->top.threads != AXF_NULL_INT ? (int32_t)experiment->top.threads : 0;
    point->file = axf_arena_printf(&plan->arena, "%s/points/%s%s%s.yml", plan->folder, point->axis_values,
                                   point->axis_values[0] != '\0' ? "-" : "", point->id);
    point->spec = point_spec(&plan->arena, experiment, written);
    point->same_as = -1;
    for (int32_t i = 0; i < index; i++) {
        if (strcmp(plan->points[i].id, point->id) == 0) {
            point->same_as = i;
            axf_log(AXF_LOG_LEVEL_WARNING, "the points '%s' and '%s' are the same experiment: it is run once",
                    plan->points[i].title, point->title);
            return AXF_OK;
        }
    }
    return add_runs(plan, index, experiment);
}

static axf_status parse_point(axf_plan *plan, int32_t index, axf_registry *registry, const axf_node *spec,
                              axf_hash_cache *hashes)
{
    axf_experiment experiment;
    axf_status status = axf_experiment_parse(&experiment, registry, spec, 0, 0);
    if (status == AXF_OK) {
        status = fill_point(plan, index, &experiment, spec, hashes);
    }
    axf_experiment_free(&experiment);
    return status;
}

static axf_status make_point(axf_plan *plan, int32_t index, axf_registry *registry, const axf_sweep_point *from,
                             const axf_plan_change *change, axf_hash_cache *hashes)
{
    axf_plan_point *point = &plan->points[index];
    point->labels = from->labels;
    point->title = join_labels(&plan->arena, from, plan->axis_count, " ");
    point->axis_values = folder_label(&plan->arena, from, plan->axis_count);
    const axf_node *spec = from->spec;
    axf_status status =
        change != NULL ? change->make(change->context, &plan->arena, registry, from->spec, &spec) : AXF_OK;
    if (status == AXF_OK) {
        status = parse_point(plan, index, registry, spec, hashes);
    }
    return status != AXF_OK && plan->axis_count > 0 ? axf_context(status, "sweep point '%s'", point->title) : status;
}

axf_status axf_plan_make(axf_plan *plan, axf_registry *registry, const axf_node *spec, const char *const *settings,
                         const axf_plan_change *change)
{
    *plan = (axf_plan){0};
    axf_sweep sweep;
    const char *const *keys = axf_section_top_keys(&plan->arena);
    AXF_TRY(axf_sweep_expand(&plan->arena, spec, keys, settings, axf_setting_count(settings), &sweep));
    plan->axis_count = sweep.axis_count;
    plan->axes = sweep.axes;
    plan->point_count = (int32_t)sweep.count;
    plan->points = axf_arena_alloc(&plan->arena, sweep.count * sizeof *plan->points);
    axf_hash_cache *hashes = axf_hash_cache_open(NULL);
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < plan->point_count && status == AXF_OK; i++) {
        status = make_point(plan, i, registry, &sweep.points[i], change, hashes);
    }
    axf_hash_cache_close(hashes);
    return status;
}

void axf_plan_free(axf_plan *plan)
{
    free(plan->runs);
    axf_arena_free(&plan->arena);
    *plan = (axf_plan){0};
}

/* ---- files ---- */

static void put_run(const axf_plan *plan, const axf_plan_run *run, axf_strbuf *out)
{
    const axf_plan_point *point = &plan->points[run->point];
    const size_t root = strlen(plan->root);
    const int below = strncmp(run->folder, plan->root, root) == 0 && run->folder[root] == '/';
    axf_strbuf_puts(out, "    {\"folder\": ");
    axf_json_put_string(out, below ? run->folder + root + 1 : run->folder);
    axf_strbuf_printf(out, ", \"run_id\": \"%s\", \"seed\": %llu, \"labels\": [", point->id,
                      (unsigned long long)run->seed);
    for (uint32_t i = 0; i < plan->axis_count; i++) {
        axf_strbuf_puts(out, i > 0 ? ", " : "");
        axf_json_put_string(out, point->labels[i]);
    }
    axf_strbuf_puts(out, "]}");
}

static axf_status write_list(const axf_plan *plan)
{
    axf_strbuf text = {0};
    axf_strbuf_puts(&text, "{\n  \"axes\": [");
    for (uint32_t i = 0; i < plan->axis_count; i++) {
        axf_strbuf_puts(&text, i > 0 ? ", " : "");
        axf_json_put_string(&text, plan->axes[i]);
    }
    axf_strbuf_puts(&text, "],\n  \"runs\": [\n");
    for (int32_t i = 0; i < plan->run_count; i++) {
        put_run(plan, &plan->runs[i], &text);
        axf_strbuf_puts(&text, i + 1 < plan->run_count ? ",\n" : "\n");
    }
    axf_strbuf_puts(&text, "  ]\n}\n");
    char *path = axf_path_join(plan->folder, "plan.json");
    const axf_status status = axf_durable_write_file(path, text.data, text.length);
    free(path);
    axf_strbuf_free(&text);
    return status;
}

axf_status axf_plan_write(const axf_plan *plan)
{
    char *points = axf_path_join(plan->folder, "points");
    axf_status status = axf_folder_make(points);
    free(points);
    for (int32_t i = 0; i < plan->point_count && status == AXF_OK; i++) {
        const axf_plan_point *point = &plan->points[i];
        if (point->same_as < 0) {
            status = axf_durable_write_file(point->file, point->spec, strlen(point->spec));
        }
    }
    return status == AXF_OK ? write_list(plan) : status;
}
