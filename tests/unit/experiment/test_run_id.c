/* What the id of a run depends on, and what it does not. */
#include "experiment_case.h"

#include "experiment/run_id.h"
#include "spec/merge.h"

static axf_registry registry;
static axf_record records[3];
static axf_posts posts;

static void make_posts(void)
{
    records[0] = (axf_record){.id = "a", .text = "one", .text_length = 3, .target = 0, .split = AXF_SPLIT_TRAIN};
    records[1] = (axf_record){.id = "b", .text = "two", .text_length = 3, .target = 1, .split = AXF_SPLIT_TEST};
    records[2] = (axf_record){.id = "c", .text = "out", .text_length = 3, .target = 1, .split = AXF_SPLIT_NONE};
    posts = (axf_posts){.items = records, .count = 3};
    posts.facts.classes = 2;
}

/* The id of whole_spec with one value changed. */
static const char *id_with(const char *path, const char *value, uint64_t seed)
{
    axf_experiment experiment;
    axf_hash128 data;
    char id[AXF_RUN_ID];
    const axf_node *spec = parse_yaml(whole_spec);
    if (path != NULL) {
        spec = axf_replace(&arena, spec, path, axf_node_scalar(&arena, NULL, path, false), parse_yaml(value));
    }
    ck_assert_msg(axf_experiment_parse(&experiment, &registry, spec, seed, 0) == AXF_OK, "%s", axf_error_message());
    ck_assert_msg(axf_run_identify(&experiment, &posts, NULL, &data, id) == AXF_OK, "%s", axf_error_message());
    axf_experiment_free(&experiment);
    ck_assert_uint_eq(strlen(id), AXF_RUN_ID - 1);
    ck_assert_uint_eq(strspn(id, "0123456789abcdef"), AXF_RUN_ID - 1);
    return axf_arena_copy(&arena, id);
}

START_TEST(what_changes_results_changes_the_id)
{
    static const char *const changes[][2] = {
        {"train.epochs", "8"},      {"data.split.seed", "6"},      {"model.head.dropout", "0.3"},
        {"losses.itc.beta", "0.3"}, {"precision", "fp64"},         {"train.groups", "[]"},
        {"losses", "{}"},           {"model.text.frozen", "true"}, {"evaluate.batch", "4"}};
    const char *const usual = id_with(NULL, NULL, 0);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        ck_assert_msg(strcmp(id_with(changes[i][0], changes[i][1], 0), usual) != 0, "%s", changes[i][0]);
    }
}
END_TEST

START_TEST(what_changes_no_result_leaves_the_id)
{
    static const char *const changes[][2] = {{"name", "other"},
                                             {"seeds", "[1, 2]"},
                                             {"output", "elsewhere"},
                                             {"threads", "3"},
                                             {"checkpoint.keep", "none"},
                                             {"cache.features", "false"},
                                             {"model.fusion", "{strategy: concat}"},
                                             {"train.learning_rate", "0.00001"}}; /* the default, written otherwise */
    const char *const usual = id_with(NULL, NULL, 0);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        ck_assert_msg(strcmp(id_with(changes[i][0], changes[i][1], 0), usual) == 0, "%s", changes[i][0]);
    }
    ck_assert_str_eq(id_with(NULL, NULL, 77), usual); /* the seed of the run */
}
END_TEST

START_TEST(posts_in_a_split_count)
{
    const char *const usual = id_with(NULL, NULL, 0);
    records[2].text = "OUT"; /* in no split */
    ck_assert_str_eq(id_with(NULL, NULL, 0), usual);
    records[1].text = "TWO";
    ck_assert_str_ne(id_with(NULL, NULL, 0), usual);
    make_posts();
    records[1].target = 0;
    ck_assert_str_ne(id_with(NULL, NULL, 0), usual);
    make_posts();
    records[1].split = AXF_SPLIT_VAL;
    ck_assert_str_ne(id_with(NULL, NULL, 0), usual);
    make_posts();
}
END_TEST

static void set_up(void)
{
    load_components(&registry);
    make_posts();
}

static void tear_down(void)
{
    axf_registry_free(&registry);
}

int main(void)
{
    Suite *suite = suite_create("run id");
    TCase *cases = tcase_create("run id");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, what_changes_results_changes_the_id);
    tcase_add_test(cases, what_changes_no_result_leaves_the_id);
    tcase_add_test(cases, posts_in_a_split_count);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
