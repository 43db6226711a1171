/* The training loop: epochs, steps, evaluation, selection, and when to save. */
#include "core/error.h"
#include "core/log.h"
#include "model/pass.h"
#include "model/step_plan.h"
#include "model/two_pass.h"
#include "posts/split.h"
#include "tensor/backward.h"
#include "tensor/transfers.h"
#include "train/session.h"
#include "train/speed.h"
#include "train/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of one pass, read back from the backend. */
typedef struct values {
    double loss, part[AXF_MAX_PARTS], weight[AXF_MAX_PARTS];
} values;

static axf_status read_values(axf_session *session, const axf_outputs *outputs, float *logits, values *v)
{
    *v = (values){0};
    AXF_TRY(axf_tape_read(session->tape, outputs->logits, logits));
    const axf_model *model = &session->model;
    for (int32_t i = 0; outputs->total != NULL && i < model->loss_count; i++) {
        AXF_TRY(axf_tape_read_double(session->tape, outputs->part[i], &v->part[i]));
        v->weight[i] = outputs->weight[i];
        v->loss += (i == 0 ? model->objective_weight : model->loss[i].beta) * v->part[i] / v->weight[i];
    }
    return AXF_OK;
}

static void add_pass(axf_sums *sums, const axf_session *session, const axf_batch *batch, const float *logits,
                     const values *v)
{
    const int batches = session->experiment.defects & AXF_DEFECT_BATCH_MEAN_LOSS;
    const axf_sums_pass pass = {.posts = batch->posts,
                                .share = batches ? (double)batch->posts / batch->batch_posts : batch->posts,
                                .loss = v->loss,
                                .part = v->part,
                                .weight = v->weight,
                                .logits = logits,
                                .labels = batch->labels,
                                .targets = batch->targets};
    axf_sums_add(sums, &pass);
}

axf_status axf_session_evaluate(axf_session *session, const int32_t *order, int32_t count, axf_sums *sums,
                                float *logits)
{
    const axf_settings_evaluate *evaluate = &session->experiment.evaluate;
    const int32_t size = (int32_t)(evaluate->batch != AXF_NULL_INT ? evaluate->batch : session->experiment.train.batch);
    const size_t classes = (size_t)session->model.classes;
    float *scratch = logits == NULL ? axf_alloc((size_t)size * classes * sizeof *scratch) : NULL;
    axf_status status = axf_feed_start(&session->feed, order, count, 0);
    for (int32_t done = 0; done < count && status == AXF_OK;) {
        axf_batch batch;
        axf_outputs outputs = {0};
        values v;
        float *into = logits != NULL ? logits + (size_t)done * classes : scratch;
        status = axf_feed_next(&session->feed, size, 0, &batch);
        if (status != AXF_OK) {
            break;
        }
        batch.step = done / size; /* draws of losses are keyed by the batch's place */
        axf_tape_begin(session->tape, 0, 0);
        status = axf_model_run(&session->model, session->tape, &batch, 0, &outputs);
        if (status == AXF_OK) {
            status = read_values(session, &outputs, into, &v);
        }
        axf_tape_end(session->tape);
        if (status == AXF_OK && sums != NULL) {
            add_pass(sums, session, &batch, into, &v);
        }
        done += batch.posts;
        if (axf_interrupted && status == AXF_OK) {
            status = axf_fail(AXF_ERR_INTERRUPTED, "interrupted");
        }
    }
    free(scratch);
    return status;
}

static axf_status check_finite(const axf_session *session, const values *v)
{
    if (isfinite(v->loss)) {
        return AXF_OK;
    }
    for (int32_t i = 0; i < session->model.loss_count; i++) {
        if (!isfinite(v->part[i])) {
            return axf_fail(AXF_ERR_NUMERIC,
                            "step %lld: the loss '%s' is %g; the last checkpoint is kept; a smaller learning rate or "
                            "train.clip may help",
                            (long long)session->optimizer.step, session->model.loss[i].name, v->part[i]);
        }
    }
    return axf_fail(AXF_ERR_NUMERIC, "step %lld: the loss is %g", (long long)session->optimizer.step, v->loss);
}

