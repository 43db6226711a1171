/* One pass through the model: texts and images to states, fused vectors, logits and losses. */
#include "model/model.h"

#include "core/error.h"
#include "model/learned_image.h"
#include "model/text_input.h"
#include "plugin/guard.h"
#include "tensor/passes.h"
#include "tensor/ragged.h"
#include "tensor/shape.h"
#include "tensor/transfers.h"

#include <stdlib.h>
#include <string.h>

typedef struct run { /* what the loss view's functions need */
    axf_model *model;
    axf_tape *tape;
    const axf_batch *batch;
    int training; /* a step: recorded, and its draws are a step's */
    int live;     /* training mode: dropout, batch statistics */
    const axf_ops *ops;
    axf_state text, image;
    const axf_encoded *encoded; /* both sides, encoded before; NULL: they are encoded here */
    axf_outputs *outputs;
    const axf_model_loss *loss; /* the one that is running */
    struct {
        const char *name;
        axf_tensor *tensor;
    } published[AXF_MAX_LOSSES];
    int32_t published_count;
} run;

axf_tensor *axf_state_find(const axf_state *state, const char *name)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (strcmp(state->item[i].name, name) == 0) {
            return state->item[i].tensor;
        }
    }
    return NULL;
}

static axf_status state_add(axf_state *state, const char *name, axf_tensor *tensor)
{
    if (state->count == AXF_STATE_MAX) {
        return axf_fail(AXF_ERR_PLUGIN, "more than %d tensors in a state", AXF_STATE_MAX);
    }
    state->item[state->count].name = name;
    state->item[state->count++].tensor = tensor;
    return AXF_OK;
}

static const axf_pass *pass_of(const run *r, const char *component, int32_t scope, uint32_t wanted, int32_t posts,
                               const int32_t *slots)
{
    const axf_pass_settings settings = {.component = component,
                                        .training = r->live,
                                        .scope = r->training ? scope : AXF_PASS_EVALUATION,
                                        .wanted = wanted,
                                        .posts = posts,
                                        .slots = slots,
                                        .step = r->batch->step,
                                        .record = r->training};
    return axf_tape_pass(r->tape, &settings);
}

/* Of an encoder: as far as it is frozen, it is in evaluation mode, but for the defect. */
static const axf_pass *encoder_pass(const run *r, const char *component, int frozen, int32_t scope, uint32_t wanted,
                                    int32_t posts, const int32_t *slots)
{
    const int all = r->model->experiment->defects & AXF_DEFECT_FROZEN_IN_TRAIN_MODE;
    const int through = r->model->learned_vector != NULL || r->model->learned_pooled != NULL; /* to a learned vector */
    const axf_pass_settings settings = {.component = component,
                                        .training = r->live && (!frozen || all),
                                        .scope = r->training ? scope : AXF_PASS_EVALUATION,
                                        .wanted = wanted,
                                        .posts = posts,
                                        .slots = slots,
                                        .step = r->batch->step,
                                        .record = !r->training || (frozen && !through) ? AXF_RECORD_NOTHING
                                                  : all || frozen                      ? AXF_RECORD
                                                                                       : AXF_RECORD_TRAINED};
    return axf_tape_pass(r->tape, &settings);
}

/* What a component made is done with when it returns, but for the state it gave. */
static void end_scope(const axf_pass *pass, const axf_state *state)
{
    axf_tensor *kept[AXF_STATE_MAX];
    for (uint32_t i = 0; i < state->count; i++) {
        kept[i] = state->item[i].tensor;
    }
    pass->ops->scope_end(pass, kept, (int32_t)state->count);
}

/* A component's call: its own status, then the tape's (an op that failed returned NULL). */
static axf_status checked(const run *r, const axf_instance *instance, axf_status status)
{
    axf_guard_leave();
    if (status == AXF_OK) {
        status = axf_tape_status(r->tape);
    }
    return axf_instance_context(instance, status);
}

/* What join will be asked for after the parts of this scope: all in the first pass, the match vector in the second. */
static uint32_t joint_wanted(const axf_model *model, int32_t scope)
{
    return scope == AXF_PASS_SECOND ? (uint32_t)AXF_WANT_MATCH : model->join_wanted;
}

