#include "model/declare.h"

#include "model/freeze.h"
#include "model/learned_image.h"
#include "model/sides.h"
#include "plugin/calls.h"

#include <math.h>

static axf_status declare_head(axf_model *model)
{
    const int32_t width = model->fused_width;
    const double bound = 1 / sqrt((double)width); /* torch.nn.Linear */
    axf_parameter weight = {sizeof weight,    "weight", 2, {model->classes, width},
                            AXF_INIT_UNIFORM, bound,    0, AXF_PARAM_NEW};
    axf_parameter bias = {sizeof bias,      "bias", 1, {model->classes},
                          AXF_INIT_UNIFORM, bound,  0, AXF_PARAM_NEW | AXF_PARAM_NO_DECAY};
    if (!model->has_text && model->image_facts.head_deviation > 0) {
        weight.initial = AXF_INIT_TRUNCATED;
        weight.a = model->image_facts.head_deviation;
        weight.b = 2;
        bias.initial = AXF_INIT_ZEROS;
    }
    AXF_TRY(axf_params_add(&model->params, "head", &weight, &model->head_weight));
    return axf_params_add(&model->params, "head", &bias, &model->head_bias);
}

static axf_status declare_fusion(axf_model *model)
{
    const axf_fusion_inputs inputs = {sizeof inputs, &model->text_facts, &model->image_facts};
    axf_instance *instance = model->experiment->fusion.instance;
    AXF_TRY(axf_call_fusion_declare(instance, &model->params, &inputs));
    axf_freeze_nothing(instance);
    return AXF_OK;
}

static axf_status declare_loss(axf_model *model, axf_instance *instance)
{
    AXF_TRY(axf_call_loss_declare(instance, &model->params, &model->loss_inputs));
    axf_freeze_nothing(instance);
    return AXF_OK;
}

axf_status axf_model_declare(axf_model *model, const axf_backend *backend, void *backend_self, int image_tower)
{
    axf_experiment *experiment = model->experiment;
    model->backend = backend;
    model->backend_self = backend_self;
    const int f64 = experiment->top.precision == AXF_SETTING_F64;
    axf_params_init(&model->params, backend, backend_self, f64 ? AXF_F64 : AXF_F32);
    AXF_TRY(axf_sides_declare(model, image_tower));
    if (experiment->fusion.instance != NULL) {
        AXF_TRY(declare_fusion(model));
    }
    AXF_TRY(declare_head(model));
    model->head_weight->trained = model->head_bias->trained = 1;
    AXF_TRY(axf_learned_image_declare(model));
    for (int32_t i = 0; i < model->loss_count; i++) {
        AXF_TRY(declare_loss(model, model->loss[i].instance));
    }
    return axf_params_allocate(&model->params);
}
