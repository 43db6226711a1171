/* What holds of losses in any model, in f64: weights that add up to 1, parts of a batch, a batch of one post, a class
 * that is absent, posts all alike, and pairs made again instead of encoded again. */
#include "model/describe.h"
#include "whole_case.h"

static const char every_loss[] = "itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2}, iadds: {beta: 0.15}";

static whole_loss loss;

START_TEST(weights_add_up_to_one)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    whole_open(&w, whole_yaml(&arena, "vit", "attention", 0.1, every_loss, ""));
    whole_draw(&posts, 5, 0);
    whole_pass(&w, &posts, 0, 5, &loss);
    ck_assert_int_eq(w.model.loss_count, 4);
    double weights = w.model.objective_weight, total = w.model.objective_weight * loss.part[0];
    ck_assert_double_eq_tol(w.model.objective_weight, 0.55, 1e-12);
    for (int32_t i = 1; i < 4; i++) {
        weights += w.model.loss[i].beta;
        total += w.model.loss[i].beta * loss.part[i];
        ck_assert(loss.part[i] > 0);
    }
    ck_assert_double_eq_tol(weights, 1, 1e-12);
    ck_assert_double_eq_tol(loss.total, total, 1e-12);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

static void compare_gradients(const double *a, const double *b, size_t count, const char *what)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(a[i]));
    }
    ck_assert(largest > 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(fabs(a[i] - b[i]) <= 1e-10 * largest, "%s: gradient %zu is %.15g and %.15g", what, i, a[i], b[i]);
    }
}

