/* Metrics against scikit-learn's on the committed cases (tools/golden/metrics.py). */
#include "metrics/metrics.h"
#include "sweep/statistics.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *cases(void)
{
    json_error_t error;
    json_t *root = json_load_file(AXF_SOURCE_DIR "/tests/golden/metrics.json", 0, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    return root;
}

static void near(const char *what, double got, const json_t *want)
{
    ck_assert_msg(json_is_number(want), "%s is missing in the golden file", what);
    ck_assert_msg(fabs(got - json_number_value(want)) < 1e-12, "%s: %.15g, scikit-learn %.15g", what, got,
                  json_number_value(want));
}

static void check_average(const axf_metrics *metrics, const json_t *item, const char *average)
{
    static const char *const parts[] = {"precision", "recall", "f1"};
    for (int i = 0; i < 3; i++) {
        char name[64];
        double value = -1;
        snprintf(name, sizeof name, "%s_%s", parts[i], average);
        ck_assert_msg(axf_metrics_value(metrics, name, &value), "there is no %s", name);
        near(name, value, json_object_get(json_object_get(item, average), parts[i]));
    }
}

static void check_classes(const axf_metrics *metrics, const json_t *item)
{
    const json_t *per_class = json_object_get(item, "per_class");
    for (int32_t k = 0; k < metrics->classes; k++) {
        near("precision", metrics->precision[k], json_array_get(json_object_get(per_class, "precision"), (size_t)k));
        near("recall", metrics->recall[k], json_array_get(json_object_get(per_class, "recall"), (size_t)k));
        near("f1", metrics->f1[k], json_array_get(json_object_get(per_class, "f1"), (size_t)k));
        near("support", (double)metrics->support[k], json_array_get(json_object_get(per_class, "support"), (size_t)k));
    }
}

static int32_t number(const json_t *list, size_t i)
{
    return (int32_t)json_integer_value(json_array_get(list, i));
}

static void check_case(const json_t *item)
{
    const int32_t classes = (int32_t)json_integer_value(json_object_get(item, "classes"));
    const json_t *targets = json_object_get(item, "targets"), *predictions = json_object_get(item, "predictions");
    axf_tally tally;
    axf_tally_init(&tally, classes, 0);
    for (size_t i = 0; i < json_array_size(targets); i++) {
        axf_tally_class(&tally, number(targets, i), number(predictions, i));
    }
    axf_metrics metrics;
    axf_metrics_compute(&metrics, &tally);
    ck_assert_int_eq(metrics.posts, json_array_size(targets));
    near("accuracy", metrics.accuracy, json_object_get(item, "accuracy"));
    check_average(&metrics, item, "weighted");
    check_average(&metrics, item, "macro");
    check_classes(&metrics, item);
    double value = -1;
    ck_assert_int_eq(axf_metrics_value(&metrics, "f2", &value), 0);
    ck_assert_int_eq(axf_metrics_value(&metrics, "f1_micro", &value), 0);
    axf_metrics_free(&metrics);
    axf_tally_free(&tally);
}

START_TEST(equal_to_scikit_learn)
{
    json_t *root = cases();
    const json_t *list = json_object_get(root, "cases");
    ck_assert_uint_ge(json_array_size(list), 5);
    for (size_t i = 0; i < json_array_size(list); i++) {
        check_case(json_array_get(list, i));
    }
    json_decref(root);
}
END_TEST

/* The metrics that runs are compared by come from predictions: the same numbers. */
static void check_of_run(const json_t *item, int32_t classes, int32_t posts, const int32_t *targets,
                         const int32_t *predictions)
{
    static const struct {
        int32_t metric;
        const char *average;
    } f1[] = {{AXF_METRIC_F1_WEIGHTED, "weighted"},
              {AXF_METRIC_F1_MACRO, "macro"},
              {AXF_METRIC_F1_MICRO, "micro"},
              {AXF_METRIC_F1_SAMPLES, "samples"}};
    axf_bootstrap_settings settings = {AXF_METRIC_ACCURACY, 10, 1, 1};
    near("accuracy of a run", axf_metric_of_run(&settings, classes, posts, targets, predictions),
         json_object_get(item, "accuracy"));
    for (size_t i = 0; i < sizeof f1 / sizeof f1[0]; i++) {
        settings.metric = f1[i].metric;
        near(f1[i].average, axf_metric_of_run(&settings, classes, posts, targets, predictions),
             json_object_get(json_object_get(item, f1[i].average), "f1"));
    }
    const int32_t *runs[] = {predictions, predictions};
    const axf_system systems[] = {{1, runs}, {2, runs}}; /* the same predictions: no difference in any resample */
    axf_system_result results[2];
    ck_assert_int_eq(axf_bootstrap(&settings, classes, posts, targets, 2, systems, results), AXF_OK);
    ck_assert_double_eq(results[1].difference_low, 0);
    ck_assert_double_eq(results[1].difference_high, 0);
    ck_assert(results[0].low <= results[0].high);
}

static void check_labels(const json_t *item)
{
    const int32_t classes = (int32_t)json_integer_value(json_object_get(item, "classes"));
    const json_t *targets = json_object_get(item, "targets"), *predictions = json_object_get(item, "predictions");
    const size_t posts = json_array_size(targets), width = (size_t)classes;
    int32_t *target = malloc(posts * width * sizeof *target), *prediction = malloc(posts * width * sizeof *prediction);
    axf_tally tally;
    axf_tally_init(&tally, classes, 1);
    for (size_t i = 0; i < posts; i++) {
        float labels[16], logits[16];
        for (size_t k = 0; k < width; k++) {
            target[i * width + k] = number(json_array_get(targets, i), k);
            prediction[i * width + k] = number(json_array_get(predictions, i), k);
            labels[k] = (float)target[i * width + k];
            logits[k] = prediction[i * width + k] ? 0.3f : -0.1f;
        }
        axf_tally_labels(&tally, labels, logits);
    }
    axf_metrics metrics;
    axf_metrics_compute(&metrics, &tally);
    near("accuracy", metrics.accuracy, json_object_get(item, "accuracy"));
    check_average(&metrics, item, "weighted");
    check_average(&metrics, item, "macro");
    check_average(&metrics, item, "micro");
    check_average(&metrics, item, "samples");
    check_classes(&metrics, item);
    check_of_run(item, classes, (int32_t)posts, target, prediction);
    axf_tally_clear(&tally);
    ck_assert_int_eq(tally.posts + tally.exact + tally.counts[0] + tally.counts[3], 0);
    axf_metrics_free(&metrics);
    axf_tally_free(&tally);
    free(target);
    free(prediction);
}

START_TEST(several_labels_equal_to_scikit_learn)
{
    json_t *root = cases();
    const json_t *list = json_object_get(root, "several_labels");
    ck_assert_uint_ge(json_array_size(list), 5);
    for (size_t i = 0; i < json_array_size(list); i++) {
        check_labels(json_array_get(list, i));
    }
    json_decref(root);
}
END_TEST

/* round-half-even of the float sigmoid: 0.5 is not predicted, nor is what rounds to it. */
START_TEST(half_is_no_label)
{
    ck_assert_int_eq(axf_label_predicted(0), 0);
    ck_assert_int_eq(axf_label_predicted(1e-9f), 0);
    ck_assert_int_eq(axf_label_predicted(1e-5f), 1);
    ck_assert_int_eq(axf_label_predicted(-1e-5f), 0);
    ck_assert_int_eq(axf_label_predicted(INFINITY), 1);
    ck_assert_int_eq(axf_label_predicted(-INFINITY), 0);
    ck_assert_int_eq(axf_label_predicted(NAN), 0);
}
END_TEST

START_TEST(argmax_takes_the_lowest_on_ties)
{
    ck_assert_int_eq(axf_argmax((const float[]){1, 3, 3, 2}, 4), 1);
    ck_assert_int_eq(axf_argmax((const float[]){0, 0}, 2), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_test(tests, equal_to_scikit_learn);
    tcase_add_test(tests, several_labels_equal_to_scikit_learn);
    tcase_add_test(tests, half_is_no_label);
    tcase_add_test(tests, argmax_takes_the_lowest_on_ties);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