static axf_status encode_tokens(run *r, int32_t scope, const axf_tokens *tokens, axf_state *state)
{
    axf_model *model = r->model;
    const axf_batch *batch = r->batch;
    axf_instance *joint = model->experiment->joint.instance, *text = model->experiment->text.instance;
    axf_status status;
    if (joint != NULL) {
        const axf_pass *pass = encoder_pass(r, joint->prefix, model->text_frozen, scope, joint_wanted(model, scope),
                                            batch->posts, batch->slots);
        pass->ops->scope_begin(pass);
        axf_guard_enter(joint, "text_part", batch->step);
        status =
            checked(r, joint, ((const axf_joint_encoder *)joint->vtable)->text_part(joint->self, pass, tokens, state));
        end_scope(pass, state);
    } else {
        const axf_pass *pass =
            encoder_pass(r, text->prefix, model->text_frozen, scope, model->text_wanted, batch->posts, batch->slots);
        pass->ops->scope_begin(pass);
        axf_guard_enter(text, "encode", batch->step);
        status = checked(r, text, ((const axf_text_encoder *)text->vtable)->encode(text->self, pass, tokens, state));
        end_scope(pass, state);
    }
    return status;
}

static axf_status encode_text(run *r, int32_t scope, axf_state *state)
{
    const axf_model *model = r->model;
    *state = (axf_state){.struct_size = sizeof *state};
    if (!model->has_text) {
        return AXF_OK;
    }
    axf_text_input input;
    axf_status status =
        axf_text_input_open(&input, r->tape, r->batch, model->fusion_facts.padded_texts ? &model->text_facts : NULL);
    if (status == AXF_OK) {
        status = encode_tokens(r, scope, &input.tokens, state);
    }
    axf_text_input_close(&input);
    return status;
}

static axf_status add_features(run *r, axf_state *state)
{
    const axf_features *features = r->batch->features;
    const int32_t posts = r->batch->posts;
    const int64_t vector[2] = {posts, features->width}, pooled[2] = {posts, features->pooled_width};
    if (features->row_values != NULL) {
        int32_t *offset = axf_alloc(((size_t)posts + 1) * sizeof *offset);
        for (int32_t b = 0; b <= posts; b++) {
            offset[b] = b * features->rows;
        }
        const axf_rows *rows = axf_tape_rows(r->tape, posts, offset);
        free(offset);
        const int64_t shape[2] = {(int64_t)posts * features->rows, features->width};
        AXF_TRY(state_add(state, "rows", axf_tape_input(r->tape, AXF_F32, 2, shape, features->row_values, rows)));
    }
    if (features->first_values != NULL) {
        AXF_TRY(state_add(state, "first", axf_tape_input(r->tape, AXF_F32, 2, vector, features->first_values, NULL)));
    }
    if (features->pooled_values != NULL) {
        AXF_TRY(state_add(state, "pooled", axf_tape_input(r->tape, AXF_F32, 2, pooled, features->pooled_values, NULL)));
    }
    return axf_tape_status(r->tape);
}

static axf_images images_of(run *r)
{
    const axf_batch *batch = r->batch;
    const int64_t elements = batch->pixel_offset[batch->posts];
    int32_t one_size = 1;
    for (int32_t b = 1; b < batch->posts; b++) {
        one_size &= batch->height[b] == batch->height[0] && batch->width[b] == batch->width[0];
    }
    axf_tensor *pixels = axf_tape_input(r->tape, AXF_F32, 1, &elements, batch->pixels, NULL);
    return (axf_images){.struct_size = sizeof(axf_images),
                        .posts = batch->posts,
                        .pixels = pixels,
                        .height = batch->height,
                        .width = batch->width,
                        .offset = batch->pixel_offset,
                        .one_size = one_size};
}

