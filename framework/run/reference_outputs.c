#include "run/reference_outputs.h"

#include "report/reference_files.h"

axf_status axf_run_reference_write(const char *folder, const axf_experiment *experiment)
{
    const axf_component_use *const uses[] = {&experiment->text, &experiment->image, &experiment->fusion,
                                             &experiment->joint};
    const char *models[4];
    axf_reference_loss losses[AXF_MAX_LOSSES];
    axf_reference_run run = {
        .folder = folder,
        .models = models,
        .task = experiment->top.reference_task,
        .seed = experiment->seed,
        .subset = experiment->data.subset != AXF_NULL_INT ? experiment->data.subset : -1,
        .losses = losses,
        .loss_count = experiment->loss_count,
        .two_inputs = experiment->joint.instance != NULL || experiment->fusion.instance != NULL,
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (uses[i]->instance != NULL) {
            models[run.model_count++] = uses[i]->instance->component->component.name;
        }
    }
    for (int32_t i = 0; i < experiment->loss_count; i++) {
        losses[i] = (axf_reference_loss){experiment->loss_name[i], experiment->loss_settings[i].beta};
    }
    return axf_reference_files_write(&run);
}
