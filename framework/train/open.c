#include "train/open.h"

#include "core/error.h"
#include "core/log.h"
#include "experiment/resolved.h"
#include "experiment/run_path.h"
#include "experiment/threads.h"
#include "model/step_plan.h"
#include "posts/split.h"
#include "run/environment.h"
#include "run/missing_report.h"
#include "spec/emit.h"
#include "train/build.h"
#include "train/reserve.h"
#include "train/resume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the run folder ---- */

static void put_spec(const axf_experiment *experiment, axf_strbuf *text)
{
    axf_arena arena = {0};
    axf_strbuf_printf(text, "# Resolved spec of this run, every default written out. Seed %llu.\n",
                      (unsigned long long)experiment->seed);
    axf_node_emit(axf_experiment_resolved(experiment, &arena), 0, text);
    axf_arena_free(&arena);
}

/* The thread count of the first start holds for all later ones, since it decides bits. */
static axf_status keep_threads(axf_trainer *trainer)
{
    int32_t threads = trainer->bench.threads;
    AXF_TRY(axf_run_environment_threads(&trainer->folder, &threads));
    if (threads != trainer->bench.threads) {
        axf_log(AXF_LOG_INFO, "this run began with %d threads and goes on with them", threads);
        trainer->bench.threads = threads;
    }
    return AXF_OK;
}

static axf_status open_folder(axf_trainer *trainer)
{
    const axf_trainer_settings *settings = &trainer->settings;
    const axf_experiment *experiment = &trainer->bench.experiment;
    char *path = axf_run_path(experiment, settings->axis_values, trainer->run_id, experiment->seed);
    AXF_TRY(axf_run_folder_find(&trainer->folder, path, settings->dry_run || settings->force));
    trainer->folder.finished &= !settings->force;
    if (settings->dry_run || trainer->folder.finished) {
        return AXF_OK;
    }
    axf_strbuf spec = {0};
    put_spec(experiment, &spec);
    axf_status status = axf_run_folder_open(&trainer->folder, settings->force, &spec);
    axf_strbuf_free(&spec);
    return status == AXF_OK ? keep_threads(trainer) : status;
}

static axf_status write_environment(const axf_trainer *trainer)
{
    const axf_workbench *bench = &trainer->bench;
    const axf_environment environment = {.experiment = &bench->experiment,
                                         .posts = &bench->posts,
                                         .hashes = bench->hashes,
                                         .run_id = trainer->run_id,
                                         .data_hash = trainer->data_hash,
                                         .threads = bench->threads,
                                         .backend = bench->backend->name(bench->backend_self)};
    return axf_run_environment_write(&trainer->folder, &environment);
}

/* ---- what must fit ---- */

static axf_status check_splits(const axf_workbench *bench)
{
    const axf_list *splits = &bench->experiment.evaluate.splits;
    int64_t count[4] = {0};
    for (int32_t i = 0; i < bench->posts.count; i++) {
        count[bench->posts.items[i].split]++;
    }
    axf_log(AXF_LOG_INFO, "data: %lld train, %lld val, %lld test posts, %d classes", (long long)count[AXF_SPLIT_TRAIN],
            (long long)count[AXF_SPLIT_VAL], (long long)count[AXF_SPLIT_TEST], bench->posts.facts.classes);
    if (count[AXF_SPLIT_TRAIN] == 0) {
        return axf_fail(AXF_ERR_DATA, "the train split is empty");
    }
    for (uint32_t i = 0; i < splits->count; i++) {
        const char *name = ((const char *const *)splits->items)[i];
        if (count[axf_split_of_name(name)] == 0) {
            return axf_fail(AXF_ERR_DATA, "the %s split is empty, and evaluate.splits asks for it", name);
        }
    }
    if (bench->experiment.train.select == AXF_SELECT_BEST && count[AXF_SPLIT_VAL] == 0) {
        return axf_fail(AXF_ERR_DATA, "train.select: best chooses by the val split, which is empty");
    }
    return AXF_OK;
}