static axf_status encode_pictures(run *r, int32_t scope, axf_state *state)
{
    axf_model *model = r->model;
    const axf_batch *batch = r->batch;
    *state = (axf_state){.struct_size = sizeof *state};
    if (!model->has_image) {
        return AXF_OK;
    }
    if (batch->features != NULL) {
        return add_features(r, state);
    }
    axf_instance *joint = model->experiment->joint.instance, *image = model->experiment->image.instance;
    axf_instance *instance = joint != NULL ? joint : image;
    const axf_pass *pass =
        encoder_pass(r, instance->prefix, model->image_frozen, scope,
                     joint != NULL ? joint_wanted(model, scope) : model->image_wanted, batch->posts, batch->slots);
    const axf_joint_encoder *both = joint != NULL ? joint->vtable : NULL;
    const axf_image_encoder *tower = joint != NULL ? NULL : image->vtable;
    axf_status status;
    if (!model->image_facts.from_pixels) {
        pass->ops->scope_begin(pass);
        axf_guard_enter(instance, joint != NULL ? "features_part" : "encode_features", batch->step);
        status = joint == NULL ? tower->encode_features(image->self, pass, batch->feature_ids, state)
                               : both->features_part(joint->self, pass, batch->feature_ids, state);
    } else {
        const axf_images images = images_of(r);
        pass->ops->scope_begin(pass);
        axf_guard_enter(instance, joint != NULL ? "image_part" : "encode", batch->step);
        status = joint == NULL ? tower->encode(image->self, pass, &images, state)
                               : both->image_part(joint->self, pass, &images, state);
    }
    status = checked(r, instance, status);
    end_scope(pass, state);
    return status;
}

static axf_status encode_image(run *r, int32_t scope, axf_state *state)
{
    AXF_TRY(encode_pictures(r, scope, state));
    if (r->model->learned_vector == NULL && r->model->learned_pooled == NULL) {
        return AXF_OK;
    }
    const axf_batch *batch = r->batch;
    const axf_pass *pass = pass_of(r, "missing_image", scope, 0, batch->posts, batch->slots);
    return axf_learned_image_replace(r->model, pass, batch, r->live, state);
}

static axf_status encode_sides(run *r, int32_t scope, axf_state *text, axf_state *image)
{
    if (r->encoded != NULL) {
        *text = r->encoded->state[scope == AXF_PASS_SECOND][AXF_SIDE_TEXT];
        *image = r->encoded->state[scope == AXF_PASS_SECOND][AXF_SIDE_IMAGE];
        return AXF_OK;
    }
    AXF_TRY(encode_text(r, scope, text));
    return encode_image(r, scope, image);
}

/* Whether a joint encoder gave what it was asked for; a match vector may be the fused one. */
static axf_status check_joined(const axf_instance *joint, uint32_t wanted, const axf_joined *joined)
{
    const struct {
        uint32_t bit;
        const axf_tensor *tensor;
        const char *name;
    } outputs[] = {{AXF_WANT_FUSED, joined->fused, "fused"},
                   {AXF_WANT_MATCH, joined->match != NULL ? joined->match : joined->fused, "match"},
                   {AXF_WANT_CONTRAST_TEXT, joined->contrast_text, "contrast_text"},
                   {AXF_WANT_CONTRAST_IMAGE, joined->contrast_image, "contrast_image"}};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if ((wanted & outputs[i].bit) && outputs[i].tensor == NULL) {
            axf_fail(AXF_ERR_PLUGIN, "join did not give '%s', which was wanted", outputs[i].name);
            return axf_instance_context(joint, AXF_ERR_PLUGIN);
        }
    }
    return AXF_OK;
}

