/* Metrics against scikit-learn's on the committed cases (tools/golden/metrics.py). */
#include "train/metrics.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
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

static void check_case(const json_t *item)
{
    const int32_t classes = (int32_t)json_integer_value(json_object_get(item, "classes"));
    const json_t *targets = json_object_get(item, "targets"), *predictions = json_object_get(item, "predictions");
    int64_t *confusion = calloc((size_t)classes * (size_t)classes, sizeof *confusion);
    for (size_t i = 0; i < json_array_size(targets); i++) {
        confusion[json_integer_value(json_array_get(targets, i)) * classes +
                  json_integer_value(json_array_get(predictions, i))]++;
    }
    axf_metrics metrics;
    axf_metrics_compute(&metrics, classes, confusion);
    near("accuracy", metrics.accuracy, json_object_get(item, "accuracy"));
    const json_t *weighted = json_object_get(item, "weighted"), *macro = json_object_get(item, "macro");
    near("precision_weighted", metrics.precision_weighted, json_object_get(weighted, "precision"));
    near("recall_weighted", metrics.recall_weighted, json_object_get(weighted, "recall"));
    near("f1_weighted", metrics.f1_weighted, json_object_get(weighted, "f1"));
    near("precision_macro", metrics.precision_macro, json_object_get(macro, "precision"));
    near("recall_macro", metrics.recall_macro, json_object_get(macro, "recall"));
    near("f1_macro", metrics.f1_macro, json_object_get(macro, "f1"));
    const json_t *per_class = json_object_get(item, "per_class");
    for (int32_t k = 0; k < classes; k++) {
        near("precision", metrics.precision[k], json_array_get(json_object_get(per_class, "precision"), (size_t)k));
        near("recall", metrics.recall[k], json_array_get(json_object_get(per_class, "recall"), (size_t)k));
        near("f1", metrics.f1[k], json_array_get(json_object_get(per_class, "f1"), (size_t)k));
    }
    double value = -1;
    ck_assert_int_eq(axf_metrics_value(&metrics, "f1_macro", &value), 1);
    ck_assert_double_eq(value, metrics.f1_macro);
    ck_assert_int_eq(axf_metrics_value(&metrics, "f2", &value), 0);
    axf_metrics_free(&metrics);
    free(confusion);
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
    tcase_add_test(tests, argmax_takes_the_lowest_on_ties);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
