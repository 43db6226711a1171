#include "model/loss_view.h"

#include "core/error.h"
#include "model/encode.h"
#include "model/join.h"
#include "model/state.h"
#include "plugin/calls.h"
#include "tensor/shape.h"
#include "tensor/tape.h"
#include "tensor/transfers.h"

#include <stdlib.h>
#include <string.h>

/* The context that the functions of a loss view get. */
typedef struct view {
    axf_forward *forward;
    const axf_model_loss *loss; /* the one that is running */
    struct {
        const char *name;
        axf_tensor *tensor;
    } published[AXF_MAX_LOSSES];
    int32_t published_count;
} view;

static axf_status gather_state(axf_forward *f, const axf_pass *pass, const axf_state *from, const int32_t *index,
                               int32_t n, axf_state *to)
{
    *to = (axf_state){.struct_size = sizeof *to};
    for (uint32_t i = 0; i < from->count; i++) {
        axf_tensor *tensor = f->ops->gather_posts(pass, from->item[i].tensor, index, n);
        AXF_TRY(axf_state_add(to, from->item[i].name, tensor));
    }
    return axf_tape_status(f->tape);
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
    const view *v = context;
    axf_forward *f = v->forward;
    const axf_batch *batch = f->batch;
    for (int32_t i = 0; i < n; i++) {
        if (text_index[i] < 0 || text_index[i] >= batch->posts || image_index[i] < 0 ||
            image_index[i] >= batch->posts) {
            return axf_fail(AXF_ERR_PLUGIN, "repair: pair %d (%d, %d) lies outside of the %d posts", i, text_index[i],
                            image_index[i], batch->posts);
        }
    }
    axf_state text = f->text, image = f->image, paired_text, paired_image;
    if (v->loss->facts.second_pass) {
        AXF_TRY(axf_encode_sides(f, AXF_PASS_SECOND, &text, &image));
    }
    int32_t *slots = axf_tape_memory(f->tape, (size_t)n * sizeof *slots);
    for (int32_t i = 0; i < n; i++) {
        slots[i] = batch->slots[image_index[i]];
    }
    const axf_pass *pass = axf_forward_pass(f, "pairs", AXF_PASS_SECOND, 0, n, slots);
    axf_joined joined = {0};
    axf_status status = AXF_OK;
    if (is_identity(text_index, n, batch->posts)) {
        paired_text = text;
    } else {
        status = gather_state(f, pass, &text, text_index, n, &paired_text);
    }
    if (status == AXF_OK && is_identity(image_index, n, batch->posts)) {
        paired_image = image;
    } else if (status == AXF_OK) {
        status = gather_state(f, pass, &image, image_index, n, &paired_image);
    }
    if (status == AXF_OK) {
        status = axf_join_states(f, AXF_PASS_SECOND, AXF_WANT_MATCH, n, slots, &paired_text, &paired_image, &joined);
    }
    *match = joined.match;
    return status;
}

static axf_status view_gather(void *context, axf_tensor *x, axf_tensor **all)
{
    (void)context; /* there is one process, and a loss that compares posts sees no parts: these are all posts */
    *all = x;
    return AXF_OK;
}

static axf_status view_column(void *context, const char *name, axf_tensor **values, const float **host_values)
{
    const axf_forward *f = ((const view *)context)->forward;
    const axf_dataset_facts *facts = f->batch->dataset;
    for (int32_t i = 0; facts != NULL && i < facts->columns; i++) {
        if (strcmp(facts->column[i].name, name) == 0 && f->batch->columns != NULL && f->batch->columns[i] != NULL) {
            const int64_t posts = f->batch->posts;
            *values = axf_tape_input(f->tape, AXF_F32, 1, &posts, f->batch->columns[i], NULL);
            *host_values = f->batch->columns[i];
            return axf_tape_status(f->tape);
        }
    }
    return axf_fail(AXF_ERR_SPEC, "the dataset has no column '%s'", name);
}