/* Dropout is on: draws are keyed by a post's place in the whole batch, so parts draw as the whole does. */
START_TEST(parts_of_a_batch_equal_the_batch)
{
    static const int32_t cuts[][4] = {{6, 0, 0, 0}, {3, 3, 0, 0}, {1, 4, 1, 0}, {2, 2, 2, 0}};
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    double *whole_gradient = NULL, whole_total = 0;
    size_t count;
    whole_open(&w, whole_yaml(&arena, "beit", "gmu", 0.3, "iadds: {beta: 0.3}", ""));
    whole_draw(&posts, 6, 0);
    for (size_t cut = 0; cut < sizeof cuts / sizeof cuts[0]; cut++) {
        double total = 0;
        axf_params_begin_step(&w.model.params);
        for (int32_t k = 0, from = 0; cuts[cut][k] > 0; from += cuts[cut][k++]) {
            whole_pass(&w, &posts, from, cuts[cut][k], &loss);
            total += loss.total;
        }
        double *gradient = whole_gradients(&w, &count);
        if (cut == 0) {
            whole_gradient = gradient;
            whole_total = total;
            continue;
        }
        ck_assert_double_eq_tol(total, whole_total, 1e-12);
        compare_gradients(whole_gradient, gradient, count, "parts");
        free(gradient);
    }
    free(whole_gradient);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

static int32_t loss_at(const whole *w, const char *name)
{
    for (int32_t i = 0; i < w->model.loss_count; i++) {
        if (strcmp(w->model.loss[i].name, name) == 0) {
            return i;
        }
    }
    ck_abort_msg("there is no loss '%s'", name);
    return -1;
}

/* One logit: the contrast is 0. The post keeps its text: label 1. */
START_TEST(a_batch_of_one_post)
{
    static const char *const losses[] = {
        every_loss, "itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2, negatives: hard}, iadds: {beta: 0.1}"};
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    whole_open(&w, whole_yaml(&arena, "vit", "concat", 0.1, losses[_i], ""));
    whole_draw(&posts, 1, 0);
    whole_pass(&w, &posts, 0, 1, &loss);
    ck_assert_double_eq_tol(loss.part[loss_at(&w, "itc")], 0, 1e-12);
    ck_assert_int_eq(loss.pairs.count, 1);
    ck_assert_int_eq(loss.pairs.match[0], 1);
    ck_assert_int_eq(loss.pairs.text[0], 0);
    ck_assert(loss.part[loss_at(&w, "itm")] > 0 && isfinite(loss.total));
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

/* No post of the batch has class 2, whose weight is 0 since no train post has it either. */
START_TEST(an_absent_class)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    size_t count;
    whole_open(&w, whole_yaml(&arena, "vit", "concat", 0, every_loss, ""));
    whole_draw(&posts, 4, 0);
    for (int32_t b = 0; b < 4; b++) {
        posts.target[b] = b % 2;
    }
    w.model.class_weights = malloc(3 * sizeof *w.model.class_weights); /* freed with the model */
    w.model.class_weights[0] = 0.5f;
    w.model.class_weights[1] = 2;
    w.model.class_weights[2] = 0;
    axf_params_begin_step(&w.model.params);
    whole_pass(&w, &posts, 0, 4, &loss);
    ck_assert(isfinite(loss.total) && loss.part[0] > 0);
    double *gradient = whole_gradients(&w, &count);
    for (size_t i = 0; i < count; i++) {
        ck_assert(isfinite(gradient[i]));
    }
    free(gradient);
    for (int32_t b = 0; b < 4; b++) { /* all of the class without a weight: nothing to learn from, and no NaN */
        posts.target[b] = 2;
    }
    whole_pass(&w, &posts, 0, 4, &loss);
    ck_assert_double_eq(loss.part[0], 0);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

/* Where all posts are equal, the contrast is ln B. */
START_TEST(posts_all_alike)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    whole_open(&w, whole_yaml(&arena, "vit", "concat", 0, every_loss, ""));
    whole_draw(&posts, 6, 1);
    whole_pass(&w, &posts, 0, 6, &loss);
    ck_assert_double_eq_tol(loss.part[loss_at(&w, "itc")], log(6), 1e-9);
    ck_assert(isfinite(loss.total));
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

static const struct variant {
    const char *image, *fusion;
} variants[] = {{"vit", "concat"},     {"vit", "attention"},       {"beit", "gmu"},
                {"vit", "aspect-att"}, {"resnet50", "concat_cnn"}, {"resnet50", "{strategy: xatt, bottleneck: 4}"}};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

/* Without dropout, pairing the first pass's vectors anew is the same as encoding everything again. */
START_TEST(pairs_made_again_equal_a_second_pass)
{
    static const char *const losses[] = {"itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.3}",
                                         "itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.3, second_pass: true}"};
    static whole w;
    static whole_loss before;
    whole_posts posts;
    double total[2], *gradient[2];
    size_t count;
    whole_draw(&posts, 6, 0);
    for (int i = 0; i < 2; i++) {
        axf_arena arena = {0};
        const char *image = variants[_i].image, *frozen = strcmp(image, "vit") == 0 ? "" : ", frozen: true";
        const char *both = axf_arena_printf(&arena, "%s%s", image, frozen);
        whole_open(&w, whole_yaml(&arena, both, variants[_i].fusion, 0, losses[i], ""));
        axf_params_begin_step(&w.model.params);
        whole_pass(&w, &posts, 0, 6, &loss);
        total[i] = loss.total;
        gradient[i] = whole_gradients(&w, &count);
        ck_assert_int_eq(loss.pairs.count, 6);
        int32_t swapped = 0;
        for (int32_t b = 0; b < 6; b++) {
            swapped += !loss.pairs.match[b];
            ck_assert_int_eq(loss.pairs.match[b], loss.pairs.text[b] == b);
        }
        ck_assert_int_gt(swapped, 0);
        ck_assert(i == 0 || memcmp(before.pairs.text, loss.pairs.text, 6 * sizeof *loss.pairs.text) == 0);
        before = loss;
        whole_close(&w);
        axf_arena_free(&arena);
    }
    ck_assert_double_eq_tol(total[0], total[1], 1e-12);
    compare_gradients(gradient[0], gradient[1], count, variants[_i].fusion);
    free(gradient[0]);
    free(gradient[1]);
    whole_free(&posts);
}
END_TEST

static double loss_of(whole *w, const whole_posts *posts)
{
    axf_params_begin_step(&w->model.params);
    whole_pass(w, posts, 0, posts->count, &loss);
    return loss.total;
}

/* (L(w + h) - L(w - h)) / 2h of one element. */
static double slope(whole *w, const whole_posts *posts, axf_param *param, float *values, int64_t k)
{
    const float at = values[k], step = 0x1p-13f;
    volatile float above = at + step, below = at - step;
    values[k] = above;
    ck_ok(axf_param_set(param, values));
    const double high = loss_of(w, posts);
    values[k] = below;
    ck_ok(axf_param_set(param, values));
    const double low = loss_of(w, posts);
    values[k] = at;
    ck_ok(axf_param_set(param, values));
    return (high - low) / ((double)above - (double)below);
}

/* Every fusion with all losses at once: the gradients are those of the joint loss itself, dropout on. */
START_TEST(gradients_of_all_losses_together)
{
    static whole w;
    whole_posts posts;
    axf_arena arena = {0};
    size_t count, at = 0;
    const char *image = variants[_i].image, *frozen = strncmp(image, "resnet", 6) == 0 ? ", frozen: true" : "";
    const char *both = axf_arena_printf(&arena, "%s%s", image, frozen);
    whole_open(&w, whole_yaml(&arena, both, variants[_i].fusion, 0.1, every_loss, ""));
    whole_draw(&posts, 4, 0);
    for (int32_t i = 0; i < w.model.params.count; i++) { /* float values, which can be set again as they are */
        float *values = malloc((size_t)axf_param_elements(w.model.params.items[i]) * sizeof *values);
        ck_ok(axf_param_get(w.model.params.items[i], values));
        ck_ok(axf_param_set(w.model.params.items[i], values));
        free(values);
    }
    loss_of(&w, &posts);
    double *gradient = whole_gradients(&w, &count), largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(gradient[i]));
    }
    int checked = 0;
    for (int32_t i = 0; i < w.model.params.count; i++) {
        axf_param *param = w.model.params.items[i];
        const int64_t n = axf_param_elements(param);
        int64_t steepest = 0;
        for (int64_t k = 0; k < n; k++) {
            steepest = fabs(gradient[at + (size_t)k]) > fabs(gradient[at + (size_t)steepest]) ? k : steepest;
        }
        if (param->trained && fabs(gradient[at + (size_t)steepest]) > 1e-3 * largest) {
            float *values = malloc((size_t)n * sizeof *values);
            ck_ok(axf_param_get(param, values));
            const double want = slope(&w, &posts, param, values, steepest), got = gradient[at + (size_t)steepest];
            ck_assert_msg(fabs(got - want) <= 1e-5 * fabs(want) + 1e-7 * largest, "%s[%lld]: %.12g, not %.12g",
                          param->name, (long long)steepest, got, want);
            free(values);
            checked++;
        }
        at += (size_t)n;
    }
    ck_assert_int_ge(checked, 20);
    free(gradient);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

static void check_refused(const char *image, const char *losses, const char *rest, const char *words)
{
    static whole w;
    axf_arena arena = {0};
    ck_ok(whole_parse(
        &w, whole_yaml(&arena, image, strncmp(image, "resnet", 6) == 0 ? "concat_cnn" : "concat", 0, losses, rest)));
    ck_assert_int_eq(axf_model_describe(&w.model, &w.experiment, 3, 0), AXF_ERR_SPEC);
    ck_assert_msg(strstr(axf_error_message(), words) != NULL, "%s", axf_error_message());
    whole_close(&w);
    axf_arena_free(&arena);
}

static void check_accepted(const char *image, const char *losses, const char *rest)
{
    static whole w;
    axf_arena arena = {0};
    ck_ok(whole_parse(
        &w, whole_yaml(&arena, image, strncmp(image, "resnet", 6) == 0 ? "concat_cnn" : "concat", 0, losses, rest)));
    ck_ok(axf_model_describe(&w.model, &w.experiment, 3, 0));
    whole_close(&w);
    axf_arena_free(&arena);
}

/* Parts of a batch that would not add up to it are refused, with the reason. */
START_TEST(parts_that_do_not_add_up)
{
    const char *parts = "train: {batch: 8, micro_batch: 4}\n";
    check_refused("resnet50", "", parts, "batch norm");
    check_refused("vit", "itm: {negatives: hard}", "", "itc.similarity");
    check_accepted("resnet50, frozen: true", "iadds: {beta: 0.1}", parts);
    check_accepted("vit", "iadds: {beta: 0.1}", parts);
    check_accepted("vit", "itc: {beta: 0.1}, itm: {beta: 0.1}", parts); /* in two passes */
    check_accepted("resnet50, frozen: true", "itm: {beta: 0.1}", parts);
    check_refused("resnet50", "itm: {beta: 0.1}", parts, "batch norm");
    check_accepted("resnet50", "itc: {beta: 0.1}", "train: {batch: 8, micro_batch: 8}\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loss properties");
    TCase *tests = tcase_create("properties");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, weights_add_up_to_one);
    tcase_add_test(tests, parts_of_a_batch_equal_the_batch);
    tcase_add_loop_test(tests, a_batch_of_one_post, 0, 2);
    tcase_add_test(tests, an_absent_class);
    tcase_add_test(tests, posts_all_alike);
    tcase_add_loop_test(tests, pairs_made_again_equal_a_second_pass, 0, VARIANTS);
    tcase_add_loop_test(tests, gradients_of_all_losses_together, 0, VARIANTS);
    tcase_add_test(tests, parts_that_do_not_add_up);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
