/* The run folder: who it belongs to, what is written into it. */
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "experiment/resolved.h"
#include "experiment/run_path.h"
#include "experiment/threads.h"
#include "files/path.h"
#include "run/missing_report.h"
#include "spec/emit.h"
#include "train/session.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char *in_folder(const axf_session *session, const char *name)
{
    return axf_path_join(session->folder, name);
}

static int exists(const axf_session *session, const char *name)
{
    char *path = in_folder(session, name);
    const int found = access(path, F_OK) == 0;
    free(path);
    return found;
}

static axf_status write_text(const axf_session *session, const char *name, const axf_strbuf *text)
{
    char *path = in_folder(session, name);
    const axf_status status = axf_durable_write_file(path, axf_strbuf_text(text), text->length);
    free(path);
    return status;
}

static axf_status write_spec(const axf_session *session)
{
    axf_arena arena = {0};
    axf_strbuf text = {0};
    axf_strbuf_printf(&text, "# Resolved spec of this run, every default written out. Seed %llu.\n",
                      (unsigned long long)session->experiment.seed);
    axf_node_emit(axf_experiment_resolved(&session->experiment, &arena), 0, &text);
    const axf_status status = write_text(session, "spec.yml", &text);
    axf_strbuf_free(&text);
    axf_arena_free(&arena);
    return status;
}

/* The thread count of the first start counts for all later ones: it decides bits. */
static axf_status read_threads(axf_session *session)
{
    char *path = in_folder(session, "environment.json");
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    const json_int_t threads = root != NULL ? json_integer_value(json_object_get(root, "threads")) : 0;
    json_decref(root);
    if (threads < 1 || threads > 1024) {
        axf_fail(AXF_ERR_FORMAT, "%s: the thread count cannot be read; --force starts the run anew", path);
        free(path);
        return AXF_ERR_FORMAT;
    }
    free(path);
    if (threads != session->threads) {
        axf_log(AXF_LOG_INFO, "this run began with %lld threads and goes on with them", (long long)threads);
        session->threads = (int32_t)threads;
    }
    return AXF_OK;
}

/* All in a folder but its own lock file. */
static axf_status remove_tree(const char *folder)
{
    DIR *handle = opendir(folder);
    if (handle == NULL) {
        return AXF_OK;
    }
    axf_status status = AXF_OK;
    for (struct dirent *entry = readdir(handle); entry != NULL && status == AXF_OK; entry = readdir(handle)) {
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, ".lock") == 0) {
            continue;
        }
        char *path = axf_path_join(folder, entry->d_name);
        if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            axf_folder_remove(path);
        } else if (unlink(path) != 0) {
            status = axf_fail_errno("%s: remove", path);
        }
        free(path);
    }
    closedir(handle);
    return status;
}

void axf_folder_remove(const char *folder)
{
    char *lock = axf_path_join(folder, ".lock");
    remove_tree(folder);
    unlink(lock);
    rmdir(folder);
    free(lock);
}

static axf_status open_outputs(axf_session *session)
{
    char *metrics = in_folder(session, "metrics.csv"), *events = in_folder(session, "events.jsonl");
    axf_status status = axf_append_open(metrics, &session->metrics);
    if (status == AXF_OK) {
        status = axf_append_open(events, &session->events);
    }
    free(metrics);
    free(events);
    return status;
}

axf_status axf_session_open_folder(axf_session *session)
{
    const axf_experiment *experiment = &session->experiment;
    session->folder = axf_run_path(experiment, session->settings.axis_values, session->run_id, experiment->seed);
    session->finished = exists(session, "done.json") && !session->settings.force;
    if (session->finished && !session->settings.dry_run) {
        axf_checkpoint_remove(session); /* its last start may have been killed before it did so */
    }
    if (session->settings.dry_run || session->finished) {
        return AXF_OK;
    }
    char *checkpoints = in_folder(session, "checkpoints");
    axf_status status = axf_folder_make(checkpoints);
    free(checkpoints);
    AXF_TRY(status);
    AXF_TRY(axf_folder_lock(session->folder, &session->lock));
    if (session->settings.force) {
        AXF_TRY(remove_tree(session->folder));
        checkpoints = in_folder(session, "checkpoints");
        status = axf_folder_make(checkpoints);
        free(checkpoints);
        AXF_TRY(status);
    }
    AXF_TRY(axf_durable_clean(session->folder));
    if (exists(session, "environment.json")) {
        AXF_TRY(read_threads(session));
    }
    AXF_TRY(write_spec(session));
    return open_outputs(session);
}

/* ---- metrics.csv ---- */

