/* auxfuse sweep: runs all points of a grid for all seeds. Each run is its own process. */
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/tiny.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "experiment/threads.h"
#include "files/json.h"
#include "sweep/child.h"
#include "sweep/compare.h"
#include "sweep/compare_print.h"
#include "sweep/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char **settings, **plugins;
    const char *jobs;
    bool json, dry_run, retry, tiny;
    char **files;
    int file_count;
} arguments;

/* ---- --dry-run ---- */

static axf_status runs_json(const axf_plan *plan, const axf_journal_view *view, json_t *list)
{
    for (int32_t i = 0; i < plan->run_count; i++) {
        const axf_plan_run *run = &plan->runs[i];
        const axf_plan_point *point = &plan->points[run->point];
        const char *message;
        int32_t state;
        AXF_TRY(axf_planned_state(run, view, &state, &message));
        json_t *axes = json_object();
        for (uint32_t k = 0; k < plan->axis_count; k++) {
            json_object_set_new(axes, plan->axes[k], json_string(point->labels[k]));
        }
        json_array_append_new(list, json_pack("{s:o, s:I, s:s, s:s, s:s, s:s}", "axes", axes, "seed",
                                              (json_int_t)run->seed, "run_id", point->id, "state",
                                              axf_run_state_name(state), "folder", run->folder, "message", message));
    }
    return AXF_OK;
}

static void put_field(const char *text, int width)
{
    axf_strbuf out = {0};
    axf_terminal_put(&out, text, strlen(text));
    printf("%-*s  ", width, axf_strbuf_text(&out));
    axf_strbuf_free(&out);
}

static axf_status print_plan(const axf_plan *plan, const axf_journal_view *view)
{
    int width[64] = {0};
    for (uint32_t k = 0; k < plan->axis_count; k++) {
        width[k] = (int)strlen(plan->axes[k]);
        for (int32_t p = 0; p < plan->point_count; p++) {
            const int length = (int)strlen(plan->points[p].labels[k]);
            width[k] = length > width[k] ? length : width[k];
        }
        put_field(plan->axes[k], width[k]);
    }
    printf("%-10s  %-8s  %-11s  %s\n", "seed", "run id", "state", "folder");
    for (int32_t i = 0; i < plan->run_count; i++) {
        const axf_plan_run *run = &plan->runs[i];
        const axf_plan_point *point = &plan->points[run->point];
        int32_t state;
        AXF_TRY(axf_planned_state(run, view, &state, NULL));
        for (uint32_t k = 0; k < plan->axis_count; k++) {
            put_field(point->labels[k], width[k]);
        }
        printf("%-10llu  %s  %-11s  ", (unsigned long long)run->seed, point->id, axf_run_state_name(state));
        put_field(run->folder, 0);
        printf("\n");
    }
    printf("%d runs of %d points\n", plan->run_count, plan->point_count);
    return AXF_OK;
}

/* ---- the end ---- */

static axf_status make_comparison(const axf_plan *plan, axf_comparison *comparison)
{
    const axf_compare_settings usual = {0};
    char *path = axf_copy(plan->root);
    const axf_status status = axf_compare(comparison, &path, 1, &usual);
    free(path);
    return status;
}

static axf_status print_json(const axf_plan *plan, const axf_journal_view *view, int compare)
{
    json_t *runs = json_array();
    axf_status status = runs_json(plan, view, runs);
    json_t *root = json_pack("{s:s, s:o}", "folder", plan->folder, "runs", runs);
    axf_comparison comparison;
    if (compare && make_comparison(plan, &comparison) == AXF_OK) {
        json_object_set_new(root, "comparison", axf_compare_json(&comparison));
    }
    if (compare) {
        axf_comparison_free(&comparison);
    }
    if (status == AXF_OK) {
        status = axf_json_print(stdout, root, AXF_COMPARE_DIGITS);
    }
    json_decref(root);
    return status;
}

static void print_comparison(const axf_plan *plan)
{
    axf_comparison comparison;
    axf_strbuf text = {0};
    const axf_compare_layout layout = {0};
    if (make_comparison(plan, &comparison) == AXF_OK && axf_compare_text(&comparison, &layout, &text) == AXF_OK) {
        printf("\n%s\nTo print this table again, also as CSV, LaTeX or JSON: auxfuse compare %s\n",
               axf_strbuf_text(&text), plan->root);
    } else {
        axf_log(AXF_LOG_LEVEL_WARNING, "there is no table of results: %s", axf_error_message());
    }
    axf_strbuf_free(&text);
    axf_comparison_free(&comparison);
}

/* ---- the sweep ---- */

static axf_status read_jobs(const char *text, int32_t *jobs)
{
    char *end = NULL;
    const long value = text != NULL ? strtol(text, &end, 10) : 1;
    if (value < 1 || value > 1024 || (text != NULL && (end == text || *end != '\0'))) {
        return axf_fail(AXF_ERR_USAGE, "--jobs: '%s' is not a number from 1 to 1024", text);
    }
    *jobs = (int32_t)value;
    return AXF_OK;
}

