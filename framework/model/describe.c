#include "model/describe.h"

#include "core/error.h"
#include "model/learned_image.h"
#include "model/sides.h"
#include "model/step_plan.h"
#include "plugin/calls.h"

#include <string.h>

static axf_status need(uint32_t wanted, uint32_t gives, const axf_instance *asks, const axf_instance *gives_it)
{
    static const char *const names[] = {"its first row", "its rows", "a pooled vector"};
    for (int bit = 0; bit < 3; bit++) {
        if ((wanted >> bit & 1) && !(gives >> bit & 1)) {
            axf_fail(AXF_ERR_SPEC, "reads %s of %s '%s', which does not give it", names[bit],
                     gives_it->component->kind->label, gives_it->component->component.name);
            return axf_instance_context(asks, AXF_ERR_SPEC);
        }
    }
    return AXF_OK;
}

/* What the classifier of a model with one side reads: the vector that the encoder names, else the text's first row, or
 * the image's pooled vector where there is one. */
static void describe_single(axf_model *model)
{
    const axf_text_facts *text = &model->text_facts;
    const axf_image_facts *image = &model->image_facts;
    const uint32_t usual = !model->has_text && (image->gives & AXF_WANT_POOLED) ? AXF_WANT_POOLED : AXF_WANT_FIRST;
    const uint32_t said = model->has_text ? text->alone : image->alone;
    model->single_vector = said != 0 ? said : usual;
    const int pooled = model->single_vector == AXF_WANT_POOLED;
    model->head_dropout = model->has_text;
    if (model->has_text) {
        model->text_wanted = model->single_vector;
        model->fused_width = pooled ? text->pooled_width : text->width;
    } else {
        model->image_wanted = model->single_vector;
        model->fused_width = pooled ? image->pooled_width : image->width;
    }
}

/* A fusion that reads rows of padding needs a text encoder that computes them. */
static axf_status need_padding(const axf_model *model)
{
    const axf_text_facts *text = &model->text_facts;
    const axf_instance *encoder = model->experiment->text.instance;
    if (!model->fusion_facts.padded_texts) {
        return AXF_OK;
    }
    if (!text->takes_padding) {
        axf_fail(AXF_ERR_SPEC,
                 "reads texts filled up with rows of padding, which text encoder '%s' does not compute: choose another "
                 "encoder, or options of the fusion that do without",
                 encoder->component->component.name);
        return axf_instance_context(model->experiment->fusion.instance, AXF_ERR_SPEC);
    }
    if (text->pad < 0 || text->pad >= text->vocabulary) {
        axf_fail(AXF_ERR_PLUGIN, "fills texts up with id %d, the vocabulary has %d", text->pad, text->vocabulary);
        return axf_instance_context(encoder, AXF_ERR_PLUGIN);
    }
    return AXF_OK;
}

static axf_status describe_fusion(axf_model *model)
{
    axf_instance *instance = model->experiment->fusion.instance;
    if (instance == NULL) {
        describe_single(model);
        return AXF_OK;
    }
    const axf_fusion_inputs inputs = {sizeof inputs, &model->text_facts, &model->image_facts};
    model->fusion_facts = (axf_fusion_facts){.struct_size = sizeof model->fusion_facts, .head_dropout = 1};
    AXF_TRY(axf_call_fusion_describe(instance, &inputs, &model->fusion_facts));
    model->text_wanted = model->fusion_facts.reads_text;
    model->image_wanted = model->fusion_facts.reads_image;
    model->fused_width = model->fusion_facts.width;
    model->head_dropout = model->fusion_facts.head_dropout;
    AXF_TRY(need(model->text_wanted, model->text_facts.gives, instance, model->experiment->text.instance));
    AXF_TRY(need_padding(model));
    return need(model->image_wanted, model->image_facts.gives, instance, model->experiment->image.instance);
}

static void set_loss_inputs(axf_model *model)
{
    axf_loss_inputs *inputs = &model->loss_inputs;
    *inputs = (axf_loss_inputs){.struct_size = sizeof *inputs,
                                .classes = model->classes,
                                .multi_label = model->multi_label,
                                .fused_width = model->fused_width,
                                .match_width = model->fused_width,
                                .pairs = model->has_text && model->has_image};
    if (axf_model_is_joint(model)) {
        const axf_joint_facts *joint = &model->joint_facts;
        inputs->match_width = joint->match_width > 0 ? joint->match_width : joint->width;
        inputs->contrast_text_width = joint->contrast_text_width;
        inputs->contrast_image_width = joint->contrast_image_width;
        inputs->contrast_projected = joint->contrast_projected;
    } else if (inputs->pairs) {
        inputs->contrast_text_width = model->text_facts.pooled_width;
        inputs->contrast_image_width = model->image_facts.pooled_width;
    }
}

