#include "train/evaluation.h"

#include "core/error.h"
#include "core/log.h"
#include "files/json.h"
#include "run/checkpoint.h"
#include "run/events.h"
#include "run/metrics_file.h"
#include "run/missing_report.h"
#include "run/predictions_file.h"
#include "run/reference_outputs.h"
#include "run/scalars.h"
#include "train/resume.h"
#include "workbench/evaluate.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- metrics ---- */

static void log_line(const axf_trainer *trainer, const char *split, const axf_sums *sums)
{
    const axf_model *model = &trainer->bench.model;
    axf_metrics metrics;
    axf_metrics_compute(&metrics, &sums->tally);
    axf_strbuf parts = {0};
    for (int32_t i = 0; model->loss_count > 1 && i < model->loss_count; i++) {
        axf_strbuf_printf(&parts, "%s%s %.4f", i > 0 ? ", " : " (", model->loss[i].name, axf_sums_part(sums, i));
    }
    axf_strbuf_puts(&parts, parts.length > 0 ? ")" : "");
    axf_log(AXF_LOG_INFO, "epoch %d %-5s loss %.4f%s  accuracy %.4f  F1 weighted %.4f macro %.4f",
            trainer->at.epoch + 1, split, axf_sums_loss(sums), axf_strbuf_text(&parts), metrics.accuracy,
            metrics.f1_weighted, metrics.f1_macro);
    axf_strbuf_free(&parts);
    axf_metrics_free(&metrics);
}

/* Into the log, metrics.csv and TensorBoard. */
static axf_status report(axf_trainer *trainer, int32_t split, const axf_sums *sums)
{
    const axf_model *model = &trainer->bench.model;
    const char *names[AXF_MAX_PARTS];
    for (int32_t i = 0; i < model->loss_count; i++) {
        names[i] = model->loss[i].name;
    }
    const axf_metrics_columns columns = {names, trainer->bench.posts.facts.class_names};
    log_line(trainer, axf_split_name(split), sums);
    return axf_run_metrics_write(&trainer->folder, trainer->at.epoch, axf_split_name(split), sums, &columns);
}

/* Evaluates one split; *value is the metric that selects. */
static axf_status evaluate_split(axf_trainer *trainer, int32_t split, double *value)
{
    axf_workbench *bench = &trainer->bench;
    const char *metric = bench->experiment.train.metric;
    int32_t count;
    int32_t *order = axf_posts_of_split(&bench->posts, split, &count);
    axf_sums sums;
    axf_metrics metrics;
    axf_sums_init(&sums, bench->model.classes, bench->model.multi_label, bench->model.loss_count);
    axf_status status = axf_evaluate(bench, order, count, &sums, NULL);
    if (status == AXF_OK) {
        status = report(trainer, split, &sums);
    }
    axf_metrics_compute(&metrics, &sums.tally);
    if (!axf_metrics_value(&metrics, metric, value) && status == AXF_OK) {
        status = axf_fail(AXF_ERR_SPEC, "train.metric: there is no metric '%s'", metric);
    }
    axf_metrics_free(&metrics);
    axf_sums_free(&sums);
    free(order);
    return status;
}

/* ---- selection ---- */

static axf_status select_epoch(axf_trainer *trainer, double value, int *stop)
{
    const axf_experiment *experiment = &trainer->bench.experiment;
    axf_selection *selection = &trainer->selection;
    if (value > selection->best) {
        *selection = (axf_selection){value, trainer->at.epoch, 0};
        const int keep = experiment->train.select == AXF_SELECT_BEST || experiment->checkpoint.keep == AXF_KEEP_BEST;
        return keep ? axf_resume_save_weights(trainer, "best") : AXF_OK;
    }
    if (experiment->train.patience != AXF_NULL_INT && ++selection->bad_epochs >= experiment->train.patience) {
        axf_log(AXF_LOG_INFO, "no better %s for %d epochs: stopped", experiment->train.metric, selection->bad_epochs);
        *stop = 1;
    }
    return AXF_OK;
}

static axf_status evaluate_splits(axf_trainer *trainer, int *stop)
{
    const axf_experiment *experiment = &trainer->bench.experiment;
    const axf_list *splits = &experiment->evaluate.splits;
    const int last = trainer->at.epoch + 1 == experiment->train.epochs;
    const int due = (trainer->at.epoch + 1) % experiment->evaluate.every == 0 || last;
    for (uint32_t i = 0; due && i < splits->count; i++) {
        const int32_t split = axf_split_of_name(((const char *const *)splits->items)[i]);
        double value;
        AXF_TRY(evaluate_split(trainer, split, &value));
        if (split == AXF_SPLIT_VAL) {
            AXF_TRY(select_epoch(trainer, value, stop));
        }
    }
    if (experiment->checkpoint.keep != AXF_KEEP_ALL) {
        return AXF_OK;
    }
    char name[32];
    snprintf(name, sizeof name, "epoch-%d", trainer->at.epoch + 1);
    return axf_resume_save_weights(trainer, name);
}

