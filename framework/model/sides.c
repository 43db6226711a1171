#include "model/sides.h"

#include "images/transform.h"
#include "model/freeze.h"
#include "plugin/calls.h"

int axf_model_is_joint(const axf_model *model)
{
    return model->experiment->joint.instance != NULL;
}

axf_instance *axf_side_instance(const axf_model *model, int side)
{
    const axf_experiment *experiment = model->experiment;
    if (axf_model_is_joint(model)) {
        return experiment->joint.instance;
    }
    return side == AXF_SIDE_TEXT ? experiment->text.instance : experiment->image.instance;
}

uint32_t axf_side_wanted(const axf_model *model, int side, int32_t scope)
{
    if (axf_model_is_joint(model)) {
        return scope == AXF_PASS_SECOND ? (uint32_t)AXF_WANT_MATCH : model->join_wanted;
    }
    return side == AXF_SIDE_TEXT ? model->text_wanted : model->image_wanted;
}

int axf_side_frozen(const axf_model *model, int side)
{
    return side == AXF_SIDE_TEXT ? model->text_frozen : model->image_frozen;
}

uint32_t axf_side_image_holds(const axf_model *model)
{
    return axf_model_is_joint(model) ? model->image_facts.gives : model->image_wanted;
}

int axf_side_couples_posts(const axf_model *model)
{
    return axf_model_is_joint(model) ? model->joint_facts.couples_posts
                                     : model->has_image && model->image_facts.couples_posts;
}

/* ---- describe ---- */

static axf_status check_recipe(const axf_model *model, const axf_instance *instance)
{
    const axf_image_facts *facts = &model->image_facts;
    return facts->from_pixels ? axf_instance_context(instance, axf_recipe_check(&facts->recipe)) : AXF_OK;
}

static axf_status describe_joint(axf_model *model)
{
    axf_instance *instance = model->experiment->joint.instance;
    model->joint_facts = (axf_joint_facts){.struct_size = sizeof model->joint_facts};
    AXF_TRY(axf_call_joint_describe(instance, &model->joint_facts));
    model->text_facts = model->joint_facts.text;
    model->image_facts = model->joint_facts.image;
    model->has_text = model->has_image = 1;
    model->text_frozen = model->image_frozen = model->experiment->joint_settings.frozen;
    return check_recipe(model, instance);
}

static axf_status describe_text(axf_model *model)
{
    model->text_facts = (axf_text_facts){.struct_size = sizeof model->text_facts};
    model->has_text = 1;
    model->text_frozen = model->experiment->text_settings.frozen;
    return axf_call_text_describe(model->experiment->text.instance, &model->text_facts);
}

static axf_status describe_image(axf_model *model)
{
    axf_instance *instance = model->experiment->image.instance;
    model->image_facts = (axf_image_facts){.struct_size = sizeof model->image_facts};
    AXF_TRY(axf_call_image_describe(instance, &model->image_facts));
    model->has_image = 1;
    model->image_frozen = model->experiment->image_settings.frozen;
    return check_recipe(model, instance);
}

axf_status axf_sides_describe(axf_model *model)
{
    if (axf_model_is_joint(model)) {
        return describe_joint(model);
    }
    if (model->experiment->text.instance != NULL) {
        AXF_TRY(describe_text(model));
    }
    return model->experiment->image.instance != NULL ? describe_image(model) : AXF_OK;
}

/* ---- declare ---- */

/* Decides what of a declared encoder is trained, and sets *frozen to 1 where nothing is. */
static axf_status freeze(axf_instance *instance, const axf_settings_encoder *settings, int32_t *frozen)
{
    int32_t trained;
    AXF_TRY(axf_freeze(instance, settings, &trained));
    *frozen = trained == 0;
    return AXF_OK;
}

static axf_status declare_text(axf_model *model)
{
    axf_experiment *experiment = model->experiment;
    AXF_TRY(axf_call_text_declare(experiment->text.instance, &model->params, model->text_wanted));
    return freeze(experiment->text.instance, &experiment->text_settings, &model->text_frozen);
}

static axf_status declare_image(axf_model *model)
{
    axf_experiment *experiment = model->experiment;
    AXF_TRY(axf_call_image_declare(experiment->image.instance, &model->params, model->image_wanted));
    return freeze(experiment->image.instance, &experiment->image_settings, &model->image_frozen);
}

static axf_status declare_joint(axf_model *model)
{
    axf_experiment *experiment = model->experiment;
    uint32_t wanted = model->join_wanted; /* the second pass may ask for more */
    for (int32_t i = 0; i < model->loss_count; i++) {
        wanted |= model->loss[i].facts.reads & AXF_READ_PAIRS ? AXF_WANT_MATCH : 0;
    }
    AXF_TRY(axf_call_joint_declare(experiment->joint.instance, &model->params, wanted));
    AXF_TRY(freeze(experiment->joint.instance, &experiment->joint_settings, &model->text_frozen));
    model->image_frozen = model->text_frozen;
    return AXF_OK;
}

axf_status axf_sides_declare(axf_model *model, int image_tower)
{
    if (axf_model_is_joint(model)) {
        return declare_joint(model);
    }
    if (model->has_text) {
        AXF_TRY(declare_text(model));
    }
    return model->has_image && image_tower ? declare_image(model) : AXF_OK;
}

/* ---- calls ---- */

axf_status axf_side_tokenize(const axf_model *model, const char *post, const char *bytes, size_t length, int32_t *ids,
                             int32_t *types, int32_t *count)
{
    const axf_instance *text = axf_side_instance(model, AXF_SIDE_TEXT);
    return axf_model_is_joint(model) ? axf_call_joint_tokenize(text, post, bytes, length, ids, types, count)
                                     : axf_call_text_tokenize(text, post, bytes, length, ids, types, count);
}

axf_status axf_side_encode_tokens(const axf_model *model, const axf_pass *pass, const axf_tokens *tokens,
                                  axf_state *state)
{
    const axf_instance *text = axf_side_instance(model, AXF_SIDE_TEXT);
    return axf_model_is_joint(model) ? axf_call_joint_text_part(text, pass, tokens, state)
                                     : axf_call_text_encode(text, pass, tokens, state);
}

axf_status axf_side_encode_images(const axf_model *model, const axf_pass *pass, const axf_images *images,
                                  axf_state *state)
{
    const axf_instance *image = axf_side_instance(model, AXF_SIDE_IMAGE);
    return axf_model_is_joint(model) ? axf_call_joint_image_part(image, pass, images, state)
                                     : axf_call_image_encode(image, pass, images, state);
}

axf_status axf_side_encode_features(const axf_model *model, const axf_pass *pass, const char *const *ids,
                                    axf_state *state)
{
    const axf_instance *image = axf_side_instance(model, AXF_SIDE_IMAGE);
    return axf_model_is_joint(model) ? axf_call_joint_features_part(image, pass, ids, state)
                                     : axf_call_image_encode_features(image, pass, ids, state);
}

axf_status axf_side_has_features(const axf_model *model, const char *id)
{
    const axf_instance *image = axf_side_instance(model, AXF_SIDE_IMAGE);
    return axf_model_is_joint(model) ? axf_call_joint_has_features(image, id) : axf_call_image_has_features(image, id);
}