/* Some metrics exist only for posts with several labels: better told now than after an epoch. */
static axf_status check_metric(const axf_workbench *bench)
{
    const char *metric = bench->experiment.train.metric;
    for (int i = 0; i < axf_metric_count(bench->model.multi_label); i++) {
        if (strcmp(axf_metric_names[i], metric) == 0) {
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_SPEC, "train.metric: '%s' is for posts with several labels, and these have one class",
                    metric);
}

/* ---- optimisation ---- */

/* data.class_weights is the objective's option `class_weights`; any objective that has it gets the weights. */
static void set_class_weights(axf_workbench *bench)
{
    axf_model *model = &bench->model;
    model->class_weights = axf_alloc((size_t)model->classes * sizeof(float));
    if (model->multi_label) {
        axf_label_weights(&bench->posts, model->class_weights);
    } else {
        axf_class_weights(&bench->posts, model->class_weights);
    }
}

static int64_t total_steps(const axf_trainer *trainer)
{
    const axf_settings_train *train = &trainer->bench.experiment.train;
    return (trainer->train_count + train->batch - 1) / train->batch * train->epochs;
}

static axf_status open_steps(axf_trainer *trainer)
{
    axf_workbench *bench = &trainer->bench;
    axf_params *params = &bench->model.params;
    const axf_settings_train *train = &bench->experiment.train;
    trainer->train = axf_posts_of_split(&bench->posts, AXF_SPLIT_TRAIN, &trainer->train_count);
    trainer->order = axf_alloc((size_t)trainer->train_count * sizeof *trainer->order);
    AXF_TRY(axf_optimizer_init(&trainer->optimizer, &bench->experiment, params, total_steps(trainer)));
    for (int32_t i = 0; i < params->count; i++) {
        params->items[i]->tensor.wants_gradient = params->items[i]->trained;
    }
    if (!trainer->settings.dry_run) {
        AXF_TRY(axf_average_init(&trainer->average, &bench->experiment, params, bench->backend, bench->backend_self));
    }
    const axf_step_plan plan = axf_step_plan_make(&bench->model, (int32_t)train->batch);
    const axf_tape_settings settings = {.seed = bench->experiment.seed, .keep_gradients = plan.keep_gradients};
    return axf_tape_new(bench->backend, bench->backend_self, params, &settings, &bench->tape);
}

static axf_status identify(axf_trainer *trainer)
{
    axf_workbench *bench = &trainer->bench;
    return axf_run_identify(&bench->experiment, &bench->posts, bench->hashes, &trainer->data_hash, trainer->run_id);
}

axf_status axf_trainer_open(axf_trainer *trainer, axf_registry *registry, const axf_node *spec, uint64_t seed,
                            const axf_trainer_settings *settings)
{
    axf_workbench *bench = &trainer->bench;
    *trainer = (axf_trainer){.settings = *settings, .selection = {.best = -1, .best_epoch = -1}};
    AXF_TRY(axf_workbench_open(bench, registry, spec, seed));
    AXF_TRY(axf_workbench_read_posts(bench));
    AXF_TRY(identify(trainer));
    bench->threads = settings->threads > 0 ? settings->threads : axf_threads_of(&bench->experiment);
    AXF_TRY(open_folder(trainer));
    if (trainer->folder.finished) {
        return AXF_OK;
    }
    AXF_TRY(axf_workbench_open_backend(bench, bench->threads));
    if (!settings->dry_run) {
        AXF_TRY(write_environment(trainer));
    }
    AXF_TRY(axf_train_build(bench, settings->dry_run));
    axf_missing_log(&bench->posts);
    set_class_weights(bench);
    AXF_TRY(check_splits(bench));
    AXF_TRY(check_metric(bench));
    axf_sums_init(&trainer->at.sums, bench->model.classes, bench->model.multi_label, bench->model.loss_count);
    AXF_TRY(open_steps(trainer));
    if (settings->dry_run) {
        return AXF_OK;
    }
    AXF_TRY(axf_train_reserve(trainer));
    return axf_resume(trainer);
}

void axf_trainer_close(axf_trainer *trainer)
{
    axf_append_close(trainer->trace);
    axf_pairs_free(&trainer->pairs);
    axf_average_free(&trainer->average);
    axf_clip_free(&trainer->clip, &trainer->bench.model.params);
    axf_optimizer_free(&trainer->optimizer);
    axf_sums_free(&trainer->at.sums);
    free(trainer->train);
    free(trainer->order);
    axf_workbench_close(&trainer->bench);
    axf_run_folder_close(&trainer->folder);
    *trainer = (axf_trainer){0};
}