static axf_status train(const axf_plan *plan, const arguments *a)
{
    axf_schedule_settings settings = {.jobs = 1, .retry = a->retry, .plugins = a->plugins, .program = "/proc/self/exe"};
    AXF_TRY(read_jobs(a->jobs, &settings.jobs));
    const int32_t cores = axf_threads_available();
    settings.threads = cores / settings.jobs > 0 ? cores / settings.jobs : 1;
    const char *program = getenv("AUXFUSE_TEST_BINARY");
    settings.program = program != NULL ? program : settings.program;
    AXF_TRY(axf_plan_write(plan));
    axf_schedule_counts counts;
    AXF_TRY(axf_schedule_run(plan, &settings, &counts));
    if (counts.failed > 0) {
        return axf_fail(AXF_ERR_DATA, "%d of %d runs failed; their output is in %s/logs; --retry runs them again",
                        counts.failed, plan->run_count, plan->folder);
    }
    return AXF_OK;
}

static axf_status sweep(const axf_plan *plan, const arguments *a)
{
    axf_journal_view view = {0};
    axf_status status = AXF_OK;
    if (!a->dry_run) {
        status = train(plan, a);
    }
    if (status == AXF_ERR_INTERRUPTED || status == AXF_ERR_USAGE) {
        return status;
    }
    axf_kept_error *error = status != AXF_OK ? axf_error_keep() : NULL;
    axf_status read = axf_journal_read(plan->folder, &view);
    if (read == AXF_OK && a->json) {
        read = print_json(plan, &view, !a->dry_run);
    } else if (read == AXF_OK && a->dry_run) {
        read = print_plan(plan, &view);
    } else if (read == AXF_OK) {
        print_comparison(plan);
    }
    axf_journal_view_free(&view);
    if (status != AXF_OK) {
        axf_error_restore(error);
    }
    return status != AXF_OK ? status : read;
}

static axf_status tiny_point(const void *spec_file, axf_arena *arena, axf_registry *registry, const axf_node *spec,
                             const axf_node **tiny)
{
    return axf_tiny_spec(arena, registry, spec, spec_file, tiny);
}

static axf_status run_all(const arguments *a)
{
    axf_arena arena = {0};
    axf_registry registry = {0};
    const axf_node *spec;
    axf_plan plan = {0};
    axf_status status = axf_cli_registry(&registry, a->plugins);
    if (status == AXF_OK) {
        status = axf_cli_spec(&arena, a->files, a->file_count, a->settings, &spec);
    }
    if (status == AXF_OK) {
        const axf_plan_change tiny = {tiny_point, a->files[0]};
        status = axf_plan_make(&plan, &registry, spec, a->settings, a->tiny ? &tiny : NULL);
    }
    if (status == AXF_OK) {
        status = sweep(&plan, a);
    }
    axf_plan_free(&plan);
    axf_registry_free(&registry);
    axf_arena_free(&arena);
    return status;
}

static int run(int argc, char **argv)
{
    /* The sweep starts this program again for each run: see sweep/child.h. */
    if (argc > 3 && strcmp(argv[1], "--child-of") == 0) {
        return axf_child_become(argv[2], argv + 3);
    }
    arguments a = {0};
    const axf_flag flags[] = {
        {.name = "set", .letter = 's', .list = &a.settings},
        {.name = "plugin", .list = &a.plugins},
        {.name = "jobs", .letter = 'j', .value = &a.jobs},
        {.name = "dry-run", .flag = &a.dry_run},
        {.name = "retry", .flag = &a.retry},
        {.name = "tiny", .flag = &a.tiny},
        {.name = "json", .flag = &a.json},
        {0},
    };
    axf_status status = axf_flags_parse(argc, argv, flags, &a.files, &a.file_count);
    if (status == AXF_OK) {
        status = run_all(&a);
    }
    return axf_cli_end(status, a.settings, a.plugins);
}

const axf_verb axf_verb_sweep = {
    "sweep", "SPEC… [-s KEY=VALUE]… [options]",
    "Runs all points of a spec's sweep for all its seeds, and compares them", run,
    "  SPEC…                 YAML files, merged in order, with `sweep: {axes: …}`\n"
    "  -s, --set KEY=VALUE   sets a value on top of the files; may be repeated\n"
    "  -j, --jobs N          runs at a time (default 1); the cores are divided among them at the first start\n"
    "  --dry-run             lists the runs, their state and folders\n"
    "  --retry               runs again what failed before\n"
    "  --tiny                tries the sweep: each point as auxfuse run --tiny would, under the name <name>-tiny\n"
    "  --json                prints runs and comparison as one JSON document\n"
    "  --plugin FILE         loads a plugin beside those found; may be repeated\n\n"
    "Finished runs are skipped, so the same command continues after Ctrl-C, a crash or a power cut. Several\n"
    "processes, also on other machines that share the folder, can share one sweep: start the same command there.\n"
    "The sweep's journal, its specs and the logs of its runs are in <output>/<name>/sweep/.\n"};