/* The two states of `posts` posts to a fused vector each (and, from a joint encoder, what else is wanted). */
static axf_status join_states(run *r, int32_t scope, uint32_t wanted, int32_t posts, const int32_t *slots,
                              const axf_state *text, const axf_state *image, axf_joined *joined)
{
    const axf_model *model = r->model;
    *joined = (axf_joined){.struct_size = sizeof *joined};
    axf_instance *joint = model->experiment->joint.instance, *fusion = model->experiment->fusion.instance;
    if (joint != NULL) {
        const axf_pass *pass = encoder_pass(r, joint->prefix, model->text_frozen, scope, wanted, posts, slots);
        pass->ops->scope_begin(pass);
        axf_guard_enter(joint, "join", r->batch->step);
        const axf_status status =
            checked(r, joint, ((const axf_joint_encoder *)joint->vtable)->join(joint->self, pass, text, image, joined));
        axf_tensor *const kept[] = {joined->fused, joined->match, joined->contrast_text, joined->contrast_image};
        pass->ops->scope_end(pass, kept, 4);
        AXF_TRY(status);
        AXF_TRY(check_joined(joint, wanted, joined));
    } else if (fusion != NULL) {
        const axf_pass *pass = pass_of(r, fusion->prefix, scope, wanted, posts, slots);
        pass->ops->scope_begin(pass);
        axf_guard_enter(fusion, "fuse", r->batch->step);
        const axf_status status = checked(
            r, fusion, ((const axf_fusion *)fusion->vtable)->fuse(fusion->self, pass, text, image, &joined->fused));
        pass->ops->scope_end(pass, &joined->fused, 1);
        AXF_TRY(status);
    } else {
        const axf_state *only = model->has_text ? text : image;
        joined->fused = axf_state_find(only, model->alone == AXF_WANT_POOLED ? "pooled" : "first");
        if (joined->fused == NULL) {
            return axf_fail(AXF_ERR_PLUGIN, "the encoder did not give the vector that it said it gives");
        }
    }
    joined->match = joined->match != NULL ? joined->match : joined->fused;
    return AXF_OK;
}

/* ---- the loss view ---- */

static axf_status gather_state(run *r, const axf_pass *pass, const axf_state *from, const int32_t *index, int32_t n,
                               axf_state *to)
{
    *to = (axf_state){.struct_size = sizeof *to};
    for (uint32_t i = 0; i < from->count; i++) {
        axf_tensor *tensor = r->ops->gather_posts(pass, from->item[i].tensor, index, n);
        AXF_TRY(state_add(to, from->item[i].name, tensor));
    }
    return axf_tape_status(r->tape);
}

static int is_identity(const int32_t *index, int32_t n, int32_t posts)
{
    for (int32_t i = 0; i < n; i++) {
        if (index[i] != i) {
            return 0;
        }
    }
    return n == posts;
}

static axf_status view_repair(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                              axf_tensor **match)
{
    run *r = context;
    const axf_batch *batch = r->batch;
    for (int32_t i = 0; i < n; i++) {
        if (text_index[i] < 0 || text_index[i] >= batch->posts || image_index[i] < 0 ||
            image_index[i] >= batch->posts) {
            return axf_fail(AXF_ERR_PLUGIN, "repair: pair %d (%d, %d) lies outside of the %d posts", i, text_index[i],
                            image_index[i], batch->posts);
        }
    }
    axf_state text = r->text, image = r->image, paired_text, paired_image;
    if (r->loss->facts.second_pass) {
        AXF_TRY(encode_sides(r, AXF_PASS_SECOND, &text, &image));
    }
    int32_t *slots = axf_alloc((size_t)n * sizeof *slots);
    for (int32_t i = 0; i < n; i++) {
        slots[i] = batch->slots[image_index[i]];
    }
    const axf_pass *pass = pass_of(r, "pairs", AXF_PASS_SECOND, 0, n, slots);
    axf_joined joined = {0};
    axf_status status = AXF_OK;
    if (is_identity(text_index, n, batch->posts)) {
        paired_text = text;
    } else {
        status = gather_state(r, pass, &text, text_index, n, &paired_text);
    }
    if (status == AXF_OK && is_identity(image_index, n, batch->posts)) {
        paired_image = image;
    } else if (status == AXF_OK) {
        status = gather_state(r, pass, &image, image_index, n, &paired_image);
    }
    if (status == AXF_OK) {
        status = join_states(r, AXF_PASS_SECOND, AXF_WANT_MATCH, n, slots, &paired_text, &paired_image, &joined);
    }
    free(slots);
    *match = joined.match;
    return status;
}

static axf_status view_gather(void *context, axf_tensor *x, axf_tensor **all)
{
    (void)context; /* one process, and losses of batch scope see no parts: the posts at hand are all posts */
    *all = x;
    return AXF_OK;
}

