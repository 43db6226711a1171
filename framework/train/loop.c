#include "train/loop.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "posts/split.h"
#include "train/evaluation.h"
#include "train/resume.h"
#include "train/speed.h"
#include "train/step.h"
#include "train/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- when to save ---- */

static int checkpoint_due(const axf_trainer *trainer)
{
    int kind = 0;
    double amount = 0;
    axf_every_parse(trainer->bench.experiment.checkpoint.every, &kind, &amount);
    if (kind == AXF_EVERY_STEPS) {
        return (double)trainer->saving.steps >= amount;
    }
    return kind == AXF_EVERY_SECONDS && axf_clock() - trainer->saving.seconds >= amount;
}

static axf_status save(axf_trainer *trainer)
{
    AXF_TRY(axf_resume_save(trainer));
    trainer->saving = (axf_saving){.seconds = axf_clock()};
    return AXF_OK;
}

/* After every step: is it time to stop, or to save? */
static axf_status after_step(axf_trainer *trainer)
{
    trainer->saving.steps++;
    if (axf_interrupt_requested()) {
        AXF_TRY(save(trainer));
        return axf_fail(AXF_ERR_INTERRUPTED, "interrupted after step %lld; the same command goes on from here",
                        (long long)trainer->optimizer.step);
    }
    return checkpoint_due(trainer) ? save(trainer) : AXF_OK;
}

static int stops_here(const axf_trainer *trainer)
{
    const int64_t limit = trainer->settings.stop_after_steps;
    return limit > 0 && trainer->optimizer.step >= limit;
}

/* ---- an epoch ---- */

/* How fast the epoch that has just ended was. */
static void log_speed(const axf_trainer *trainer, double seconds, int64_t posts, double flops)
{
    if (!(seconds > 0) || posts == 0) {
        return;
    }
    const double batch = (double)trainer->bench.experiment.train.batch, peak = axf_speed_peak(&trainer->bench);
    char share[96] = "";
    if (peak > 0 && flops > 0) {
        snprintf(share, sizeof share, ", %.0f GFLOP/s: %.0f %% of the matrix product's peak", flops / seconds / 1e9,
                 100 * flops / seconds / peak);
    }
    axf_log(AXF_LOG_INFO, "%.1f posts/s, %.0f ms a step%s", (double)posts / seconds,
            1e3 * seconds * batch / (double)posts, share);
}

void axf_train_order(axf_trainer *trainer)
{
    const axf_experiment *experiment = &trainer->bench.experiment;
    memcpy(trainer->order, trainer->train, (size_t)trainer->train_count * sizeof *trainer->order);
    if (!(experiment->defects & AXF_DEFECT_UNSHUFFLED)) {
        axf_order_shuffle(trainer->order, trainer->train_count, experiment->seed, trainer->at.epoch);
    }
}

static axf_status train_steps(axf_trainer *trainer, axf_progress *progress)
{
    const size_t batch = (size_t)trainer->bench.experiment.train.batch;
    float *logits = axf_alloc(batch * (size_t)trainer->bench.model.classes * sizeof *logits);
    axf_status status = AXF_OK;
    while (trainer->at.position < trainer->train_count && status == AXF_OK) {
        status = axf_train_step(trainer, logits);
        axf_progress_update(progress, (uint64_t)trainer->at.position);
        if (status == AXF_OK) {
            status = after_step(trainer);
        }
        if (stops_here(trainer)) {
            break;
        }
    }
    free(logits);
    return status;
}

static axf_status train_epoch(axf_trainer *trainer)
{
    axf_workbench *bench = &trainer->bench;
    axf_progress_state *at = &trainer->at;
    const int32_t first = at->position;
    axf_train_order(trainer);
    bench->model.evaluation_only = (bench->experiment.defects & AXF_DEFECT_TRAIN_MODE_ONCE) && at->epoch > 0;
    axf_groups_begin_epoch(trainer->optimizer.values, &bench->model.params, at->epoch);
    AXF_TRY(axf_feed_start(&bench->feed, trainer->order, trainer->train_count, at->position));
    char label[64];
    snprintf(label, sizeof label, "epoch %d/%lld", at->epoch + 1, (long long)bench->experiment.train.epochs);
    axf_progress progress;
    axf_progress_begin(&progress, label, "posts", (uint64_t)at->position, (uint64_t)trainer->train_count);
    axf_speed_begin(bench);
    const double begin = axf_clock();
    const axf_status status = train_steps(trainer, &progress);
    const double seconds = axf_clock() - begin, flops = axf_speed_end(bench);
    at->train_seconds += seconds;
    axf_progress_end(&progress);
    if (status == AXF_OK) {
        log_speed(trainer, seconds, at->position - first, flops);
    }
    return status;
}

static axf_status end_epoch(axf_trainer *trainer, int *stop)
{
    const axf_experiment *experiment = &trainer->bench.experiment;
    const int last = trainer->at.epoch + 1 == experiment->train.epochs;
    const axf_status status = axf_train_evaluate_epoch(trainer, stop);
    if (status == AXF_ERR_INTERRUPTED) { /* saved as it was after the last step: the evaluation is done again */
        AXF_TRY(save(trainer));
        return axf_fail(AXF_ERR_INTERRUPTED, "interrupted in the evaluation of epoch %d; the same command goes on",
                        trainer->at.epoch + 1);
    }
    AXF_TRY(status);
    trainer->at.epoch++;
    trainer->at.position = 0;
    axf_sums_clear(&trainer->at.sums);
    const int due = !last && !*stop && strcmp(experiment->checkpoint.every, "epoch") == 0;
    return due ? save(trainer) : AXF_OK;
}

axf_status axf_train(axf_trainer *trainer)
{
    int stop = 0;
    trainer->saving.seconds = axf_clock();
    if (trainer->settings.trace != NULL) {
        AXF_TRY(axf_trace_begin(trainer));
    }
    while (trainer->at.epoch < trainer->bench.experiment.train.epochs && !stop) {
        AXF_TRY(train_epoch(trainer));
        if (stops_here(trainer)) {
            return AXF_OK;
        }
        AXF_TRY(end_epoch(trainer, &stop));
    }
    return axf_train_finish(trainer);
}