static axf_status describe_loss(axf_model *model, const axf_component_use *use, const char *name, double beta)
{
    axf_instance *instance = use->instance;
    axf_model_loss *loss = &model->loss[model->loss_count++];
    *loss = (axf_model_loss){instance, {.struct_size = sizeof loss->facts}, name, beta};
    loss->facts.scope = AXF_LOSS_PER_POST;
    AXF_TRY(axf_call_loss_describe(instance, &model->loss_inputs, &loss->facts));
    const int32_t role = beta < 0 ? AXF_LOSS_OBJECTIVE : AXF_LOSS_AUXILIARY;
    if (loss->facts.role != role) {
        axf_fail(AXF_ERR_SPEC, beta < 0 ? "is an auxiliary loss: it belongs under losses:"
                                        : "is an objective: it belongs under objective:");
        return axf_instance_context(instance, AXF_ERR_SPEC);
    }
    loss->beta = beta < 0 ? 0 : beta;
    if ((loss->facts.reads & (AXF_READ_CONTRAST | AXF_READ_PAIRS)) && !model->loss_inputs.pairs) {
        axf_fail(AXF_ERR_SPEC, "needs a text and an image side, and this model has one");
        return axf_instance_context(instance, AXF_ERR_SPEC);
    }
    if ((loss->facts.reads & AXF_READ_CONTRAST) && !axf_model_is_joint(model)) {
        AXF_TRY(need(AXF_WANT_POOLED, model->text_facts.gives, instance, model->experiment->text.instance));
        AXF_TRY(need(AXF_WANT_POOLED, model->image_facts.gives, instance, model->experiment->image.instance));
        model->text_wanted |= AXF_WANT_POOLED;
        model->image_wanted |= AXF_WANT_POOLED;
    }
    model->join_wanted |= loss->facts.reads & AXF_READ_CONTRAST ? AXF_WANT_CONTRAST_TEXT | AXF_WANT_CONTRAST_IMAGE : 0;
    return AXF_OK;
}

/* A loss that reads what another publishes runs after it. */
static axf_status order_losses(axf_model *model)
{
    for (int32_t i = 1; i < model->loss_count; i++) {
        const char *name = model->loss[i].facts.reads_published;
        int32_t from = -1;
        for (int32_t k = 1; name != NULL && k < model->loss_count; k++) {
            if (model->loss[k].facts.publishes != NULL && strcmp(model->loss[k].facts.publishes, name) == 0) {
                from = k;
            }
        }
        if (name != NULL && from < 0) {
            axf_fail(AXF_ERR_SPEC, "needs '%s', which no loss of this experiment publishes", name);
            return axf_instance_context(model->loss[i].instance, AXF_ERR_SPEC);
        }
        if (from > i) {
            const axf_model_loss moved = model->loss[from];
            memmove(&model->loss[i + 1], &model->loss[i], (size_t)(from - i) * sizeof moved);
            model->loss[i] = moved;
        }
    }
    return AXF_OK;
}

static axf_status check_parts(const axf_model *model)
{
    const axf_settings_train *train = &model->experiment->train;
    const axf_step_plan plan = axf_step_plan_make(model, (int32_t)train->batch);
    if (plan.micro == plan.size) {
        return AXF_OK;
    }
    const int running =
        axf_side_frozen(model, AXF_SIDE_IMAGE) && !(model->experiment->defects & AXF_DEFECT_FROZEN_IN_TRAIN_MODE);
    if (!running && axf_side_couples_posts(model)) {
        axf_fail(
            AXF_ERR_SPEC,
            "normalises over the posts of a batch (batch norm), so micro-batches of %lld would train another model "
            "than train.batch (%lld) does: leave train.micro_batch out, lower train.batch to what fits, or freeze "
            "it (frozen: true)",
            (long long)train->micro_batch, (long long)train->batch);
        return axf_instance_context(axf_side_instance(model, AXF_SIDE_IMAGE), AXF_ERR_SPEC);
    }
    for (int32_t i = 0; axf_model_is_joint(model) && i < model->loss_count;
         i++) { /* a model with two encoders takes two passes */
        if (model->loss[i].facts.scope == AXF_LOSS_PER_BATCH) {
            axf_fail(AXF_ERR_SPEC,
                     "compares all posts of a batch with each other, and '%s' has text and image in one encoder, which "
                     "would hold all of them at once: train.batch (%lld) may be no more than train.micro_batch (%lld); "
                     "lower it to %lld, or leave train.micro_batch out",
                     axf_side_instance(model, AXF_SIDE_TEXT)->component->component.name, (long long)train->batch,
                     (long long)train->micro_batch, (long long)train->micro_batch);
            return axf_instance_context(model->loss[i].instance, AXF_ERR_SPEC);
        }
    }
    return AXF_OK;
}

axf_status axf_model_check_columns(const axf_model *model, const axf_dataset_facts *dataset)
{
    for (int32_t i = 0; i < model->loss_count; i++) {
        const char *column = model->loss[i].facts.column;
        int32_t found = column == NULL;
        for (int32_t c = 0; !found && c < dataset->columns; c++) {
            found = strcmp(dataset->column[c].name, column) == 0;
        }
        if (!found) {
            axf_fail(AXF_ERR_SPEC, "reads the dataset's column '%s', which this dataset does not have", column);
            return axf_instance_context(model->loss[i].instance, AXF_ERR_SPEC);
        }
    }
    return AXF_OK;
}

axf_status axf_model_describe(axf_model *model, axf_experiment *experiment, int32_t classes, int32_t multi_label)
{
    *model =
        (axf_model){.experiment = experiment, .classes = classes, .multi_label = multi_label, .objective_weight = 1};
    AXF_TRY(axf_sides_describe(model));
    if (axf_model_is_joint(model)) {
        model->fused_width = model->joint_facts.width;
        model->head_dropout = 1;
        model->join_wanted = AXF_WANT_FUSED;
    } else {
        AXF_TRY(describe_fusion(model));
    }
    set_loss_inputs(model);
    AXF_TRY(
        describe_loss(model, &experiment->objective, experiment->objective.instance->component->component.name, -1));
    for (int32_t i = 0; i < experiment->loss_count; i++) {
        AXF_TRY(
            describe_loss(model, &experiment->loss[i], experiment->loss_name[i], experiment->loss_settings[i].beta));
        model->objective_weight -= experiment->loss_settings[i].beta;
    }
    AXF_TRY(order_losses(model));
    AXF_TRY(axf_learned_image_check(model));
    return check_parts(model);
}
