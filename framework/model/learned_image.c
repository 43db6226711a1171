#include "model/learned_image.h"

#include "core/error.h"
#include "core/philox.h"
#include "model/sides.h"
#include "tensor/tape.h"

#include <stdlib.h>
#include <string.h>

/* 1: the spec asks for learned vectors. */
static int is_asked_for(const axf_experiment *experiment)
{
    return experiment->data.missing_image == AXF_BAD_IMAGE_LEARNED ||
           experiment->data.on_bad_image == AXF_BAD_IMAGE_LEARNED;
}

axf_status axf_learned_image_check(const axf_model *model)
{
    const axf_experiment *experiment = model->experiment;
    if (!is_asked_for(experiment)) {
        return experiment->train.image_dropout > 0
                   ? axf_fail(AXF_ERR_SPEC, "train.image_dropout puts a learned vector in the place of images: set "
                                            "data.missing_image (or on_bad_image) to learned")
                   : AXF_OK;
    }
    const axf_instance *joint = axf_side_instance(model, AXF_SIDE_IMAGE);
    if (axf_model_is_joint(model) && !(model->image_facts.gives & (AXF_WANT_ROWS | AXF_WANT_POOLED))) {
        axf_fail(AXF_ERR_SPEC,
                 "data.missing_image, on_bad_image: a learned vector stands for what image_part gives, and joint "
                 "encoder '%s' does not say what that is (facts.image.gives): use blank, with data.empty_image",
                 joint->component->component.name);
        return axf_instance_context(joint, AXF_ERR_SPEC);
    }
    return AXF_OK;
}

static axf_status declare_vector(axf_model *model, const char *name, int32_t width, axf_param **param)
{
    const axf_parameter vector = {sizeof vector,   name, 2, {1, width},
                                  AXF_INIT_NORMAL, 0.02, 0, AXF_PARAM_NEW | AXF_PARAM_NO_DECAY};
    AXF_TRY(axf_params_add(&model->params, "missing_image", &vector, param));
    (*param)->trained = 1;
    return AXF_OK;
}

axf_status axf_learned_image_declare(axf_model *model)
{
    if (!is_asked_for(model->experiment) || !model->has_image) {
        return AXF_OK;
    }
    const uint32_t stands = axf_side_image_holds(model);
    if (stands & (AXF_WANT_ROWS | AXF_WANT_FIRST)) {
        AXF_TRY(declare_vector(model, "vector", model->image_facts.width, &model->learned_vector));
    }
    if (stands & AXF_WANT_POOLED) {
        AXF_TRY(declare_vector(model, "pooled", model->image_facts.pooled_width, &model->learned_pooled));
    }
    return AXF_OK;
}

/* Sets learned[b] to 1 where the vector stands for the image of post b: always, or by a draw in this step. */
static void draw_learned(const axf_model *model, const axf_batch *batch, int training, int32_t *learned)
{
    const double rate = training ? model->experiment->train.image_dropout : 0;
    const axf_random_key key = axf_random_key_make(model->experiment->seed, "missing_image", "image_dropout");
    for (int32_t b = 0; b < batch->posts; b++) {
        uint32_t draw[4];
        axf_philox(draw, key, (uint32_t)batch->step, (uint32_t)batch->slots[b], 0, 0);
        learned[b] = (batch->learned != NULL && batch->learned[b]) || (double)axf_random_unit(draw[0]) < rate;
    }
}

/* The learned vector that stands for a tensor of the state: one for rows and for the first row, another for pooled
 * vectors, which may have another width. A joint encoder names its tensors as it likes. NULL: none stands for it. */
static const axf_param *vector_of(const axf_model *model, const char *name, const axf_tensor *tensor)
{
    return tensor->rows != NULL || strcmp(name, "first") == 0 ? model->learned_vector : model->learned_pooled;
}

/* Refuses a state that is not what the facts say it is. */
static axf_status check_width(const axf_model *model, const char *name, const axf_tensor *tensor,
                              const axf_param *vector)
{
    if (vector != NULL && tensor->shape[1] == vector->tensor.shape[1]) {
        return AXF_OK;
    }
    axf_fail(AXF_ERR_PLUGIN,
             "'%s' has %lld columns, and facts.image says %lld: a learned vector cannot "
             "stand for it",
             name, (long long)tensor->shape[1], vector != NULL ? (long long)vector->tensor.shape[1] : 0LL);
    return axf_instance_context(axf_side_instance(model, AXF_SIDE_IMAGE), AXF_ERR_PLUGIN);
}

/* Returns x with the vector in the place of the rows of the posts that `learned` marks. Rows of padding stay. */
static axf_tensor *replace(const axf_pass *pass, axf_tensor *x, const axf_param *vector, const int32_t *learned,
                           int32_t posts)
{
    const int64_t rows = x->shape[0];
    int32_t *index = axf_tape_memory(pass->tape, (size_t)rows * sizeof *index);
    float *keep = axf_tape_memory(pass->tape, (size_t)rows * sizeof *keep);
    for (int64_t i = 0; i < rows; i++) {
        index[i] = -1;
        keep[i] = 1;
    }
    for (int32_t b = 0; b < posts; b++) {
        const int64_t from = x->rows != NULL ? x->rows->offset[b] : b,
                      to = x->rows != NULL ? x->rows->offset[b + 1] : b + 1;
        for (int64_t i = from; learned[b] && i < to; i++) {
            index[i] = 0;
            keep[i] = 0;
        }
    }
    const axf_ops *ops = pass->ops;
    axf_tensor *kept = ops->multiply(pass, x, ops->constant(pass, keep, rows, 1));
    axf_tensor *put = ops->gather_rows(pass, (axf_tensor *)&vector->tensor, index, rows);
    return ops->add(pass, kept, put);
}

axf_status axf_learned_image_replace(const axf_model *model, const axf_pass *pass, const axf_batch *batch, int training,
                                     axf_state *state)
{
    int32_t *learned = axf_tape_memory(pass->tape, (size_t)batch->posts * sizeof *learned);
    draw_learned(model, batch, training, learned);
    const int joint = axf_model_is_joint(model);
    axf_status status = AXF_OK;
    for (uint32_t i = 0; i < state->count && status == AXF_OK; i++) {
        axf_tensor **tensor = &state->item[i].tensor;
        const axf_param *vector = *tensor != NULL ? vector_of(model, state->item[i].name, *tensor) : NULL;
        if (*tensor != NULL && (vector != NULL || joint)) { /* an image encoder may give what nobody asked for */
            status = check_width(model, state->item[i].name, *tensor, vector);
            *tensor = status == AXF_OK ? replace(pass, *tensor, vector, learned, batch->posts) : NULL;
        }
    }
    return status == AXF_OK ? axf_tape_status(pass->tape) : status;
}