/* One optimiser step over the next posts of the epoch, in micro-batches where the spec asks for them. */
axf_status axf_session_step(axf_session *session, float *logits)
{
    const axf_settings_train *train = &session->experiment.train;
    const int32_t left = session->train_count - session->position;
    const axf_step_plan plan = axf_step_plan_largest(&session->model, left);
    axf_two_pass step;
    axf_params_begin_step(&session->model.params);
    axf_optimizer_begin_step(&session->optimizer);
    for (int32_t done = 0; done < plan.size;) {
        axf_batch batch;
        axf_outputs outputs = {.pairs = session->settings.trace != NULL ? &session->pairs : NULL};
        values v;
        session->pairs.count = 0;
        AXF_TRY(
            axf_feed_next(&session->feed, plan.take < plan.size - done ? plan.take : plan.size - done, done, &batch));
        batch.batch_posts = plan.size;
        batch.step = session->optimizer.step;
        axf_tape_begin(session->tape, 1, 0);
        axf_status status =
            plan.two_pass ? axf_two_pass_forward(&step, &session->model, session->tape, &batch, plan.micro, &outputs)
                          : axf_model_run(&session->model, session->tape, &batch, 1, &outputs);
        if (status == AXF_OK) {
            status = read_values(session, &outputs, logits, &v);
        }
        if (status == AXF_OK) {
            status = check_finite(session, &v);
        }
        if (status == AXF_OK && plan.two_pass) {
            status = axf_two_pass_backward(&step, outputs.total);
        } else if (status == AXF_OK) {
            status = axf_tape_backward(session->tape, outputs.total, 1,
                                       plan.keep_gradients ? NULL : axf_optimizer_update, &session->optimizer);
        }
        axf_tape_end(session->tape);
        AXF_TRY(status);
        add_pass(&session->sums, session, &batch, logits, &v);
        if (session->settings.trace != NULL) {
            AXF_TRY(axf_trace_step(session, &batch, &outputs, v.loss, v.part));
        }
        done += batch.posts;
    }
    double norm = 0;
    if (!isnan(train->clip)) {
        AXF_TRY(axf_optimizer_clip(&session->optimizer, session->tape, train->clip, &norm));
    }
    for (int32_t i = 0; plan.keep_gradients && i < session->model.params.count; i++) {
        AXF_TRY(axf_optimizer_update(&session->optimizer, session->model.params.items[i]));
    }
    axf_optimizer_end_step(&session->optimizer);
    AXF_TRY(axf_average_step(&session->average));
    session->position += plan.size;
    session->trained_posts += plan.size;
    return AXF_OK;
}

static int checkpoint_due(const axf_session *session)
{
    int kind = 0;
    double amount = 0;
    axf_every_parse(session->experiment.checkpoint.every, &kind, &amount);
    if (kind == AXF_EVERY_STEPS) {
        return (double)session->steps_since_checkpoint >= amount;
    }
    return kind == AXF_EVERY_SECONDS && axf_clock() - session->last_checkpoint >= amount;
}

static axf_status save(axf_session *session)
{
    AXF_TRY(axf_checkpoint_save(session));
    session->steps_since_checkpoint = 0;
    session->last_checkpoint = axf_clock();
    return AXF_OK;
}

/* After every step: is it time to stop, or to save? */
static axf_status after_step(axf_session *session)
{
    session->steps_since_checkpoint++;
    if (axf_interrupted) {
        AXF_TRY(save(session));
        return axf_fail(AXF_ERR_INTERRUPTED, "interrupted after step %lld; the same command goes on from here",
                        (long long)session->optimizer.step);
    }
    return checkpoint_due(session) ? save(session) : AXF_OK;
}

/* Of the epoch that has just ended. */
static void log_speed(const axf_session *session, double seconds, int64_t posts, double flops)
{
    if (!(seconds > 0) || posts == 0) {
        return;
    }
    const double batch = (double)session->experiment.train.batch, peak = axf_speed_peak(session);
    char share[96] = "";
    if (peak > 0 && flops > 0) {
        snprintf(share, sizeof share, ", %.0f GFLOP/s: %.0f %% of the matrix product's peak", flops / seconds / 1e9,
                 100 * flops / seconds / peak);
    }
    axf_log(AXF_LOG_INFO, "%.1f posts/s, %.0f ms a step%s", (double)posts / seconds,
            1e3 * seconds * batch / (double)posts, share);
}