static void csv_text(axf_strbuf *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        axf_strbuf_puts(out, text);
        return;
    }
    axf_strbuf_putc(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            axf_strbuf_putc(out, '"');
        }
        axf_strbuf_putc(out, *text);
    }
    axf_strbuf_putc(out, '"');
}

static void header(const axf_session *session, axf_strbuf *out)
{
    static const char *const kinds[] = {"precision", "recall", "f1", "support"};
    const axf_dataset_facts *facts = &session->posts.facts;
    axf_strbuf_puts(out, "epoch,split,posts,loss");
    for (int32_t i = 0; i < session->model.loss_count; i++) {
        axf_strbuf_printf(out, ",loss_%s", session->model.loss[i].name);
    }
    for (int i = 0; i < axf_metric_count(session->model.multi_label); i++) {
        axf_strbuf_printf(out, ",%s", axf_metric_names[i]);
    }
    for (int32_t k = 0; k < facts->classes; k++) {
        for (int i = 0; i < 4; i++) {
            axf_strbuf name = {0};
            axf_strbuf_printf(&name, "%s_%s", kinds[i], facts->class_names != NULL ? facts->class_names[k] : "");
            axf_strbuf_putc(out, ',');
            csv_text(out, axf_strbuf_text(&name));
            axf_strbuf_free(&name);
        }
    }
    axf_strbuf_puts(out, ",confusion\n");
}

/* ---- TensorBoard: the same numbers, by epoch ---- */

axf_status axf_session_write_scalar(axf_session *session, int32_t epoch, const char *split, const char *name,
                                    double value)
{
    if (session->tensorboard == NULL) { /* opened here: only now is it known at which epoch this start begins */
        AXF_TRY(axf_tensorboard_open(session->folder, epoch + 1, &session->tensorboard));
    }
    axf_strbuf tag = {0};
    axf_strbuf_printf(&tag, "%s/%s", split, name);
    const axf_status status = axf_tensorboard_scalar(session->tensorboard, axf_strbuf_text(&tag), epoch + 1, value);
    axf_strbuf_free(&tag);
    return status;
}

static axf_status write_scalars(axf_session *session, int32_t epoch, int32_t split, const axf_sums *sums,
                                const axf_metrics *metrics)
{
    const char *name = axf_split_name(split);
    AXF_TRY(axf_session_write_scalar(session, epoch, name, "loss", axf_sums_loss(sums)));
    for (int32_t i = 0; i < session->model.loss_count; i++) {
        char part[128];
        snprintf(part, sizeof part, "loss_%s", session->model.loss[i].name);
        AXF_TRY(axf_session_write_scalar(session, epoch, name, part,
                                         sums->weight[i] > 0 ? sums->part[i] / sums->weight[i] : 0));
    }
    for (int i = 0; i < axf_metric_count(session->model.multi_label); i++) {
        double value = 0;
        axf_metrics_value(metrics, axf_metric_names[i], &value);
        AXF_TRY(axf_session_write_scalar(session, epoch, name, axf_metric_names[i], value));
    }
    return AXF_OK;
}

axf_status axf_session_write_metrics(axf_session *session, int32_t epoch, int32_t split, const axf_sums *sums)
{
    axf_metrics metrics;
    axf_strbuf line = {0};
    axf_metrics_compute(&metrics, &sums->tally);
    if (axf_append_length(session->metrics) == 0) {
        header(session, &line);
    }
    axf_strbuf_printf(&line, "%d,%s,%lld,%.9g", epoch + 1, axf_split_name(split), (long long)sums->posts,
                      axf_sums_loss(sums));
    for (int32_t i = 0; i < session->model.loss_count; i++) {
        axf_strbuf_printf(&line, ",%.9g", sums->weight[i] > 0 ? sums->part[i] / sums->weight[i] : 0);
    }
    for (int i = 0; i < axf_metric_count(session->model.multi_label); i++) {
        double value = 0;
        axf_metrics_value(&metrics, axf_metric_names[i], &value);
        axf_strbuf_printf(&line, ",%.9g", value);
    }
    for (int32_t k = 0; k < metrics.classes; k++) {
        axf_strbuf_printf(&line, ",%.9g,%.9g,%.9g,%lld", metrics.precision[k], metrics.recall[k], metrics.f1[k],
                          (long long)metrics.support[k]);
    }
    const int64_t row = metrics.multi_label ? 4 : metrics.classes; /* of the confusion matrix, or a label's counts */
    for (int64_t i = 0; i < axf_tally_size(&sums->tally); i++) {
        axf_strbuf_printf(&line, "%s%lld", i == 0 ? "," : i % row == 0 ? ";" : " ", (long long)metrics.counts[i]);
    }
    axf_strbuf_putc(&line, '\n');
    axf_status status = axf_append_write(session->metrics, line.data, line.length);
    axf_strbuf_free(&line);
    if (status == AXF_OK) {
        status = write_scalars(session, epoch, split, sums, &metrics);
    }
    axf_metrics_free(&metrics);
    return status;
}

