/* The paired bootstrap against scikit-learn, numpy and scipy (tools/golden/statistics.py). */
#include "sweep/statistics.h"

#include "core/error.h"
#include "metrics/metrics.h"
#include "temp_folder.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_SYSTEMS = 8, MAX_SEEDS = 8 };

typedef struct golden {
    int32_t classes, posts, count;
    int32_t *targets;
    int32_t *runs[MAX_SYSTEMS][MAX_SEEDS];
    axf_system systems[MAX_SYSTEMS];
} golden;

static int32_t *integers(const json_t *list)
{
    int32_t *values = malloc(json_array_size(list) * sizeof *values);
    for (size_t i = 0; i < json_array_size(list); i++) {
        values[i] = (int32_t)json_integer_value(json_array_get(list, i));
    }
    return values;
}

static golden read_case(const json_t *item)
{
    golden g = {.classes = (int32_t)json_integer_value(json_object_get(item, "classes")),
                .posts = (int32_t)json_array_size(json_object_get(item, "targets")),
                .targets = integers(json_object_get(item, "targets"))};
    const json_t *systems = json_object_get(item, "systems");
    g.count = (int32_t)json_array_size(systems);
    ck_assert_int_ge(g.count, 2);
    for (int32_t s = 0; s < g.count; s++) {
        const json_t *seeds = json_array_get(systems, (size_t)s);
        g.systems[s].seeds = (int32_t)json_array_size(seeds);
        for (int32_t k = 0; k < g.systems[s].seeds; k++) {
            g.runs[s][k] = integers(json_array_get(seeds, (size_t)k));
        }
    }
    return g;
}

static void link_runs(golden *g)
{
    for (int32_t s = 0; s < g->count; s++) {
        g->systems[s].predictions = (const int32_t *const *)g->runs[s];
    }
}

static void free_case(golden *g)
{
    free(g->targets);
    for (int32_t s = 0; s < g->count; s++) {
        for (int32_t k = 0; k < g->systems[s].seeds; k++) {
            free(g->runs[s][k]);
        }
    }
}

static void near(const char *metric, int32_t system, const char *what, double got, const json_t *want, double slack)
{
    if (json_is_null(want)) {
        ck_assert_msg(isnan(got), "%s, system %d, %s: %.15g, expected none", metric, system, what, got);
        return;
    }
    ck_assert_msg(json_is_number(want), "%s is missing in the golden file", what);
    ck_assert_msg(fabs(got - json_number_value(want)) < slack, "%s, system %d, %s: %.15g, expected %.15g", metric,
                  system, what, got, json_number_value(want));
}

static const struct {
    const char *name;
    int32_t metric;
} metrics[] = {
    {"accuracy", AXF_METRIC_ACCURACY}, {"f1_weighted", AXF_METRIC_F1_WEIGHTED}, {"f1_macro", AXF_METRIC_F1_MACRO}};

static json_t *golden_file(void)
{
    json_error_t error;
    json_t *root = json_load_file(AXF_SOURCE_DIR "/tests/golden/statistics.json", 0, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    ck_assert_uint_ge(json_array_size(json_object_get(root, "cases")), 2);
    return root;
}

START_TEST(equal_to_the_second_program_on_the_same_resamples)
{
    json_t *root = golden_file();
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), i, item)
    {
        golden g = read_case(item);
        link_runs(&g);
        for (size_t m = 0; m < 3; m++) {
            const axf_bootstrap_settings settings = {metrics[m].metric,
                                                     (int32_t)json_integer_value(json_object_get(item, "resamples")),
                                                     (uint64_t)json_integer_value(json_object_get(item, "seed")), 0};
            axf_system_result results[MAX_SYSTEMS];
            ck_assert_int_eq(axf_bootstrap(&settings, g.classes, g.posts, g.targets, g.count, g.systems, results),
                             AXF_OK);
            for (int32_t s = 0; s < g.count; s++) {
                const json_t *want =
                    json_array_get(json_object_get(json_object_get(item, "metrics"), metrics[m].name), (size_t)s);
                const json_t *interval = json_object_get(want, "interval");
                const json_t *between = json_object_get(want, "difference_interval");
                near(metrics[m].name, s, "mean", results[s].mean, json_object_get(want, "mean"), 1e-12);
                near(metrics[m].name, s, "sd", results[s].sd, json_object_get(want, "sd"), 1e-12);
                near(metrics[m].name, s, "low", results[s].low, json_array_get(interval, 0), 1e-12);
                near(metrics[m].name, s, "high", results[s].high, json_array_get(interval, 1), 1e-12);
                near(metrics[m].name, s, "difference", results[s].difference, json_object_get(want, "difference"),
                     1e-12);
                near(metrics[m].name, s, "difference low", results[s].difference_low, json_array_get(between, 0),
                     1e-12);
                near(metrics[m].name, s, "difference high", results[s].difference_high, json_array_get(between, 1),
                     1e-12);
                near(metrics[m].name, s, "p", results[s].p, json_object_get(want, "p"), 1e-12);
            }
            ck_assert_double_eq(results[0].p, 1);
        }
        free_case(&g);
    }
    json_decref(root);
}
END_TEST