static axf_status train_epoch(axf_session *session)
{
    memcpy(session->order, session->train, (size_t)session->train_count * sizeof *session->order);
    const int32_t defects = session->experiment.defects;
    if (!(defects & AXF_DEFECT_UNSHUFFLED)) {
        axf_order_shuffle(session->order, session->train_count, session->experiment.seed, session->epoch);
    }
    session->model.evaluation_only = (defects & AXF_DEFECT_TRAIN_MODE_ONCE) && session->epoch > 0;
    axf_optimizer_begin_epoch(&session->optimizer, session->epoch);
    AXF_TRY(axf_feed_start(&session->feed, session->order, session->train_count, session->position));
    const size_t batch = (size_t)session->experiment.train.batch;
    float *logits = axf_alloc(batch * (size_t)session->model.classes * sizeof *logits);
    char label[64];
    snprintf(label, sizeof label, "epoch %d/%lld", session->epoch + 1, (long long)session->experiment.train.epochs);
    axf_progress progress;
    axf_progress_begin(&progress, label, "posts", (uint64_t)session->position, (uint64_t)session->train_count);
    axf_status status = AXF_OK;
    const int32_t first = session->position;
    axf_speed_begin(session);
    const double begin = axf_clock();
    while (session->position < session->train_count && status == AXF_OK) {
        status = axf_session_step(session, logits);
        axf_progress_update(&progress, (uint64_t)session->position);
        if (status == AXF_OK) {
            status = after_step(session);
        }
        if (session->settings.stop_after_steps > 0 && session->optimizer.step >= session->settings.stop_after_steps) {
            break;
        }
    }
    const double seconds = axf_clock() - begin, flops = axf_speed_end(session);
    session->train_seconds += seconds;
    axf_progress_end(&progress);
    if (status == AXF_OK) {
        log_speed(session, seconds, session->position - first, flops);
    }
    free(logits);
    return status;
}

static void log_line(const axf_session *session, int32_t epoch, const char *split, const axf_sums *sums)
{
    axf_metrics metrics;
    axf_metrics_compute(&metrics, &sums->tally);
    char parts[512] = "";
    size_t at = 0;
    for (int32_t i = 0; session->model.loss_count > 1 && i < session->model.loss_count && at < sizeof parts; i++) {
        at += (size_t)snprintf(parts + at, sizeof parts - at, "%s%s %.4f", i > 0 ? ", " : " (",
                               session->model.loss[i].name, sums->weight[i] > 0 ? sums->part[i] / sums->weight[i] : 0);
    }
    axf_log(AXF_LOG_INFO, "epoch %d %-5s loss %.4f%s%s  accuracy %.4f  F1 weighted %.4f macro %.4f", epoch + 1, split,
            axf_sums_loss(sums), parts, parts[0] != '\0' ? ")" : "", metrics.accuracy, metrics.f1_weighted,
            metrics.f1_macro);
    axf_metrics_free(&metrics);
}

/* Evaluates one split, and writes its row of metrics.csv. value: the selection metric. */
static axf_status evaluate_split(axf_session *session, int32_t split, double *value)
{
    int32_t count;
    int32_t *order = axf_posts_of_split(&session->posts, split, &count);
    axf_sums sums;
    axf_sums_init(&sums, session->model.classes, session->model.multi_label, session->model.loss_count);
    axf_status status = axf_session_evaluate(session, order, count, &sums, NULL);
    if (status == AXF_OK) {
        log_line(session, session->epoch, axf_split_name(split), &sums);
        status = axf_session_write_metrics(session, session->epoch, split, &sums);
    }
    axf_metrics metrics;
    axf_metrics_compute(&metrics, &sums.tally);
    if (!axf_metrics_value(&metrics, session->experiment.train.metric, value) && status == AXF_OK) {
        status = axf_fail(AXF_ERR_SPEC, "train.metric: there is no metric '%s'", session->experiment.train.metric);
    }
    axf_metrics_free(&metrics);
    axf_sums_free(&sums);
    free(order);
    return status;
}

/* With the averages in place of the weights, where there are any: evaluates, and keeps what is to be kept. */
static axf_status evaluate_epoch(axf_session *session, int *stop)
{
    const axf_experiment *experiment = &session->experiment;
    const int last = session->epoch + 1 == experiment->train.epochs;
    const int due = (session->epoch + 1) % experiment->evaluate.every == 0 || last;
    for (uint32_t i = 0; due && i < experiment->evaluate.splits.count; i++) {
        const int32_t split = axf_split_of_name(((const char *const *)experiment->evaluate.splits.items)[i]);
        double value;
        AXF_TRY(evaluate_split(session, split, &value));
        if (split != AXF_SPLIT_VAL) {
            continue;
        }
        if (value > session->best) {
            session->best = value;
            session->best_epoch = session->epoch;
            session->bad_epochs = 0;
            if (experiment->train.select == AXF_SELECT_BEST || experiment->checkpoint.keep == AXF_KEEP_BEST) {
                AXF_TRY(axf_checkpoint_save_weights(session, "best"));
            }
        } else if (experiment->train.patience != AXF_NULL_INT && ++session->bad_epochs >= experiment->train.patience) {
            axf_log(AXF_LOG_INFO, "no better %s for %d epochs: stopped", experiment->train.metric, session->bad_epochs);
            *stop = 1;
        }
    }
    if (experiment->checkpoint.keep == AXF_KEEP_ALL) {
        char name[32];
        snprintf(name, sizeof name, "epoch-%d", session->epoch + 1);
        AXF_TRY(axf_checkpoint_save_weights(session, name));
    }
    return AXF_OK;
}

