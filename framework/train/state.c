#include "train/state.h"

#include "core/error.h"
#include "core/log.h"
#include "files/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static json_t *sums_json(const axf_sums *sums)
{
    json_t *part = json_array(), *weight = json_array(), *counts = json_array();
    for (int32_t i = 0; i < sums->parts; i++) {
        json_array_append_new(part, axf_json_exact(sums->part[i]));
        json_array_append_new(weight, axf_json_exact(sums->weight[i]));
    }
    for (int64_t i = 0; i < axf_tally_size(&sums->tally); i++) {
        json_array_append_new(counts, json_integer(sums->tally.counts[i]));
    }
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "posts", (json_int_t)sums->posts,
                     "loss", axf_json_exact(sums->loss), "shares", axf_json_exact(sums->shares), "part", part, "weight",
                     weight, "counts", counts, "counted", (json_int_t)sums->tally.posts, "exact",
                     (json_int_t)sums->tally.exact, "sample_precision", axf_json_exact(sums->tally.sample_precision),
                     "sample_recall", axf_json_exact(sums->tally.sample_recall), "sample_f1",
                     axf_json_exact(sums->tally.sample_f1));
}

/* How often each parameter was updated. */
static json_t *updates_json(const axf_trainer *trainer)
{
    const axf_params *params = &trainer->bench.model.params;
    json_t *steps = json_object();
    for (int32_t i = 0; i < params->count; i++) {
        if (trainer->optimizer.moments[i].steps > 0) {
            json_object_set_new(steps, params->items[i]->name, json_integer(trainer->optimizer.moments[i].steps));
        }
    }
    return steps;
}

char *axf_state_text(const axf_trainer *trainer)
{
    const axf_workbench *bench = &trainer->bench;
    const axf_progress_state *at = &trainer->at;
    const axf_selection *selection = &trainer->selection;
    json_t *root =
        json_pack("{s:s, s:s, s:i, s:I, s:i, s:i, s:o, s:i, s:i, s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:i}", "run_id",
                  trainer->run_id, "backend", bench->backend->name(bench->backend_self), "threads", (int)bench->threads,
                  "step", (json_int_t)trainer->optimizer.step, "epoch", (int)at->epoch, "position", (int)at->position,
                  "best", axf_json_exact(selection->best), "best_epoch", (int)selection->best_epoch, "bad_epochs",
                  (int)selection->bad_epochs, "metrics_bytes", (json_int_t)axf_append_length(trainer->folder.metrics),
                  "events_bytes", (json_int_t)axf_append_length(trainer->folder.events), "sums", sums_json(&at->sums),
                  "steps", updates_json(trainer), "train_seconds", axf_json_exact(at->train_seconds), "trained_posts",
                  (json_int_t)at->trained_posts, "averaged", (json_int_t)trainer->average.count, "averaged_epoch",
                  (int)trainer->average.epoch);
    char *text = root != NULL ? json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(root);
    return text;
}

/* ---- reading ---- */

static int64_t integer_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static double real_of(const json_t *object, const char *key)
{
    return axf_json_exact_value(json_object_get(object, key));
}

static void read_sums(axf_sums *sums, const json_t *json)
{
    axf_tally *tally = &sums->tally;
    sums->posts = integer_of(json, "posts");
    sums->loss = real_of(json, "loss");
    sums->shares = real_of(json, "shares");
    for (int32_t i = 0; i < sums->parts; i++) {
        sums->part[i] = axf_json_exact_value(json_array_get(json_object_get(json, "part"), (size_t)i));
        sums->weight[i] = axf_json_exact_value(json_array_get(json_object_get(json, "weight"), (size_t)i));
    }
    for (int64_t i = 0; i < axf_tally_size(tally); i++) {
        tally->counts[i] = json_integer_value(json_array_get(json_object_get(json, "counts"), (size_t)i));
    }
    tally->posts = integer_of(json, "counted");
    tally->exact = integer_of(json, "exact");
    tally->sample_precision = real_of(json, "sample_precision");
    tally->sample_recall = real_of(json, "sample_recall");
    tally->sample_f1 = real_of(json, "sample_f1");
}

static void warn_of_backend(const axf_workbench *bench, const char *backend)
{
    if (backend != NULL && strcmp(backend, bench->backend->name(bench->backend_self)) != 0) {
        axf_log(AXF_LOG_WARNING,
                "this run began on another backend or machine (%s): it goes on, close to but not bit for bit as "
                "it would have there",
                backend);
    }
}

static void take_state(axf_trainer *trainer, const json_t *root)
{
    const axf_params *params = &trainer->bench.model.params;
    const json_t *steps = json_object_get(root, "steps");
    trainer->optimizer.step = integer_of(root, "step");
    trainer->at.epoch = (int32_t)integer_of(root, "epoch");
    trainer->at.position = (int32_t)integer_of(root, "position");
    trainer->selection = (axf_selection){real_of(root, "best"), (int32_t)integer_of(root, "best_epoch"),
                                         (int32_t)integer_of(root, "bad_epochs")};
    trainer->at.train_seconds = real_of(root, "train_seconds");
    trainer->at.trained_posts = integer_of(root, "trained_posts");
    trainer->average.count = integer_of(root, "averaged");
    trainer->average.epoch = (int32_t)integer_of(root, "averaged_epoch");
    read_sums(&trainer->at.sums, json_object_get(root, "sums"));
    for (int32_t i = 0; i < params->count; i++) {
        trainer->optimizer.moments[i].steps = integer_of(steps, params->items[i]->name);
    }
}

axf_status axf_state_read(axf_trainer *trainer, const axf_safetensors *file)
{
    const char *text = axf_safetensors_metadata(file, "auxfuse_state");
    json_t *root = NULL;
    if (text != NULL) {
        AXF_TRY(axf_json_parse(axf_safetensors_file(file)->path, text, strlen(text), &root));
    }
    const char *run_id = json_string_value(json_object_get(root, "run_id"));
    if (run_id == NULL || strcmp(run_id, trainer->run_id) != 0) {
        json_decref(root);
        return axf_fail(AXF_ERR_FORMAT, "%s: holds no state of run %s", axf_safetensors_file(file)->path,
                        trainer->run_id);
    }
    warn_of_backend(&trainer->bench, json_string_value(json_object_get(root, "backend")));
    take_state(trainer, root);
    axf_status status = axf_append_truncate(trainer->folder.metrics, (uint64_t)integer_of(root, "metrics_bytes"));
    if (status == AXF_OK) {
        status = axf_append_truncate(trainer->folder.events, (uint64_t)integer_of(root, "events_bytes"));
    }
    json_decref(root);
    return status;
}
