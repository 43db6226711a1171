/* The vector that is learned for posts without an image, in late and joint models, in f64: the gradient that reaches it
 * and is that of central differences, what depends on it, and what does not. */
#include "model/pass.h"
#include "whole_case.h"

enum { POSTS = 4, CHANNELS = 3 * WHOLE_SIDE * WHOLE_SIDE };

static const int32_t some_missing[POSTS] = {0, 1, 0, 1};

typedef struct model_kind {
    const char *name, *joint, *late, *vector;
} model_kind;

#define MMBT "mmbt, config: " TINY "mmbt, image_weights: random, image_config: " TINY "mmbt-image"
#define VILT "vilt, config: " TINY "vilt"

static const model_kind kinds[] = {
    {"a late model", NULL, "vit", "missing_image.vector"},
    {"a late model of a frozen tower", NULL, "vit, frozen: true", "missing_image.vector"},
    {"ViLT", VILT, NULL, "missing_image.vector"},
    {"a frozen ViLT", VILT ", frozen: true", NULL, "missing_image.vector"},
    {"MMBT", MMBT, NULL, "missing_image.pooled"},
    {"a frozen MMBT", MMBT ", frozen: true", NULL, "missing_image.pooled"},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const char *yaml_of(axf_arena *arena, const model_kind *kind, const char *data)
{
    static const char losses[] = "itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2}";
    static const char joint_losses[] = "itc: {beta: 0.1}, itm: {beta: 0.2}";
    if (kind->joint == NULL) {
        const char *rest = whole_yaml(arena, kind->late, "attention", 0.1, losses, "");
        const char *after = strstr(rest, "{loader: synthetic}\n");
        return axf_arena_printf(arena, "name: whole\ndata: {loader: synthetic%s}\n%s", data, strchr(after, '\n') + 1);
    }
    return axf_arena_printf(arena,
                            "name: whole\n"
                            "data: {loader: synthetic%s}\n"
                            "model:\n"
                            "  joint: {encoder: %s, weights: random, max_length: 12,\n"
                            "    hidden_dropout: 0.1, attention_dropout: 0.1}\n"
                            "losses: {%s}\n"
                            "backend: reference\n"
                            "precision: fp64\n",
                            data, kind->joint, joint_losses);
}

/* A step's loss with its gradients, or (training 0) the logits [POSTS, 3]. */
static double pass(whole *w, const whole_posts *posts, const int32_t *missing, int training, double *logits)
{
    int32_t slots[POSTS], side[POSTS], offset[POSTS + 1] = {0}, ids[POSTS * WHOLE_TOKENS];
    int32_t types[POSTS * WHOLE_TOKENS] = {0};
    int64_t pixel_offset[POSTS + 1] = {0};
    float *pixels = malloc((size_t)POSTS * CHANNELS * sizeof *pixels);
    for (int32_t b = 0; b < POSTS; b++) {
        slots[b] = b;
        side[b] = WHOLE_SIDE;
        memcpy(ids + offset[b], posts->ids[b], (size_t)posts->length[b] * sizeof *ids);
        memcpy(pixels + (size_t)b * CHANNELS, posts->pixels[b], CHANNELS * sizeof *pixels);
        offset[b + 1] = offset[b] + posts->length[b];
        pixel_offset[b + 1] = pixel_offset[b] + CHANNELS;
    }
    const axf_batch batch = {.posts = POSTS,
                             .batch_posts = POSTS,
                             .slots = slots,
                             .token_offset = offset,
                             .token_ids = ids,
                             .token_types = types,
                             .pixels = pixels,
                             .height = side,
                             .width = side,
                             .pixel_offset = pixel_offset,
                             .learned = missing,
                             .targets = training ? posts->target : NULL};
    axf_outputs outputs = {0};
    double total = 0;
    axf_params_begin_step(&w->model.params);
    axf_tape_begin(w->tape, training, 0);
    ck_ok(axf_model_run(&w->model, w->tape, &batch, training, &outputs));
    if (training) {
        ck_ok(axf_tape_read_double(w->tape, outputs.total, &total));
        ck_ok(axf_tape_backward(w->tape, outputs.total, 1, NULL, NULL));
    } else {
        ck_ok(axf_tape_read_double(w->tape, outputs.logits, logits));
    }
    axf_tape_end(w->tape);
    free(pixels);
    return total;
}

static axf_param *open_with_vector(whole *w, axf_arena *arena, const model_kind *kind, const char *data)
{
    whole_open(w, yaml_of(arena, kind, data));
    axf_param *vector = axf_params_find(&w->model.params, kind->vector);
    ck_assert_msg(vector != NULL, "%s: no %s", kind->name, kind->vector);
    ck_assert(vector->trained);
    for (int i = 0; i < 2; i++) { /* the other one stands for nothing */
        const char *name = i == 0 ? "missing_image.vector" : "missing_image.pooled";
        const axf_param *found = axf_params_find(&w->model.params, name);
        ck_assert(kind->joint == NULL || (found != NULL) == (strcmp(name, kind->vector) == 0));
    }
    return vector;
}

/* Each element moved by steps that floats hold exactly; draws are keyed, so dropout is on. */
START_TEST(gradients_are_those_of_differences)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    axf_param *vector = open_with_vector(&w, &arena, &kinds[_i], ", missing_image: learned");
    const int64_t count = axf_param_elements(vector);
    float *values = malloc((size_t)count * sizeof *values);
    whole_draw(&posts, POSTS, 0);
    ck_ok(axf_param_get(vector, values));
    pass(&w, &posts, some_missing, 1, NULL);
    double *gradient = rig_gradient(w.tape, vector), largest = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(gradient[i]));
    }
    ck_assert_msg(largest > 1e-6, "%s: no gradient", kinds[_i].name);
    for (int64_t i = 0; i < count; i += count / 8) {
        const float at = values[i], after = at + 1.0f / 4096, before = at - 1.0f / 4096;
        values[i] = after;
        ck_ok(axf_param_set(vector, values));
        const double more = pass(&w, &posts, some_missing, 1, NULL);
        values[i] = before;
        ck_ok(axf_param_set(vector, values));
        const double less = pass(&w, &posts, some_missing, 1, NULL);
        values[i] = at;
        ck_assert_msg(fabs((more - less) / ((double)after - before) - gradient[i]) <= 1e-4 * largest,
                      "%s: element %lld: %g, and by differences %g", kinds[_i].name, (long long)i, gradient[i],
                      (more - less) / ((double)after - before));
    }
    ck_ok(axf_param_set(vector, values));
    pass(&w, &posts, NULL, 1, NULL); /* where every post has its image, nothing reaches it */
    double *none = rig_gradient(w.tape, vector);
    for (int64_t i = 0; i < count; i++) {
        ck_assert_double_eq(none[i], 0);
    }
    free(none);
    free(gradient);
    free(values);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

