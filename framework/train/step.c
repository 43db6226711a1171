#include "train/step.h"

#include "core/error.h"
#include "model/pass.h"
#include "model/step_plan.h"
#include "model/two_pass.h"
#include "tensor/backward.h"
#include "train/trace.h"
#include "workbench/evaluate.h"

#include <math.h>

static axf_status check_finite(const axf_trainer *trainer, const axf_pass_values *values)
{
    const axf_model *model = &trainer->bench.model;
    const long long step = trainer->optimizer.step;
    if (isfinite(values->loss)) {
        return AXF_OK;
    }
    for (int32_t i = 0; i < model->loss_count; i++) {
        if (!isfinite(values->part[i])) {
            return axf_fail(AXF_ERR_NUMERIC,
                            "step %lld: the loss '%s' is %g; the last checkpoint is kept; a smaller learning rate or "
                            "train.clip may help",
                            step, model->loss[i].name, values->part[i]);
        }
    }
    return axf_fail(AXF_ERR_NUMERIC, "step %lld: the loss is %g", step, values->loss);
}

/* Forward and backward of one call of the feed, between the begin and the end of the tape. */
static axf_status compute(axf_trainer *trainer, const axf_step_plan *plan, const axf_batch *batch, float *logits,
                          axf_outputs *outputs, axf_pass_values *values)
{
    axf_workbench *bench = &trainer->bench;
    axf_two_pass passes;
    AXF_TRY(plan->two_pass ? axf_two_pass_forward(&passes, &bench->model, bench->tape, batch, plan->micro, outputs)
                           : axf_model_run(&bench->model, bench->tape, batch, 1, outputs));
    AXF_TRY(axf_pass_values_read(bench, outputs, logits, values));
    AXF_TRY(check_finite(trainer, values));
    return plan->two_pass ? axf_two_pass_backward(&passes, outputs->total)
                          : axf_tape_backward(bench->tape, outputs->total, 1,
                                              plan->keep_gradients ? NULL : axf_optimizer_update, &trainer->optimizer);
}

/* The next posts from the feed, and their losses into the sums of the epoch. */
static axf_status run_batch(axf_trainer *trainer, const axf_step_plan *plan, int32_t done, float *logits,
                            int32_t *posts)
{
    axf_workbench *bench = &trainer->bench;
    axf_batch batch;
    axf_outputs outputs = {.pairs = trainer->trace != NULL ? &trainer->pairs : NULL};
    axf_pass_values values;
    const int32_t left = plan->size - done;
    trainer->pairs.count = 0;
    AXF_TRY(axf_feed_next(&bench->feed, plan->take < left ? plan->take : left, done, &batch));
    batch.batch_posts = plan->size;
    batch.step = trainer->optimizer.step;
    axf_tape_begin(bench->tape, 1, 0);
    const axf_status status = compute(trainer, plan, &batch, logits, &outputs, &values);
    axf_tape_end(bench->tape);
    AXF_TRY(status);
    axf_pass_values_add(&values, &bench->model, &batch, logits, &trainer->at.sums);
    *posts = batch.posts;
    return trainer->trace != NULL ? axf_trace_step(trainer, &batch, &outputs, &values) : AXF_OK;
}

/* Kept gradients are final only now. */
static axf_status update_kept(axf_trainer *trainer)
{
    const axf_params *params = &trainer->bench.model.params;
    const double clip = trainer->bench.experiment.train.clip;
    if (!isnan(clip)) {
        AXF_TRY(axf_clip_gradients(&trainer->clip, params, trainer->bench.tape, clip));
    }
    for (int32_t i = 0; i < params->count; i++) {
        AXF_TRY(axf_optimizer_update(&trainer->optimizer, params->items[i]));
    }
    return AXF_OK;
}

axf_status axf_train_step(axf_trainer *trainer, float *logits)
{
    const int32_t batch = (int32_t)trainer->bench.experiment.train.batch;
    const int32_t left = trainer->train_count - trainer->at.position;
    const axf_step_plan plan = axf_step_plan_make(&trainer->bench.model, batch < left ? batch : left);
    axf_params_begin_step(&trainer->bench.model.params);
    axf_optimizer_begin_step(&trainer->optimizer);
    for (int32_t done = 0; done < plan.size;) {
        int32_t posts;
        AXF_TRY(run_batch(trainer, &plan, done, logits, &posts));
        done += posts;
    }
    if (plan.keep_gradients) {
        AXF_TRY(update_kept(trainer));
    }
    axf_optimizer_end_step(&trainer->optimizer);
    AXF_TRY(axf_average_step(&trainer->average));
    trainer->at.position += plan.size;
    trainer->at.trained_posts += plan.size;
    return AXF_OK;
}
