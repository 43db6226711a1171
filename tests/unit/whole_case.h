/* Whole models from YAML, tiny and drawn at random, with batches of random posts: for what holds of any model. */
#ifndef AXF_TESTS_WHOLE_CASE_H
#define AXF_TESTS_WHOLE_CASE_H

#include "model/declare.h"
#include "model/describe.h"
#include "model/pass.h"
#include "model/two_pass.h"
#include "model_case.h"
#include "tensor/backward.h"

#define TINY AXF_SOURCE_DIR "/experiments/tiny/"

enum { WHOLE_MOST = 8, WHOLE_TOKENS = 12, WHOLE_SIDE = 64 };

typedef struct whole {
    axf_registry registry;
    axf_arena arena;
    axf_experiment experiment;
    axf_model model;
    axf_tape *tape;
} whole;

typedef struct whole_posts { /* of a logical batch */
    int32_t count;
    int64_t step; /* keys the draws */
    int32_t length[WHOLE_MOST], ids[WHOLE_MOST][WHOLE_TOKENS], types[WHOLE_MOST][WHOLE_TOKENS], target[WHOLE_MOST];
    float *pixels[WHOLE_MOST];
    float column[WHOLE_MOST];
} whole_posts;

/* Components by kind and name, as the YAML needs them. */
static inline axf_status whole_parse(whole *w, const char *text)
{
    static const char *const components[][2] = {
        {AXF_KIND_TEXT_ENCODER, "bert"},  {AXF_KIND_IMAGE_ENCODER, "vit"},  {AXF_KIND_IMAGE_ENCODER, "deit"},
        {AXF_KIND_IMAGE_ENCODER, "beit"}, {AXF_KIND_FUSION, "concat"},      {AXF_KIND_FUSION, "attention"},
        {AXF_KIND_FUSION, "gmu"},         {AXF_KIND_FUSION, "aspect-att"},  {AXF_KIND_FUSION, "concat_cnn"},
        {AXF_KIND_FUSION, "xatt"},        {AXF_KIND_LOSS, "itc"},           {AXF_KIND_LOSS, "itm"},
        {AXF_KIND_LOSS, "cross_entropy"}, {AXF_KIND_LOSS, "iadds"},         {AXF_KIND_DATASET, "synthetic"},
        {AXF_KIND_BACKEND, "reference"},  {AXF_KIND_JOINT_ENCODER, "vilt"}, {AXF_KIND_JOINT_ENCODER, "mmbt"}};
    char path[1024];
    *w = (whole){0};
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        rig_component(&w->registry, components[i][0], components[i][1]);
    }
    snprintf(path, sizeof path, "%s/lib/auxfuse/resnet.so", AXF_BUILD_DIR);
    ck_ok(axf_registry_add_file(&w->registry, path));
    ck_assert(axf_registry_find(&w->registry, AXF_KIND_IMAGE_ENCODER, "resnet50") != NULL);
    axf_source *source = axf_arena_alloc(&w->arena, sizeof *source);
    *source = (axf_source){.name = "whole.yml", .folder = "/", .text = text, .length = strlen(text)};
    const axf_node *spec;
    ck_ok(axf_yaml_parse(&w->arena, source, &spec));
    return axf_experiment_parse(&w->experiment, &w->registry, spec, 11, 1);
}

/* A late model; `dropout` in the text encoder and before the classifier, `rest` are lines of YAML,
 * `image` may go on with further options: "resnet50, frozen: true". */
static inline const char *whole_yaml(axf_arena *arena, const char *image, const char *fusion, double dropout,
                                     const char *losses, const char *rest)
{
    const char *folder = axf_arena_copy_n(arena, image, strcspn(image, ","));
    return axf_arena_printf(arena,
                            "name: whole\n"
                            "data: {loader: synthetic}\n"
                            "model:\n"
                            "  text: {encoder: bert, weights: random, config: " TINY "bert, max_length: 12,\n"
                            "    hidden_dropout: %g, attention_dropout: %g}\n"
                            "  image: {config: " TINY "%s, weights: random, encoder: %s}\n"
                            "  fusion: %s\n"
                            "  head: {dropout: %g}\n"
                            "losses: {%s}\n"
                            "backend: reference\n"
                            "precision: fp64\n"
                            "%s",
                            dropout, dropout, folder, image, fusion, dropout, losses, rest);
}