static int same_logits(const double *a, const double *b)
{
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

/* Posts without an image depend on the vector and not on pixels, the others the other way about: to the bit. */
START_TEST(posts_with_an_image_do_not_depend_on_it)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    double all[POSTS][3], first[POSTS][3], second[POSTS][3], third[POSTS][3];
    axf_param *vector = open_with_vector(&w, &arena, &kinds[_i], ", on_bad_image: learned");
    const int64_t count = axf_param_elements(vector);
    float *values = malloc((size_t)count * sizeof *values);
    whole_draw(&posts, POSTS, 0);
    pass(&w, &posts, NULL, 0, all[0]);
    pass(&w, &posts, some_missing, 0, first[0]);
    ck_ok(axf_param_get(vector, values));
    for (int64_t i = 0; i < count; i++) {
        values[i] += 0.5f * (float)(i % 3);
    }
    ck_ok(axf_param_set(vector, values));
    pass(&w, &posts, some_missing, 0, second[0]);
    for (int32_t i = 0; i < CHANNELS; i++) {
        posts.pixels[1][i] = -posts.pixels[1][i];
        posts.pixels[3][i] = 0;
    }
    pass(&w, &posts, some_missing, 0, third[0]);
    for (int32_t b = 0; b < POSTS; b++) {
        ck_assert_msg(same_logits(first[b], second[b]) == !some_missing[b], "%s: post %d", kinds[_i].name, b);
        ck_assert_msg(same_logits(all[b], first[b]) == !some_missing[b], "%s: post %d", kinds[_i].name, b);
        ck_assert_msg(same_logits(second[b], third[b]), "%s: post %d reads its pixels", kinds[_i].name, b);
    }
    free(values);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

/* Frozen means evaluation mode, also where gradients go through to the vector. */
START_TEST(a_frozen_encoder_drops_nothing)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    const model_kind kind = {"ViLT", VILT ", frozen: true", NULL, "missing_image.vector"};
    open_with_vector(&w, &arena, &kind, ", missing_image: learned");
    w.experiment.head.dropout = 0;
    w.model.loss_count = 1; /* the objective alone, whose draws there are none of */
    whole_draw(&posts, POSTS, 0);
    const double first = pass(&w, &posts, some_missing, 1, NULL);
    double logits[POSTS][3], loss = 0;
    pass(&w, &posts, some_missing, 0, logits[0]);
    for (int32_t b = 0; b < POSTS; b++) {
        const double *z = logits[b];
        loss += (log(exp(z[0]) + exp(z[1]) + exp(z[2])) - z[posts.target[b]]) / POSTS;
    }
    ck_assert_double_eq_tol(first, loss * w.model.objective_weight, 1e-12);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

int main(void)
{
    TCase *vectors = tcase_create("the learned vector of posts without an image");
    tcase_set_timeout(vectors, 120);
    tcase_add_loop_test(vectors, gradients_are_those_of_differences, 0, KINDS);
    tcase_add_loop_test(vectors, posts_with_an_image_do_not_depend_on_it, 0, KINDS);
    tcase_add_test(vectors, a_frozen_encoder_drops_nothing);
    Suite *suite = suite_create("missing");
    suite_add_tcase(suite, vectors);
    return run_suite(suite);
}