/* ---- events.jsonl: what may hold clock values ---- */

axf_status axf_session_event(axf_session *session, const char *format, ...)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    char members[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(members, sizeof members, format, arguments);
    va_end(arguments);
    axf_strbuf line = {0};
    axf_strbuf_printf(&line, "{\"time\": %.3f, %s}\n", (double)t.tv_sec + 1e-9 * (double)t.tv_nsec, members);
    const axf_status status = axf_append_write(session->events, line.data, line.length);
    axf_strbuf_free(&line);
    return status;
}

/* ---- predictions and the end ---- */

static void numbered_columns(axf_strbuf *out, const char *name, int32_t count)
{
    for (int32_t k = 0; k < count; k++) {
        axf_strbuf_printf(out, ",%s_%d", name, k);
    }
}

axf_status axf_session_write_predictions(axf_session *session, int32_t split, const int32_t *order, int32_t count,
                                         const float *logits)
{
    const int32_t classes = session->model.classes, several = session->model.multi_label;
    axf_strbuf text = {0};
    axf_strbuf_puts(&text, several ? "id" : "id,target,prediction");
    if (several) {
        numbered_columns(&text, "target", classes);
        numbered_columns(&text, "prediction", classes);
    }
    numbered_columns(&text, "logit", classes);
    axf_strbuf_putc(&text, '\n');
    for (int32_t i = 0; i < count; i++) {
        const axf_record *record = &session->posts.items[order[i]];
        const float *row = logits + (ptrdiff_t)i * classes;
        csv_text(&text, record->id);
        for (int32_t k = 0; several && k < classes; k++) {
            axf_strbuf_printf(&text, ",%d", record->labels[k] != 0);
        }
        for (int32_t k = 0; several && k < classes; k++) {
            axf_strbuf_printf(&text, ",%d", axf_label_predicted(row[k]));
        }
        if (!several) {
            axf_strbuf_printf(&text, ",%d,%d", record->target, axf_argmax(row, classes));
        }
        for (int32_t k = 0; k < classes; k++) {
            axf_strbuf_printf(&text, ",%.9g", (double)row[k]);
        }
        axf_strbuf_putc(&text, '\n');
    }
    char name[64];
    snprintf(name, sizeof name, "predictions-%s.csv", axf_split_name(split));
    const axf_status status = write_text(session, name, &text);
    axf_strbuf_free(&text);
    return status;
}

axf_status axf_session_finish_folder(axf_session *session)
{
    AXF_TRY(axf_append_sync(session->metrics));
    AXF_TRY(axf_session_event(session, "\"event\": \"done\", \"steps\": %lld, \"train_seconds\": %.3f",
                              (long long)session->optimizer.step, session->train_seconds));
    AXF_TRY(axf_append_sync(session->events));
    if (session->experiment.checkpoint.keep != AXF_KEEP_NONE) {
        AXF_TRY(axf_checkpoint_save_weights(session, "final"));
    }
    int64_t blanks = 0;
    for (int32_t i = 0; i < session->posts.count; i++) {
        blanks += session->posts.items[i].blank != AXF_BLANK_NO;
    }
    json_t *skips = json_object();
    for (int32_t i = 0; i < session->posts.skip_count; i++) {
        json_object_set_new(skips, session->posts.skips[i].reason, json_integer(session->posts.skips[i].count));
    }
    json_t *root =
        json_pack("{s:I, s:i, s:I, s:o, s:o, s:i}", "steps", (json_int_t)session->optimizer.step, "epochs",
                  (int)session->epoch, "blank_images", (json_int_t)blanks, "missing_images",
                  axf_missing_json(&session->posts), "left_out", skips, "best_epoch", (int)session->best_epoch + 1);
    char *json = json_dumps(root, JSON_INDENT(2));
    axf_strbuf text = {0};
    axf_strbuf_printf(&text, "%s\n", json != NULL ? json : "{}");
    const axf_status status = write_text(session, "done.json", &text);
    axf_strbuf_free(&text);
    free(json);
    json_decref(root);
    if (status == AXF_OK) {
        axf_checkpoint_remove(session);
    }
    return status;
}