static inline void whole_build(whole *w)
{
    axf_instance *instance = w->experiment.backend.instance;
    const axf_backend *backend = instance->vtable;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = AXF_PRECISION_F64, .threads = 2};
    void *self;
    ck_ok(backend->create(&instance->host, instance->options, &request, &self));
    ck_ok(axf_model_declare(&w->model, backend, self, 1));
    ck_ok(axf_model_load(&w->model));
    for (int32_t i = 0; i < w->model.params.count; i++) {
        w->model.params.items[i]->tensor.wants_gradient = w->model.params.items[i]->trained;
    }
    const axf_tape_settings settings = {.seed = 11, .keep_gradients = 1};
    ck_ok(axf_tape_new(backend, self, &w->model.params, &settings, &w->tape));
}

static inline void whole_open(whole *w, const char *yaml)
{
    ck_ok(whole_parse(w, yaml));
    ck_ok(axf_model_describe(&w->model, &w->experiment, 3, 0));
    whole_build(w);
}

static inline void whole_close(whole *w)
{
    const axf_backend *backend = w->model.backend;
    void *self = w->model.backend_self;
    if (w->tape != NULL) {
        axf_tape_free(w->tape);
    }
    axf_model_free(&w->model);
    if (self != NULL) {
        backend->destroy(self);
    }
    axf_experiment_free(&w->experiment);
    axf_registry_free(&w->registry);
    axf_arena_free(&w->arena);
}

static inline uint32_t whole_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* `alike`: every post the same text and image. */
static inline void whole_draw(whole_posts *posts, int32_t count, int alike)
{
    uint32_t state = 5;
    *posts = (whole_posts){.count = count};
    for (int32_t b = 0; b < count; b++) {
        const int32_t from = alike && b > 0 ? 0 : b;
        posts->pixels[b] = malloc(3 * WHOLE_SIDE * WHOLE_SIDE * sizeof *posts->pixels[b]);
        posts->length[b] = 3 + (int32_t)(whole_random(&state) % (WHOLE_TOKENS - 3));
        for (int32_t i = 0; i < WHOLE_TOKENS; i++) {
            posts->ids[b][i] = 5 + (int32_t)(whole_random(&state) % 300);
        }
        for (int32_t i = 0; i < 3 * WHOLE_SIDE * WHOLE_SIDE; i++) {
            posts->pixels[b][i] = (float)(whole_random(&state) % 2000) / 1000 - 1;
        }
        posts->target[b] = b % 3;
        posts->column[b] = (float)(b % 2);
        if (from != b) {
            posts->length[b] = posts->length[0];
            memcpy(posts->ids[b], posts->ids[0], sizeof posts->ids[0]);
            memcpy(posts->pixels[b], posts->pixels[0], 3 * WHOLE_SIDE * WHOLE_SIDE * sizeof *posts->pixels[0]);
        }
    }
}

static inline void whole_free(whole_posts *posts)
{
    for (int32_t b = 0; b < posts->count; b++) {
        free(posts->pixels[b]);
    }
}

typedef struct whole_loss {
    double total, part[AXF_MAX_LOSSES + 1]; /* each loss's sum / weight */
    struct {                                /* drawn by a loss */
        int32_t count, text[WHOLE_MOST], image[WHOLE_MOST], match[WHOLE_MOST];
    } pairs;
} whole_loss;

static inline void whole_keep_pairs(const axf_pairs *drawn, whole_loss *loss)
{
    const size_t size = (size_t)drawn->count * sizeof *drawn->text;
    ck_assert_int_le(drawn->count, WHOLE_MOST);
    loss->pairs.count = drawn->count;
    if (drawn->count > 0) {
        memcpy(loss->pairs.text, drawn->text, size);
        memcpy(loss->pairs.image, drawn->image, size);
        memcpy(loss->pairs.match, drawn->match, size);
    }
}