static axf_status end_epoch(axf_session *session, int *stop)
{
    const axf_experiment *experiment = &session->experiment;
    const int last = session->epoch + 1 == experiment->train.epochs;
    log_line(session, session->epoch, "train", &session->sums);
    AXF_TRY(axf_session_write_metrics(session, session->epoch, AXF_SPLIT_TRAIN, &session->sums));
    AXF_TRY(axf_average_epoch(&session->average, session->epoch + 1));
    AXF_TRY(axf_average_enter(&session->average));
    const axf_status evaluated = evaluate_epoch(session, stop);
    AXF_TRY(axf_average_leave(&session->average));
    AXF_TRY(evaluated);
    const double speed = session->train_seconds > 0 ? (double)session->trained_posts / session->train_seconds : 0;
    AXF_TRY(axf_session_event(session,
                              "\"event\": \"epoch\", \"epoch\": %d, \"step\": %lld, \"train_seconds\": %.3f, "
                              "\"posts_per_second\": %.2f",
                              session->epoch + 1, (long long)session->optimizer.step, session->train_seconds, speed));
    AXF_TRY(axf_session_write_scalar(session, session->epoch, "train", "examples_per_second", speed));
    session->epoch++;
    session->position = 0;
    axf_sums_clear(&session->sums);
    return last || *stop ? AXF_OK : strcmp(experiment->checkpoint.every, "epoch") == 0 ? save(session) : AXF_OK;
}

/* Predictions with the selected weights on every evaluated split. */
static axf_status finish(axf_session *session)
{
    const axf_experiment *experiment = &session->experiment;
    if (experiment->train.select == AXF_SELECT_BEST && session->best_epoch >= 0) {
        AXF_TRY(axf_checkpoint_load_weights(session, "best"));
    } else {
        AXF_TRY(axf_average_enter(&session->average)); /* to the end: nothing is trained any more */
    }
    for (uint32_t i = 0; i < experiment->evaluate.splits.count; i++) {
        const int32_t split = axf_split_of_name(((const char *const *)experiment->evaluate.splits.items)[i]);
        int32_t count;
        int32_t *order = axf_posts_of_split(&session->posts, split, &count);
        float *logits = axf_alloc((size_t)count * (size_t)session->model.classes * sizeof *logits);
        axf_status status = axf_session_evaluate(session, order, count, NULL, logits);
        if (status == AXF_OK) {
            status = axf_session_write_predictions(session, split, order, count, logits);
        }
        free(logits);
        free(order);
        AXF_TRY(status);
    }
    if (experiment->top.outputs == AXF_OUTPUTS_REFERENCE) {
        AXF_TRY(axf_session_write_reference(session));
    }
    return axf_session_finish_folder(session);
}

axf_status axf_session_run(axf_session *session)
{
    int stop = 0;
    session->last_checkpoint = axf_clock();
    if (session->settings.trace != NULL) {
        AXF_TRY(axf_trace_begin(session));
    }
    while (session->epoch < session->experiment.train.epochs && !stop) {
        AXF_TRY(train_epoch(session));
        if (session->settings.stop_after_steps > 0 && session->optimizer.step >= session->settings.stop_after_steps) {
            return AXF_OK;
        }
        const uint64_t length = axf_append_length(session->metrics);
        const double best = session->best;
        const int32_t best_epoch = session->best_epoch, bad_epochs = session->bad_epochs;
        const axf_status status = end_epoch(session, &stop);
        if (status == AXF_ERR_INTERRUPTED) { /* saved as it was after the last step: the evaluation is done again */
            AXF_TRY(axf_append_truncate(session->metrics, length));
            session->best = best;
            session->best_epoch = best_epoch;
            session->bad_epochs = bad_epochs;
            AXF_TRY(save(session));
            return axf_fail(AXF_ERR_INTERRUPTED, "interrupted in the evaluation of epoch %d; the same command goes on",
                            session->epoch + 1);
        }
        AXF_TRY(status);
    }
    return finish(session);
}
