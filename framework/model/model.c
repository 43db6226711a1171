#include "model/model.h"

#include "plugin/calls.h"

#include <stdlib.h>

void axf_model_free(axf_model *model)
{
    axf_experiment *experiment = model->experiment;
    if (experiment == NULL) {
        return;
    }
    axf_instance *const declared[] = {experiment->text.instance, experiment->image.instance, experiment->joint.instance,
                                      experiment->fusion.instance};
    for (size_t i = 0; i < sizeof declared / sizeof declared[0]; i++) {
        if (declared[i] != NULL) {
            axf_call_destroy(declared[i]);
        }
    }
    for (int32_t i = 0; i < model->loss_count; i++) {
        axf_call_destroy(model->loss[i].instance);
    }
    if (model->backend != NULL) {
        axf_params_free(&model->params);
    }
    free(model->class_weights);
    *model = (axf_model){0};
}
