#include "model/declare.h"

#include "core/error.h"
#include "model/freeze.h"
#include "model/learned_image.h"
#include "plugin/guard.h"

#include <math.h>

static axf_status declare_head(axf_model *model)
{
    const axf_experiment *experiment = model->experiment;
    const int32_t width = model->fused_width;
    const int image_only = experiment->text.instance == NULL && experiment->joint.instance == NULL;
    const double bound = 1 / sqrt((double)width); /* torch.nn.Linear */
    axf_parameter weight = {sizeof weight,    "weight", 2, {model->classes, width},
                            AXF_INIT_UNIFORM, bound,    0, AXF_PARAM_NEW};
    axf_parameter bias = {sizeof bias,      "bias", 1, {model->classes},
                          AXF_INIT_UNIFORM, bound,  0, AXF_PARAM_NEW | AXF_PARAM_NO_DECAY};
    if (image_only && model->image_facts.head_deviation > 0) {
        weight.initial = AXF_INIT_TRUNCATED;
        weight.a = model->image_facts.head_deviation;
        weight.b = 2;
        bias.initial = AXF_INIT_ZEROS;
    }
    AXF_TRY(axf_params_add(&model->params, "head", &weight, &model->head_weight));
    return axf_params_add(&model->params, "head", &bias, &model->head_bias);
}

/* settings NULL: not an encoder. *frozen: whether nothing of it is trained; may be NULL. */
static axf_status declare_part(axf_model *model, axf_instance *instance,
                               axf_status (*declare)(axf_model *, axf_instance *), const axf_settings_encoder *settings,
                               int32_t *frozen)
{
    int32_t trained;
    instance->params = &model->params;
    axf_guard_enter(instance, "declare", -1);
    const axf_status status = axf_instance_context(instance, declare(model, instance));
    axf_guard_leave();
    instance->params = NULL;
    AXF_TRY(status);
    AXF_TRY(axf_freeze(instance, settings, &trained));
    if (frozen != NULL) {
        *frozen = trained == 0;
    }
    return AXF_OK;
}

static axf_status declare_text(axf_model *model, axf_instance *instance)
{
    const axf_text_encoder *text = instance->vtable;
    return text->declare(&instance->host, instance->options, model->text_wanted, &instance->self);
}

static axf_status declare_image(axf_model *model, axf_instance *instance)
{
    const axf_image_encoder *image = instance->vtable;
    return image->declare(&instance->host, instance->options, model->image_wanted, &instance->self);
}

static axf_status declare_joint(axf_model *model, axf_instance *instance)
{
    const axf_joint_encoder *joint = instance->vtable;
    uint32_t wanted = model->join_wanted; /* and what only a second pass asks for */
    for (int32_t i = 0; i < model->loss_count; i++) {
        wanted |= model->loss[i].facts.reads & AXF_READ_PAIRS ? AXF_WANT_MATCH : 0;
    }
    return joint->declare(&instance->host, instance->options, wanted, &instance->self);
}

static axf_status declare_fusion(axf_model *model, axf_instance *instance)
{
    const axf_fusion *fusion = instance->vtable;
    const axf_fusion_inputs inputs = {sizeof inputs, &model->text_facts, &model->image_facts};
    return fusion->declare(&instance->host, instance->options, &inputs, &instance->self);
}

static axf_status declare_loss(axf_model *model, axf_instance *instance)
{
    const axf_loss *loss = instance->vtable;
    return loss->declare(&instance->host, instance->options, &model->loss_inputs, &instance->self);
}

axf_status axf_model_declare(axf_model *model, const axf_backend *backend, void *backend_self, int image_tower)
{
    axf_experiment *experiment = model->experiment;
    model->backend = backend;
    model->backend_self = backend_self;
    const int f64 = experiment->top.precision == AXF_SETTING_F64;
    axf_params_init(&model->params, backend, backend_self, f64 ? AXF_F64 : AXF_F32);
    if (experiment->joint.instance != NULL) {
        AXF_TRY(declare_part(model, experiment->joint.instance, declare_joint, &experiment->joint_settings,
                             &model->text_frozen));
        model->image_frozen = model->text_frozen;
    }
    if (experiment->text.instance != NULL) {
        AXF_TRY(declare_part(model, experiment->text.instance, declare_text, &experiment->text_settings,
                             &model->text_frozen));
    }
    if (experiment->image.instance != NULL && image_tower) {
        AXF_TRY(declare_part(model, experiment->image.instance, declare_image, &experiment->image_settings,
                             &model->image_frozen));
    }
    if (experiment->fusion.instance != NULL) {
        AXF_TRY(declare_part(model, experiment->fusion.instance, declare_fusion, NULL, NULL));
    }
    AXF_TRY(declare_head(model));
    model->head_weight->trained = model->head_bias->trained = 1;
    AXF_TRY(axf_learned_image_declare(model));
    for (int32_t i = 0; i < model->loss_count; i++) {
        AXF_TRY(declare_part(model, model->loss[i].instance, declare_loss, NULL, NULL));
    }
    return axf_params_allocate(&model->params);
}
