#include "model/model.h"

#include <stdlib.h>

void axf_model_free(axf_model *model)
{
    axf_experiment *experiment = model->experiment;
    if (experiment == NULL) {
        return;
    }
    axf_instance *text = experiment->text.instance, *image = experiment->image.instance;
    axf_instance *joint = experiment->joint.instance, *fusion = experiment->fusion.instance;
    if (text != NULL && text->self != NULL) {
        ((const axf_text_encoder *)text->vtable)->destroy(text->self);
        text->self = NULL;
    }
    if (image != NULL && image->self != NULL) {
        ((const axf_image_encoder *)image->vtable)->destroy(image->self);
        image->self = NULL;
    }
    if (joint != NULL && joint->self != NULL) {
        ((const axf_joint_encoder *)joint->vtable)->destroy(joint->self);
        joint->self = NULL;
    }
    if (fusion != NULL && fusion->self != NULL) {
        ((const axf_fusion *)fusion->vtable)->destroy(fusion->self);
        fusion->self = NULL;
    }
    for (int32_t i = 0; i < model->loss_count; i++) {
        if (model->loss[i].instance->self != NULL) {
            model->loss[i].vtable->destroy(model->loss[i].instance->self);
            model->loss[i].instance->self = NULL;
        }
    }
    if (model->backend != NULL) {
        axf_params_free(&model->params);
    }
    free(model->class_weights);
    *model = (axf_model){0};
}
