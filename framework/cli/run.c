/* auxfuse run: trains and evaluates one experiment. */
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/tiny.h"
#include "cli/verb.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "experiment/experiment.h"
#include "files/csv.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/json.h"
#include "files/path.h"
#include "run/reference_outputs.h"
#include "train/loop.h"
#include "train/open.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct arguments {
    const char **settings, **plugins;
    const char *axis_values, *threads, *trace, *stop;
    bool json, force, base, dry_run, quiet, tiny;
    char **files;
    int file_count;
} arguments;

/* metrics.csv as JSON: for each split its last row, with all numbers by the names of their columns. */
typedef struct last_rows {
    json_t *by_split;
    char **names; /* [count] of the columns */
    int32_t count;
} last_rows;

static axf_status take_row(void *context, const axf_csv_record *record)
{
    last_rows *rows = context;
    if (record->number == 1) {
        rows->names = axf_alloc((size_t)record->count * sizeof *rows->names);
        for (; rows->count < record->count; rows->count++) {
            rows->names[rows->count] = axf_copy(record->fields[rows->count]);
        }
        return AXF_OK;
    }
    json_t *row = json_object();
    const char *split = "";
    for (int32_t i = 0; i < record->count && i < rows->count; i++) {
        char *end;
        const double number = strtod(record->fields[i], &end);
        if (strcmp(rows->names[i], "split") == 0) {
            split = record->fields[i];
        } else if (*end == '\0' && end != record->fields[i]) {
            json_object_set_new(row, rows->names[i], json_real(number));
        }
    }
    json_object_set_new(rows->by_split, split, row);
    return AXF_OK;
}

/* The result is empty for a run that has not written metrics yet. */
static axf_status metrics_json(const char *folder, json_t **metrics)
{
    bool there;
    last_rows rows = {.by_split = json_object()};
    char *path = axf_path_join(folder, "metrics.csv");
    axf_status status = axf_is_there(path, &there);
    if (status == AXF_OK && there) {
        status = axf_csv_each(path, 64u << 20, take_row, &rows);
    }
    axf_names_free(rows.names, (size_t)rows.count);
    free(path);
    *metrics = rows.by_split;
    return status;
}

static axf_status report(const axf_trainer *trainer, const arguments *a, json_t *list)
{
    if (!a->json) {
        printf("%s\n", trainer->folder.path);
        return AXF_OK;
    }
    json_t *metrics;
    const axf_status status = metrics_json(trainer->folder.path, &metrics);
    json_t *run = json_pack("{s:s, s:s, s:I, s:b, s:o}", "folder", trainer->folder.path, "run_id", trainer->run_id,
                            "seed", (json_int_t)trainer->bench.experiment.seed, "was_finished",
                            (int)trainer->folder.finished, "metrics", metrics);
    json_array_append_new(list, run);
    return status;
}

static void print_plan(const axf_trainer *trainer)
{
    const axf_params *params = &trainer->bench.model.params;
    int64_t trained = 0, all = 0;
    for (int32_t i = 0; i < params->count; i++) {
        const int64_t n = axf_param_elements(params->items[i]);
        all += n;
        trained += params->items[i]->trained ? n : 0;
    }
    printf("run %s seed %llu\n  folder      %s\n  parameters  %lld, %lld of them trained\n  memory      %.2f GB of "
           "weights, "
           "%.2f GB of optimiser state at most\n  threads     %d\n",
           trainer->run_id, (unsigned long long)trainer->bench.experiment.seed, trainer->folder.path, (long long)all,
           (long long)trained, (double)params->bytes / 1e9, (double)axf_optimizer_estimate(params) / 1e9,
           trainer->bench.threads);
    if (trainer->bench.model.image_frozen) {
        printf("  features    %.3f GB on disk\n",
               (double)trainer->bench.posts.count * (double)axf_features_bytes(&trainer->bench.model) / 1e9);
    }
}

static axf_status run_seed(axf_registry *registry, const axf_node *spec, uint64_t seed, const arguments *a,
                           json_t *list)
{
    const axf_trainer_settings settings = {
        .force = a->force,
        .dry_run = a->dry_run,
        .axis_values = a->axis_values,
        .trace = a->trace,
        .stop_after_steps = a->stop != NULL ? atoll(a->stop) : 0,
        .threads = a->threads != NULL ? atoi(a->threads) : 0,
    };
    axf_trainer trainer;
    axf_status status = axf_trainer_open(&trainer, registry, spec, seed, &settings);
    if (status == AXF_OK && a->dry_run) {
        print_plan(&trainer);
    } else if (status == AXF_OK && trainer.folder.finished) {
        axf_log(AXF_LOG_INFO, "%s: this run is already finished (--force trains it again)", trainer.folder.path);
        /* The user may have asked for these files after the run. */
        if (trainer.bench.experiment.top.outputs == AXF_OUTPUTS_REFERENCE) {
            status = axf_run_reference_write(trainer.folder.path, &trainer.bench.experiment);
        }
        status = status == AXF_OK ? report(&trainer, a, list) : status;
    } else if (status == AXF_OK) {
        status = axf_train(&trainer);
        if (status == AXF_OK) {
            status = report(&trainer, a, list);
        }
    }
    axf_trainer_close(&trainer);
    return status;
}

