#include "train/reserve.h"

#include "model/pass.h"
#include "model/step_plan.h"
#include "model/two_pass.h"
#include "tensor/backward.h"
#include "tensor/reserve.h"

#include <stdlib.h>
#include <string.h>

/* The passes and the backward of a step, planned: the tape is told what would be computed. */
static axf_status plan_passes(axf_workbench *bench, const axf_step_plan *plan, const axf_batch *batch)
{
    axf_outputs outputs = {0};
    if (plan->two_pass) {
        axf_two_pass passes;
        AXF_TRY(axf_two_pass_forward(&passes, &bench->model, bench->tape, batch, plan->micro, &outputs));
        return axf_two_pass_backward(&passes, outputs.total);
    }
    AXF_TRY(axf_model_run(&bench->model, bench->tape, batch, 1, &outputs));
    return axf_tape_backward(bench->tape, outputs.total, 1, NULL, NULL);
}

static int64_t length_of(const axf_feed *feed, int32_t post)
{
    return feed->tokens.start[post + 1] - feed->tokens.start[post];
}

/* Brings the n posts with the longest texts to the front; n is small. */
static void longest_first(const axf_feed *feed, int32_t *order, int32_t count, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        for (int32_t k = i + 1; k < count; k++) {
            if (length_of(feed, order[k]) > length_of(feed, order[i])) {
                const int32_t swap = order[i];
                order[i] = order[k];
                order[k] = swap;
            }
        }
    }
}

static axf_status reserve(axf_workbench *bench, const axf_step_plan *plan, const int32_t *order, int32_t n)
{
    axf_batch batch;
    AXF_TRY(axf_feed_start(&bench->feed, order, n, 0));
    AXF_TRY(axf_feed_next(&bench->feed, n, 0, &batch));
    axf_params_begin_step(&bench->model.params);
    axf_tape_begin(bench->tape, 1, 1);
    axf_status status = plan_passes(bench, plan, &batch);
    size_t extent = axf_tape_extent(bench->tape);
    axf_tape_end(bench->tape);
    if (status == AXF_OK) {
        status = axf_tape_reserve_gradients(bench->tape, (plan->size + plan->take - 1) / plan->take);
    }
    axf_params_begin_step(&bench->model.params);
    /* Two passes go through a batch in parts of different sizes, which leave other holes between blocks of memory when they
     * come in another order. */
    extent += plan->two_pass ? extent / 16 : 0;
    return status == AXF_OK ? axf_tape_reserve(bench->tape, extent) : status;
}

axf_status axf_train_reserve(axf_trainer *trainer)
{
    axf_workbench *bench = &trainer->bench;
    const int32_t count = trainer->train_count;
    const axf_step_plan plan = axf_step_plan_largest(&bench->model, count);
    const size_t bytes = (size_t)count * sizeof(int32_t);
    int32_t *order = axf_alloc(bytes);
    memcpy(order, trainer->train, bytes);
    if (bench->feed.tokens.start != NULL) {
        longest_first(&bench->feed, order, count, plan.take);
    }
    const axf_status status = reserve(bench, &plan, order, plan.take);
    free(order);
    return status;
}
