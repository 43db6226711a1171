#include "model/step_plan.h"

#include <math.h>

static int compares_all_posts(const axf_model *model)
{
    for (int32_t i = 0; i < model->loss_count; i++) {
        if (model->loss[i].facts.scope == AXF_LOSS_PER_BATCH) {
            return 1;
        }
    }
    return 0;
}

axf_step_plan axf_step_plan_make(const axf_model *model, int32_t posts)
{
    const axf_settings_train *train = &model->experiment->train;
    const int split = train->micro_batch != AXF_NULL_INT && train->micro_batch < train->batch;
    axf_step_plan plan = {.size = posts, .micro = posts, .keep_gradients = split || !isnan(train->clip)};
    if (split && train->micro_batch < posts) {
        plan.micro = (int32_t)train->micro_batch;
        plan.two_pass = compares_all_posts(model);
    }
    plan.take = plan.two_pass ? plan.size : plan.micro;
    return plan;
}

axf_step_plan axf_step_plan_largest(const axf_model *model, int32_t train_posts)
{
    const int64_t batch = model->experiment->train.batch;
    return axf_step_plan_make(model, batch < train_posts ? (int32_t)batch : train_posts);
}
