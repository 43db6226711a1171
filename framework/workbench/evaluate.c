#include "workbench/evaluate.h"

#include "core/error.h"
#include "core/interrupt.h"
#include "model/pass.h"
#include "tensor/transfers.h"

#include <stdlib.h>

axf_status axf_pass_values_read(const axf_workbench *bench, const axf_outputs *outputs, float *logits,
                                axf_pass_values *values)
{
    const axf_model *model = &bench->model;
    *values = (axf_pass_values){0};
    AXF_TRY(axf_tape_read(bench->tape, outputs->logits, logits));
    for (int32_t i = 0; outputs->total != NULL && i < model->loss_count; i++) {
        AXF_TRY(axf_tape_read_double(bench->tape, outputs->part[i], &values->part[i]));
        values->weight[i] = outputs->weight[i];
        const double share = i == 0 ? model->objective_weight : model->loss[i].beta;
        values->loss += share * values->part[i] / values->weight[i];
    }
    return AXF_OK;
}

void axf_pass_values_add(const axf_pass_values *values, const axf_model *model, const axf_batch *batch,
                         const float *logits, axf_sums *sums)
{
    const int batch_means = model->experiment->defects & AXF_DEFECT_BATCH_MEAN_LOSS;
    const axf_sums_pass pass = {.posts = batch->posts,
                                .share = batch_means ? (double)batch->posts / batch->batch_posts : batch->posts,
                                .loss = values->loss,
                                .part = values->part,
                                .weight = values->weight,
                                .targets = batch->targets,
                                .labels = batch->labels,
                                .logits = logits};
    axf_sums_add(sums, &pass);
}

int32_t axf_evaluate_batch(const axf_experiment *experiment)
{
    const int64_t batch = experiment->evaluate.batch;
    return (int32_t)(batch != AXF_NULL_INT ? batch : experiment->train.batch);
}

/* One batch of the feed; `place` keys what losses draw, so that it does not depend on earlier passes. */
static axf_status evaluate_batch(axf_workbench *bench, axf_batch *batch, int64_t place, float *logits,
                                 axf_pass_values *values)
{
    axf_outputs outputs = {0};
    batch->step = place;
    axf_tape_begin(bench->tape, 0, 0);
    axf_status status = axf_model_run(&bench->model, bench->tape, batch, 0, &outputs);
    if (status == AXF_OK) {
        status = axf_pass_values_read(bench, &outputs, logits, values);
    }
    axf_tape_end(bench->tape);
    return status;
}

axf_status axf_evaluate(axf_workbench *bench, const int32_t *order, int32_t count, axf_sums *sums, float *logits)
{
    const int32_t size = axf_evaluate_batch(&bench->experiment);
    const size_t classes = (size_t)bench->model.classes;
    float *scratch = logits == NULL ? axf_alloc((size_t)size * classes * sizeof *scratch) : NULL;
    axf_status status = axf_feed_start(&bench->feed, order, count, 0);
    for (int32_t done = 0; done < count && status == AXF_OK;) {
        axf_batch batch;
        axf_pass_values values;
        float *into = logits != NULL ? logits + (size_t)done * classes : scratch;
        status = axf_feed_next(&bench->feed, size, 0, &batch);
        if (status == AXF_OK) {
            status = evaluate_batch(bench, &batch, done / size, into, &values);
        }
        if (status == AXF_OK && sums != NULL) {
            axf_pass_values_add(&values, &bench->model, &batch, into, sums);
        }
        done += batch.posts;
        if (axf_interrupt_requested() && status == AXF_OK) {
            status = axf_fail(AXF_ERR_INTERRUPTED, "interrupted");
        }
    }
    free(scratch);
    return status;
}

axf_status axf_evaluate_all(axf_workbench *bench, float *logits)
{
    const int32_t count = bench->posts.count;
    AXF_TRY(axf_feed_open(&bench->feed, &bench->model, &bench->posts, bench->threads));
    int32_t *order = axf_alloc((size_t)count * sizeof *order);
    for (int32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    const axf_status status = axf_evaluate(bench, order, count, NULL, logits);
    free(order);
    axf_feed_close(&bench->feed);
    return status;
}