static axf_status evaluate_averages(axf_trainer *trainer, int *stop)
{
    AXF_TRY(report(trainer, AXF_SPLIT_TRAIN, &trainer->at.sums));
    AXF_TRY(axf_average_epoch(&trainer->average, trainer->at.epoch + 1));
    AXF_TRY(axf_average_enter(&trainer->average));
    const axf_status evaluated = evaluate_splits(trainer, stop);
    AXF_TRY(axf_average_leave(&trainer->average));
    return evaluated;
}

static axf_status report_speed(axf_trainer *trainer)
{
    const axf_progress_state *at = &trainer->at;
    const double speed = at->train_seconds > 0 ? (double)at->trained_posts / at->train_seconds : 0;
    AXF_TRY(axf_run_event(&trainer->folder,
                          "\"event\": \"epoch\", \"epoch\": %d, \"step\": %lld, \"train_seconds\": %.3f, "
                          "\"posts_per_second\": %.2f",
                          at->epoch + 1, (long long)trainer->optimizer.step, at->train_seconds, speed));
    return axf_run_scalar(&trainer->folder, at->epoch, "train", "examples_per_second", speed);
}

axf_status axf_train_evaluate_epoch(axf_trainer *trainer, int *stop)
{
    const uint64_t length = axf_append_length(trainer->folder.metrics);
    const axf_selection selection = trainer->selection;
    const axf_status status = evaluate_averages(trainer, stop);
    if (status == AXF_ERR_INTERRUPTED) {
        AXF_TRY(axf_append_truncate(trainer->folder.metrics, length));
        trainer->selection = selection;
    }
    return status == AXF_OK ? report_speed(trainer) : status;
}

/* ---- the end of the run ---- */

static axf_status predict_split(axf_trainer *trainer, int32_t split)
{
    axf_workbench *bench = &trainer->bench;
    int32_t count;
    int32_t *order = axf_posts_of_split(&bench->posts, split, &count);
    float *logits = axf_alloc((size_t)count * (size_t)bench->model.classes * sizeof *logits);
    axf_status status = axf_evaluate(bench, order, count, NULL, logits);
    if (status == AXF_OK) {
        status = axf_run_predictions_write(&trainer->folder, split, &bench->posts, order, count, logits);
    }
    free(logits);
    free(order);
    return status;
}

/* done.json */
static json_t *summary(const axf_trainer *trainer)
{
    const axf_posts *posts = &trainer->bench.posts;
    int64_t blanks = 0;
    for (int32_t i = 0; i < posts->count; i++) {
        blanks += posts->items[i].blank != AXF_BLANK_NO;
    }
    json_t *skips = json_object();
    for (int32_t i = 0; i < posts->skip_count; i++) {
        json_object_set_new(skips, posts->skips[i].reason, json_integer(posts->skips[i].count));
    }
    return json_pack("{s:I, s:i, s:I, s:o, s:o, s:i}", "steps", (json_int_t)trainer->optimizer.step, "epochs",
                     (int)trainer->at.epoch, "blank_images", (json_int_t)blanks, "missing_images",
                     axf_missing_json(posts), "left_out", skips, "best_epoch", (int)trainer->selection.best_epoch + 1);
}

static axf_status finish_folder(axf_trainer *trainer)
{
    axf_run_folder *folder = &trainer->folder;
    AXF_TRY(axf_append_sync(folder->metrics));
    AXF_TRY(axf_run_event(folder, "\"event\": \"done\", \"steps\": %lld, \"train_seconds\": %.3f",
                          (long long)trainer->optimizer.step, trainer->at.train_seconds));
    AXF_TRY(axf_append_sync(folder->events));
    if (trainer->bench.experiment.checkpoint.keep != AXF_KEEP_NONE) {
        AXF_TRY(axf_resume_save_weights(trainer, "final"));
    }
    axf_strbuf text = {0};
    json_t *root = summary(trainer);
    axf_status status = axf_json_put(&text, root, 17);
    if (status == AXF_OK) {
        status = axf_run_folder_finish(folder, &text);
    }
    axf_strbuf_free(&text);
    json_decref(root);
    return status;
}

/* The best epoch's weights, or else the averages in place of the last ones: nothing is trained any more. */
static axf_status load_selected(axf_trainer *trainer)
{
    if (trainer->bench.experiment.train.select != AXF_SELECT_BEST || trainer->selection.best_epoch < 0) {
        return axf_average_enter(&trainer->average);
    }
    char *path = axf_checkpoint_named_path(trainer->folder.path, "best");
    const axf_status status = axf_checkpoint_read_weights(path, &trainer->bench.model.params);
    free(path);
    return status;
}

axf_status axf_train_finish(axf_trainer *trainer)
{
    const axf_experiment *experiment = &trainer->bench.experiment;
    const axf_list *splits = &experiment->evaluate.splits;
    AXF_TRY(load_selected(trainer));
    for (uint32_t i = 0; i < splits->count; i++) {
        AXF_TRY(predict_split(trainer, axf_split_of_name(((const char *const *)splits->items)[i])));
    }
    if (experiment->top.outputs == AXF_OUTPUTS_REFERENCE) {
        AXF_TRY(axf_run_reference_write(trainer->folder.path, experiment));
    }
    return finish_folder(trainer);
}