static axf_status view_published(void *context, const char *name, axf_tensor **tensor)
{
    const view *v = context;
    for (int32_t i = 0; i < v->published_count; i++) {
        if (strcmp(v->published[i].name, name) == 0) {
            *tensor = v->published[i].tensor;
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_PLUGIN, "'%s' was not published", name);
}

static axf_status view_publish(void *context, const char *name, axf_tensor *tensor)
{
    view *v = context;
    if (v->published_count == AXF_MAX_LOSSES) {
        return axf_fail(AXF_ERR_PLUGIN, "more than %d tensors published", AXF_MAX_LOSSES);
    }
    v->published[v->published_count].name = name;
    v->published[v->published_count++].tensor = tensor;
    return AXF_OK;
}

static void view_note_pairs(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                            const int32_t *match)
{
    axf_pairs *pairs = ((const view *)context)->forward->outputs->pairs;
    if (pairs != NULL) {
        axf_pairs_set(pairs, n, text_index, image_index, match);
    }
}

static axf_status view_read(void *context, const axf_tensor *tensor, float *values)
{
    const axf_forward *f = ((const view *)context)->forward;
    if (axf_tape_planning(f->tape) && tensor != NULL) {
        memset(values, 0, (size_t)axf_tensor_elements(tensor) * sizeof *values);
        return AXF_OK;
    }
    return axf_tape_read(f->tape, tensor, values);
}

static axf_tensor *targets_tensor(const axf_forward *f)
{
    const axf_batch *batch = f->batch;
    const int64_t shape[2] = {batch->posts, f->model->classes};
    if (f->model->multi_label) {
        return axf_tape_input(f->tape, AXF_F32, 2, shape, batch->labels, NULL);
    }
    return axf_tape_input(f->tape, AXF_I32, 1, shape, batch->targets, NULL);
}

static axf_status run_loss(view *v, int32_t i, const axf_loss_view *shown, double share)
{
    axf_forward *f = v->forward;
    const axf_model_loss *loss = &f->model->loss[i];
    axf_outputs *outputs = f->outputs;
    v->loss = loss;
    const axf_pass *pass =
        axf_forward_pass(f, loss->instance->prefix, AXF_PASS_FIRST, 0, f->batch->posts, f->batch->slots);
    axf_loss_result result = {.struct_size = sizeof result};
    AXF_TRY(axf_call_loss_compute(loss->instance, pass, shown, &result));
    if (result.sum == NULL || !(result.weight > 0)) {
        axf_fail(AXF_ERR_PLUGIN, "gave no sum, or a weight of %g", result.weight);
        return axf_instance_context(loss->instance, AXF_ERR_PLUGIN);
    }
    outputs->part[i] = result.sum;
    outputs->weight[i] = result.weight;
    outputs->scalar_name[i] = result.scalar_name;
    outputs->scalar[i] = result.scalar;
    const double beta = i == 0 ? f->model->objective_weight : loss->beta;
    axf_tensor *scaled = f->ops->scale(pass, result.sum, beta * share / result.weight, 0);
    outputs->total = outputs->total == NULL ? scaled : f->ops->add(pass, outputs->total, scaled);
    return axf_instance_context(loss->instance, axf_tape_status(f->tape));
}

axf_status axf_losses_run(axf_forward *f, const axf_pass *head, axf_tensor *dropped, const axf_joined *joined)
{
    const axf_model *model = f->model;
    const axf_batch *batch = f->batch;
    view v = {.forward = f};
    axf_loss_view shown = {.struct_size = sizeof shown,
                           .context = &v,
                           .posts = batch->posts,
                           .batch_posts = batch->batch_posts,
                           .classes = model->classes,
                           .logits = f->outputs->logits,
                           .targets = targets_tensor(f),
                           .host_targets = model->multi_label ? NULL : batch->targets,
                           .fused = joined->fused,
                           .fused_dropped = dropped,
                           .contrast_text = joined->contrast_text,
                           .contrast_image = joined->contrast_image,
                           .repair = view_repair,
                           .gather = view_gather,
                           .column = view_column,
                           .published = view_published,
                           .publish = view_publish,
                           .note_pairs = view_note_pairs,
                           .read = view_read};
    if (model->class_weights != NULL) {
        shown.class_weights = f->ops->constant(head, model->class_weights, model->classes, 0);
        shown.host_class_weights = model->class_weights;
    }
    /* A part with b of the batch's B posts has the share b/B of the batch's mean. */
    const double share = (double)batch->posts / batch->batch_posts;
    for (int32_t i = 0; i < model->loss_count; i++) {
        AXF_TRY(run_loss(&v, i, &shown, share));
    }
    return AXF_OK;
}