static axf_status view_column(void *context, const char *name, axf_tensor **values, const float **host_values)
{
    run *r = context;
    const axf_dataset_facts *facts = r->batch->dataset;
    for (int32_t i = 0; facts != NULL && i < facts->columns; i++) {
        if (strcmp(facts->column[i].name, name) == 0 && r->batch->columns != NULL && r->batch->columns[i] != NULL) {
            const int64_t posts = r->batch->posts;
            *values = axf_tape_input(r->tape, AXF_F32, 1, &posts, r->batch->columns[i], NULL);
            *host_values = r->batch->columns[i];
            return axf_tape_status(r->tape);
        }
    }
    return axf_fail(AXF_ERR_SPEC, "the dataset has no column '%s'", name);
}

static axf_status view_published(void *context, const char *name, axf_tensor **tensor)
{
    const run *r = context;
    for (int32_t i = 0; i < r->published_count; i++) {
        if (strcmp(r->published[i].name, name) == 0) {
            *tensor = r->published[i].tensor;
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_PLUGIN, "'%s' was not published", name);
}

static axf_status view_publish(void *context, const char *name, axf_tensor *tensor)
{
    run *r = context;
    if (r->published_count == AXF_MAX_LOSSES) {
        return axf_fail(AXF_ERR_PLUGIN, "more than %d tensors published", AXF_MAX_LOSSES);
    }
    r->published[r->published_count].name = name;
    r->published[r->published_count++].tensor = tensor;
    return AXF_OK;
}

static void view_note_pairs(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                            const int32_t *match)
{
    axf_pairs *pairs = ((run *)context)->outputs->pairs;
    if (pairs == NULL) {
        return;
    }
    pairs->count = n < (int32_t)(sizeof pairs->text / sizeof pairs->text[0]) ? n : 0;
    for (int32_t i = 0; i < pairs->count; i++) {
        pairs->text[i] = text_index[i];
        pairs->image[i] = image_index[i];
        pairs->match[i] = match[i];
    }
}

static axf_status view_read(void *context, const axf_tensor *tensor, float *values)
{
    run *r = context;
    if (axf_tape_planning(r->tape) && tensor != NULL) {
        memset(values, 0, (size_t)axf_tensor_elements(tensor) * sizeof *values);
        return AXF_OK;
    }
    return axf_tape_read(r->tape, tensor, values);
}

static axf_tensor *targets_tensor(const run *r)
{
    const axf_batch *batch = r->batch;
    const int64_t shape[2] = {batch->posts, r->model->classes};
    if (r->model->multi_label) {
        return axf_tape_input(r->tape, AXF_F32, 2, shape, batch->labels, NULL);
    }
    return axf_tape_input(r->tape, AXF_I32, 1, shape, batch->targets, NULL);
}

static axf_status run_loss(run *r, int32_t i, const axf_loss_view *view, double share)
{
    const axf_model_loss *loss = &r->model->loss[i];
    axf_outputs *outputs = r->outputs;
    r->loss = loss;
    const axf_pass *pass = pass_of(r, loss->instance->prefix, AXF_PASS_FIRST, 0, r->batch->posts, r->batch->slots);
    axf_loss_result result = {.struct_size = sizeof result};
    axf_guard_enter(loss->instance, "compute", r->batch->step);
    AXF_TRY(checked(r, loss->instance, loss->vtable->compute(loss->instance->self, pass, view, &result)));
    if (result.sum == NULL || !(result.weight > 0)) {
        axf_fail(AXF_ERR_PLUGIN, "gave no sum, or a weight of %g", result.weight);
        return axf_instance_context(loss->instance, AXF_ERR_PLUGIN);
    }
    outputs->part[i] = result.sum;
    outputs->weight[i] = result.weight;
    outputs->scalar_name[i] = result.scalar_name;
    outputs->scalar[i] = result.scalar;
    const double beta = i == 0 ? r->model->objective_weight : loss->beta;
    axf_tensor *scaled = r->ops->scale(pass, result.sum, beta * share / result.weight, 0);
    outputs->total = outputs->total == NULL ? scaled : r->ops->add(pass, outputs->total, scaled);
    return checked(r, loss->instance, AXF_OK);
}

static axf_status run_losses(run *r, const axf_pass *head, axf_tensor *dropped, const axf_joined *joined)
{
    const axf_model *model = r->model;
    const axf_batch *batch = r->batch;
    axf_loss_view view = {.struct_size = sizeof view,
                          .context = r,
                          .posts = batch->posts,
                          .batch_posts = batch->batch_posts,
                          .classes = model->classes,
                          .logits = r->outputs->logits,
                          .targets = targets_tensor(r),
                          .host_targets = model->multi_label ? NULL : batch->targets,
                          .fused = joined->fused,
                          .fused_dropped = dropped,
                          .repair = view_repair,
                          .gather = view_gather,
                          .column = view_column,
                          .published = view_published,
                          .publish = view_publish,
                          .note_pairs = view_note_pairs,
                          .read = view_read};
    if (model->class_weights != NULL) {
        view.class_weights = r->ops->constant(head, model->class_weights, model->classes, 0);
        view.host_class_weights = model->class_weights;
    }
    const int joint = model->experiment->joint.instance != NULL;
    view.contrast_text = joint ? joined->contrast_text : axf_state_find(&r->text, "pooled");
    view.contrast_image = joint ? joined->contrast_image : axf_state_find(&r->image, "pooled");
    /* A part of b of B posts has the share b/B of the batch's mean. */
    const double share = (double)batch->posts / batch->batch_posts;
    for (int32_t i = 0; i < model->loss_count; i++) {
        AXF_TRY(run_loss(r, i, &view, share));
    }
    return AXF_OK;
}

static axf_status run_model(run *r)
{
    const axf_model *model = r->model;
    const axf_batch *batch = r->batch;
    axf_outputs *outputs = r->outputs;
    *outputs = (axf_outputs){.pairs = outputs->pairs};
    r->live = r->training && !model->still;
    const axf_pass *head = pass_of(r, "head", AXF_PASS_FIRST, 0, batch->posts, batch->slots);
    r->ops = head->ops;
    AXF_TRY(encode_sides(r, AXF_PASS_FIRST, &r->text, &r->image));
    axf_joined joined;
    AXF_TRY(
        join_states(r, AXF_PASS_FIRST, model->join_wanted, batch->posts, batch->slots, &r->text, &r->image, &joined));
    const double rate = model->head_dropout ? model->experiment->head.dropout : 0;
    axf_tensor *dropped = r->ops->dropout(head, joined.fused, rate, "dropout");
    outputs->fused = joined.fused;
    outputs->logits = r->ops->linear(head, dropped, &model->head_weight->tensor, &model->head_bias->tensor, AXF_NONE);
    AXF_TRY(axf_tape_status(r->tape));
    if (batch->targets == NULL && batch->labels == NULL) {
        return AXF_OK;
    }
    return run_losses(r, head, dropped, &joined);
}

axf_status axf_model_run(axf_model *model, axf_tape *tape, const axf_batch *batch, int training, axf_outputs *outputs)
{
    run r = {.model = model, .tape = tape, .batch = batch, .training = training, .outputs = outputs};
    return run_model(&r);
}

axf_status axf_model_run_encoded(axf_model *model, axf_tape *tape, const axf_batch *batch, const axf_encoded *encoded,
                                 axf_outputs *outputs)
{
    run r = {.model = model, .tape = tape, .batch = batch, .training = 1, .encoded = encoded, .outputs = outputs};
    return run_model(&r);
}

axf_status axf_model_encode(axf_model *model, axf_tape *tape, const axf_batch *batch, int side, int again,
                            axf_state *state)
{
    run r = {.model = model, .tape = tape, .batch = batch, .training = 1, .live = !model->still};
    const int32_t scope = again ? AXF_PASS_SECOND : AXF_PASS_FIRST;
    return side == AXF_SIDE_TEXT ? encode_text(&r, scope, state) : encode_image(&r, scope, state);
}

axf_status axf_model_encode_images(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state)
{
    run r = {.model = model, .tape = tape, .batch = batch};
    return encode_pictures(&r, AXF_PASS_FIRST, state);
}

axf_status axf_model_encode_texts(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state)
{
    run r = {.model = model, .tape = tape, .batch = batch};
    return encode_text(&r, AXF_PASS_FIRST, state);
}