START_TEST(near_scipy_on_its_own_resamples)
{
    json_t *root = golden_file();
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(root, "cases"), i, item)
    {
        golden g = read_case(item);
        link_runs(&g);
        const axf_system pair[2] = {{1, g.systems[0].predictions}, {1, g.systems[g.count - 1].predictions}};
        for (size_t m = 1; m < 3; m++) {
            const axf_bootstrap_settings settings = {metrics[m].metric, 10000, 12345, 0};
            axf_system_result results[2];
            ck_assert_int_eq(axf_bootstrap(&settings, g.classes, g.posts, g.targets, 2, pair, results), AXF_OK);
            const json_t *want = json_object_get(json_object_get(item, "scipy"), metrics[m].name);
            near(metrics[m].name, 1, "scipy's low", results[1].difference_low, json_array_get(want, 0), 0.015);
            near(metrics[m].name, 1, "scipy's high", results[1].difference_high, json_array_get(want, 1), 0.015);
        }
        free_case(&g);
    }
    json_decref(root);
}
END_TEST

START_TEST(a_system_against_itself_is_no_difference_and_p_is_never_0)
{
    const int32_t targets[] = {0, 1, 0, 1, 0, 1, 0, 1}, wrong[] = {1, 0, 1, 0, 1, 0, 1, 0};
    const int32_t *const good[] = {targets}, *const bad[] = {wrong};
    const axf_system systems[] = {{1, bad}, {1, bad}, {1, good}};
    const axf_bootstrap_settings settings = {AXF_METRIC_ACCURACY, 999, 1, 0};
    axf_system_result results[3];
    ck_assert_int_eq(axf_bootstrap(&settings, 2, 8, targets, 3, systems, results), AXF_OK);
    ck_assert_double_eq(results[1].p, 1);
    ck_assert_double_eq(results[1].difference_low, 0);
    ck_assert_double_eq(results[2].difference, 1);
    ck_assert_double_eq_tol(results[2].p, 0.001, 1e-12);
}
END_TEST

START_TEST(bad_input_is_refused)
{
    const int32_t targets[] = {0, 1, 2}, predictions[] = {0, 1, 3};
    const int32_t *const run[] = {predictions};
    axf_system system = {1, run};
    axf_bootstrap_settings settings = {AXF_METRIC_ACCURACY, 10, 1, 0};
    axf_system_result result;
    ck_assert_int_eq(axf_bootstrap(&settings, 3, 3, targets, 1, &system, &result), AXF_ERR_DATA);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "post 2: target 2 and prediction 3"));
    ck_assert_int_eq(axf_bootstrap(&settings, 4, 3, targets, 1, &system, &result), AXF_OK);
    ck_assert_int_eq(axf_bootstrap(&settings, 2, 3, targets, 1, &system, &result), AXF_ERR_DATA);
    ck_assert_int_eq(axf_bootstrap(&settings, 4, 0, targets, 1, &system, &result), AXF_ERR_DATA);
    system.seeds = 0;
    ck_assert_int_eq(axf_bootstrap(&settings, 4, 3, targets, 1, &system, &result), AXF_ERR_DATA);
    system.seeds = 1;
    settings.resamples = 0;
    ck_assert_int_eq(axf_bootstrap(&settings, 4, 3, targets, 1, &system, &result), AXF_ERR_DATA);
}
END_TEST

/* 18 runs x 10,000 resamples x 131 posts: a person waits for the table. The bound is loose for sanitizers. */
START_TEST(fast_enough_for_a_table)
{
    enum { POSTS = 131, SYSTEMS = 6, SEEDS = 3 };
    static int32_t targets[POSTS], predictions[SYSTEMS][SEEDS][POSTS];
    const int32_t *runs[SYSTEMS][SEEDS];
    axf_system systems[SYSTEMS];
    for (int s = 0; s < SYSTEMS; s++) {
        for (int k = 0; k < SEEDS; k++) {
            for (int i = 0; i < POSTS; i++) {
                targets[i] = i % 4;
                predictions[s][k][i] = (i + (i * 7 + s * 3 + k) % 5 / 4) % 4;
            }
            runs[s][k] = predictions[s][k];
        }
        systems[s] = (axf_system){SEEDS, runs[s]};
    }
    const axf_bootstrap_settings settings = {AXF_METRIC_F1_WEIGHTED, 10000, 12345, 0};
    axf_system_result results[SYSTEMS];
    const clock_t start = clock();
    ck_assert_int_eq(axf_bootstrap(&settings, 4, POSTS, targets, SYSTEMS, systems, results), AXF_OK);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    fprintf(stderr, "18 runs, 10,000 resamples of 131 posts: %.3f s\n", seconds);
    ck_assert_double_lt(seconds, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("statistics");
    TCase *tests = tcase_create("statistics");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, equal_to_the_second_program_on_the_same_resamples);
    tcase_add_test(tests, near_scipy_on_its_own_resamples);
    tcase_add_test(tests, a_system_against_itself_is_no_difference_and_p_is_never_0);
    tcase_add_test(tests, bad_input_is_refused);
    tcase_add_test(tests, fast_enough_for_a_table);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
