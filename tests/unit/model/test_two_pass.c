/* Losses that compare all posts of a batch, encoders in micro-batches: the same step as unsplit, in f64, dropout on. */
#include "tensor/reserve.h"
#include "whole_case.h"

enum { POSTS = 8 };

static const int32_t parts[] = {POSTS, 4, 3, 1}; /* 8; 4 + 4; 3 + 3 + 2; 1 + 1 + … */
enum { CUTS = sizeof parts / sizeof parts[0] };

static const char *const losses[] = {"itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2}",
                                     "itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2, negatives: hard}",
                                     "itc: {beta: 0.1, projection_width: 8}, itm: {beta: 0.2, second_pass: true}",
                                     "itm: {beta: 0.3, second_pass: true}, iadds: {beta: 0.1}"};
enum { LOSSES = sizeof losses / sizeof losses[0] };

static const struct variant {
    const char *image, *fusion;
} variants[] = {{"vit", "concat"},
                {"vit", "attention"},
                {"beit", "gmu"},
                {"vit", "aspect-att"},
                {"resnet50, frozen: true", "{strategy: xatt, bottleneck: 4}"},
                {"resnet50, frozen: true", "concat_cnn"},
                {"deit, freeze_until: encoder.layer.0", "attention"}};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static void compare_losses(const whole *w, const whole_loss *unsplit, const whole_loss *split, const char *what)
{
    ck_assert_double_eq_tol(split->total, unsplit->total, 1e-12);
    for (int32_t i = 0; i < w->model.loss_count; i++) {
        ck_assert_msg(fabs(split->part[i] - unsplit->part[i]) <= 1e-12 * (1 + fabs(unsplit->part[i])),
                      "%s: loss '%s' is %.15g, not %.15g", what, w->model.loss[i].name, split->part[i],
                      unsplit->part[i]);
    }
    ck_assert_int_eq(split->pairs.count, POSTS);
    ck_assert_int_eq(memcmp(split->pairs.text, unsplit->pairs.text, POSTS * sizeof *split->pairs.text), 0);
    ck_assert_int_eq(memcmp(split->pairs.match, unsplit->pairs.match, POSTS * sizeof *split->pairs.match), 0);
}

static double largest_of(const double *values, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(values[i]));
    }
    return largest;
}

static void compare_gradients(const double *unsplit, const double *split, size_t count, const char *what)
{
    const double largest = largest_of(unsplit, count);
    ck_assert(largest > 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(fabs(unsplit[i] - split[i]) <= 1e-10 * largest, "%s: gradient %zu is %.15g, not %.15g", what, i,
                      split[i], unsplit[i]);
    }
}

/* The text encoder, which drops, frozen up to a layer: below it is in evaluation mode in both passes. */
static const char *freeze_text(axf_arena *arena, const char *yaml)
{
    const char *after = strstr(yaml, "max_length: 12");
    ck_assert(after != NULL);
    return axf_arena_printf(arena, "%.*sfreeze_until: encoder.layer.0, %s", (int)(after - yaml), yaml, after);
}

/* Every fusion with every set of losses, in all cuts. */
START_TEST(parts_equal_the_whole)
{
    static whole w;
    static whole_loss unsplit, split;
    const struct variant *variant = &variants[_i / LOSSES];
    const char *set = losses[_i % LOSSES];
    axf_arena arena = {0};
    whole_posts posts;
    double *want = NULL;
    size_t count;
    const char *yaml = whole_yaml(&arena, variant->image, variant->fusion, 0.1, set, "");
    whole_open(&w, strncmp(variant->image, "deit", 4) == 0 ? freeze_text(&arena, yaml) : yaml);
    whole_draw(&posts, POSTS, 0);
    posts.step = _i;
    for (int cut = 0; cut < CUTS; cut++) {
        axf_params_begin_step(&w.model.params);
        whole_pass_in(&w, &posts, 0, POSTS, parts[cut], 0, cut == 0 ? &unsplit : &split);
        double *gradient = whole_gradients(&w, &count);
        if (cut == 0) {
            want = gradient;
            continue;
        }
        const char *what = axf_arena_printf(&arena, "%s, %s, parts of %d", variant->fusion, set, parts[cut]);
        compare_losses(&w, &unsplit, &split, what);
        compare_gradients(want, gradient, count, what);
        free(gradient);
    }
    free(want);
    whole_free(&posts);
    whole_close(&w);
    axf_arena_free(&arena);
}
END_TEST

/* A step that was planned fits what the plan came to, and takes less than one that is not split. */
START_TEST(memory)
{
    static whole w;
    static whole_loss loss;
    axf_arena arena = {0};
    whole_posts posts;
    size_t peak[CUTS];
    whole_draw(&posts, POSTS, 0);
    for (int cut = 0; cut < CUTS; cut++) {
        whole_open(&w, whole_yaml(&arena, "vit", "attention", 0.1, losses[_i], ""));
        whole_pass_in(&w, &posts, 0, POSTS, parts[cut], 1, &loss);
        const size_t planned = axf_tape_peak(w.tape), extent = axf_tape_extent(w.tape);
        ck_ok(axf_tape_reserve(w.tape, extent));
        for (int step = 0; step < 2; step++) {
            axf_params_begin_step(&w.model.params);
            whole_pass_in(&w, &posts, 0, POSTS, parts[cut], 0, &loss);
            ck_assert_uint_eq(axf_tape_peak(w.tape), planned);
            ck_assert_int_eq(axf_tape_grown(w.tape), 0);
        }
        peak[cut] = planned;
        whole_close(&w);
    }
    for (int cut = 1; cut < CUTS; cut++) {
        ck_assert_msg(peak[cut] < peak[cut - 1], "parts of %d take %zu bytes, parts of %d %zu", parts[cut], peak[cut],
                      parts[cut - 1], peak[cut - 1]);
    }
    ck_assert_msg(peak[CUTS - 1] * 2 < peak[0], "parts of 1 take %zu bytes, the whole %zu", peak[CUTS - 1], peak[0]);
    whole_free(&posts);
    axf_arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("two passes");
    TCase *tests = tcase_create("two passes");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, parts_equal_the_whole, 0, VARIANTS * LOSSES);
    tcase_add_loop_test(tests, memory, 0, LOSSES);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