/* Runs each seed of the spec. */
static axf_status run_seeds(axf_registry *registry, const axf_node *spec, const arguments *a, json_t *list)
{
    axf_experiment experiment;
    axf_status status = axf_experiment_parse_top(&experiment, spec);
    const axf_list *seeds = &experiment.top.seeds;
    for (uint32_t i = 0; status == AXF_OK && i < seeds->count; i++) {
        status = run_seed(registry, spec, (uint64_t)((const int64_t *)seeds->items)[i], a, list);
    }
    axf_experiment_free(&experiment);
    return status;
}

static axf_status run_all(const arguments *a)
{
    axf_arena arena = {0};
    axf_registry registry = {0};
    const axf_node *spec;
    json_t *list = json_array();
    axf_status status = axf_cli_registry(&registry, a->plugins);
    if (status == AXF_OK) {
        status = axf_cli_spec(&arena, a->files, a->file_count, a->settings, &spec);
    }
    if (status == AXF_OK && axf_node_get(spec, "sweep") != NULL && !a->base) {
        status =
            axf_node_fail(axf_node_get(spec, "sweep"),
                          "this spec is a sweep: auxfuse sweep runs all of it, and --base runs it without the sweep");
    }
    if (status == AXF_OK && a->tiny) {
        status = axf_tiny_spec(&arena, &registry, spec, a->files[0], &spec);
    }
    if (status == AXF_OK) {
        status = run_seeds(&registry, spec, a, list);
    }
    if (a->json && status == AXF_OK) {
        json_t *root = json_pack("{s:O}", "runs", list);
        status = axf_json_print(stdout, root, 9);
        json_decref(root);
    }
    json_decref(list);
    axf_registry_free(&registry);
    axf_arena_free(&arena);
    return status;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    const axf_flag flags[] = {
        {.name = "set", .letter = 's', .list = &a.settings},
        {.name = "plugin", .list = &a.plugins},
        {.name = "json", .flag = &a.json},
        {.name = "force", .flag = &a.force},
        {.name = "base", .flag = &a.base},
        {.name = "dry-run", .flag = &a.dry_run},
        {.name = "tiny", .flag = &a.tiny},
        {.name = "quiet", .letter = 'q', .flag = &a.quiet},
        {.name = "threads", .value = &a.threads},
        {.name = "trace", .value = &a.trace},
        {.name = "stop-after", .value = &a.stop},
        {.name = "axis-values", .value = &a.axis_values},
        {0},
    };
    axf_status status = axf_flags_parse(argc, argv, flags, &a.files, &a.file_count);
    if (status == AXF_OK) {
        axf_interrupt_install();
        if (a.quiet || (a.json && !isatty(STDERR_FILENO))) {
            axf_log_set_level(AXF_LOG_LEVEL_WARNING);
        }
        status = run_all(&a);
    }
    return axf_cli_end(status, a.settings, a.plugins);
}

const axf_verb axf_verb_run = {
    "run", "SPEC… [-s KEY=VALUE]… [options]",
    "Trains and evaluates one experiment, or continues one that was interrupted", run,
    "  SPEC…                 YAML files, merged in order\n"
    "  -s, --set KEY=VALUE   sets a value on top of the files: -s train.epochs=3; may be repeated\n"
    "  --dry-run             prints folder, parameters and memory, and stops before weights are read\n"
    "  --force               starts again when there is already a run\n"
    "  --base                runs a sweep's spec as it is, without its sweep\n"
    "  --tiny                tries the spec: small random models, 64 drawn posts in the data's layout, one\n"
    "                        epoch; needs no weights and no data, and runs under the name <name>-tiny\n"
    "  --json                prints one JSON document with the folders and last metrics\n"
    "  -q, --quiet           warnings and errors only\n"
    "  --threads N           number of compute threads (a run keeps the number with which it began)\n"
    "  --plugin FILE         loads a plugin beside those found; may be repeated\n"
    "  --trace DIR           writes initial weights, batches, pairs and losses of every step\n"
    "  --stop-after N        ends after N steps, unfinished\n\n"
    "Results are in <output>/<name>/<run id>/s<seed>/: metrics.csv, predictions-*.csv, spec.yml,\n"
    "environment.json, checkpoints/. Ctrl-C saves a checkpoint; the same command continues from there.\n"};