/* What whole_pass does, planned or in two passes. */
static inline void whole_step(whole *w, const axf_batch *batch, int32_t micro, int planning, whole_loss *loss)
{
    axf_pairs drawn = {0};
    axf_outputs outputs = {.pairs = &drawn};
    axf_two_pass step;
    const int two = micro < batch->posts;
    axf_tape_begin(w->tape, 1, planning);
    ck_ok(two ? axf_two_pass_forward(&step, &w->model, w->tape, batch, micro, &outputs)
              : axf_model_run(&w->model, w->tape, batch, 1, &outputs));
    if (!planning) {
        ck_ok(axf_tape_read_double(w->tape, outputs.total, &loss->total));
    }
    for (int32_t i = 0; !planning && i < w->model.loss_count; i++) {
        ck_ok(axf_tape_read_double(w->tape, outputs.part[i], &loss->part[i]));
        loss->part[i] /= outputs.weight[i];
    }
    whole_keep_pairs(&drawn, loss);
    axf_pairs_free(&drawn);
    ck_ok(two ? axf_two_pass_backward(&step, outputs.total) : axf_tape_backward(w->tape, outputs.total, 1, NULL, NULL));
    axf_tape_end(w->tape);
}

/* Forward and backward of posts `from` … `from` + `count` - 1 of the batch, their encoders in parts of `micro` posts;
 * gradients add up. */
static inline void whole_pass_in(whole *w, const whole_posts *posts, int32_t from, int32_t count, int32_t micro,
                                 int planning, whole_loss *loss)
{
    static const axf_dataset_facts facts = {
        .struct_size = sizeof facts, .columns = 1, .column = {{"image_adds", AXF_COLUMN_REAL}}};
    enum { PIXELS = 3 * WHOLE_SIDE * WHOLE_SIDE };
    int32_t slots[WHOLE_MOST], side[WHOLE_MOST], offset[WHOLE_MOST + 1] = {0}, ids[WHOLE_MOST * WHOLE_TOKENS];
    int32_t types[WHOLE_MOST * WHOLE_TOKENS] = {0};
    int64_t pixel_offset[WHOLE_MOST + 1] = {0};
    float *pixels = malloc((size_t)count * PIXELS * sizeof *pixels);
    for (int32_t b = 0; b < count; b++) {
        slots[b] = from + b;
        side[b] = WHOLE_SIDE;
        memcpy(ids + offset[b], posts->ids[from + b], (size_t)posts->length[from + b] * sizeof *ids);
        memcpy(pixels + (size_t)b * PIXELS, posts->pixels[from + b], PIXELS * sizeof *pixels);
        offset[b + 1] = offset[b] + posts->length[from + b];
        pixel_offset[b + 1] = pixel_offset[b] + PIXELS;
    }
    const float *columns[] = {posts->column + from};
    const axf_batch batch = {.posts = count,
                             .batch_posts = posts->count,
                             .slots = slots,
                             .step = posts->step,
                             .token_offset = offset,
                             .token_ids = ids,
                             .token_types = types,
                             .pixels = pixels,
                             .height = side,
                             .width = side,
                             .pixel_offset = pixel_offset,
                             .targets = posts->target + from,
                             .columns = columns,
                             .dataset = &facts};
    whole_step(w, &batch, micro, planning, loss);
    free(pixels);
}

static inline void whole_pass(whole *w, const whole_posts *posts, int32_t from, int32_t count, whole_loss *loss)
{
    whole_pass_in(w, posts, from, count, count, 0, loss);
}

/* All gradients as doubles, one after the other; the caller frees. */
static inline double *whole_gradients(whole *w, size_t *count)
{
    double *all = NULL;
    *count = 0;
    for (int32_t i = 0; i < w->model.params.count; i++) {
        const axf_param *param = w->model.params.items[i];
        const size_t n = (size_t)axf_param_elements(param);
        double *one = rig_gradient(w->tape, param);
        all = realloc(all, (*count + n) * sizeof *all);
        memcpy(all + *count, one, n * sizeof *one);
        *count += n;
        free(one);
    }
    return all;
}

#endif
