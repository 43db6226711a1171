/* The list of the sections of a spec: every one is read, resolved and documented, and no other key is taken. */
#include "experiment_case.h"

#include "experiment/resolved.h"
#include "experiment/sections.h"
#include "files/read.h"
#include "spec/merge.h"

static axf_registry registry;

static axf_status parse_with(axf_experiment *experiment, const char *path, const char *value)
{
    const axf_node *spec = parse_yaml(whole_spec);
    if (path != NULL) {
        spec = axf_replace(&arena, spec, path, axf_node_scalar(&arena, NULL, path, false), parse_yaml(value));
    }
    return axf_experiment_parse(experiment, &registry, spec, 0, 0);
}

START_TEST(each_section_is_read_and_resolved)
{
    static const char *const written[][2] = {{"seeds", "[3]"},
                                             {"data.subset", "20"},
                                             {"data.split.seed", "5"},
                                             {"model.head.dropout", "0.25"},
                                             {"model.image.frozen", "true"},
                                             {"model.text.freeze_until", "embeddings"},
                                             {"losses.itc.beta", "0.2"},
                                             {"train.epochs", "7"},
                                             {"evaluate.every", "2"},
                                             {"checkpoint.every", "epoch"},
                                             {"cache.max_size", "3"},
                                             {"backend.name", "reference"},
                                             {"model.fusion.strategy", "concat"},
                                             {"objective.loss", "cross_entropy"}};
    axf_experiment experiment;
    ck_assert_msg(parse_with(&experiment, NULL, NULL) == AXF_OK, "%s", axf_error_message());
    const axf_node *resolved = axf_experiment_resolved(&experiment, &arena);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        const axf_node *node = axf_node_at(resolved, written[i][0]);
        ck_assert_msg(node != NULL, "%s is not in the resolved spec", written[i][0]);
        ck_assert_str_eq(flow(node), written[i][1]);
    }
    const axf_node *groups = axf_node_at(resolved, "train.groups");
    ck_assert_uint_eq(groups->count, 1);
    ck_assert_str_eq(axf_node_get(groups->items[0], "weight_decay")->text, "0.5");
    for (int32_t i = 0; axf_section_at(i) != NULL; i++) { /* a new section must be added to whole_spec */
        const axf_section *section = axf_section_at(i);
        const bool known = section->read == NULL || strcmp(section->path, "model.joint") == 0 ||
                           strcmp(section->path, "losses.NAME") == 0 || section->path[0] == '\0' ||
                           axf_node_at(resolved, section->path) != NULL;
        ck_assert_msg(known, "section %s is not in the resolved spec", section->path);
    }
    axf_experiment_free(&experiment);
}
END_TEST

START_TEST(an_unknown_key_is_refused_in_each_section)
{
    axf_experiment experiment;
    ck_assert_int_eq(parse_with(&experiment, "unheard_of", "1"), AXF_ERR_SPEC);
    axf_experiment_free(&experiment);
    ck_assert_int_eq(parse_with(&experiment, "train.groups", "[{match: a, unheard_of: 1}]"), AXF_ERR_SPEC);
    axf_experiment_free(&experiment);
    for (int32_t i = 1; axf_section_at(i) != NULL; i++) {
        const axf_section *section = axf_section_at(i);
        const bool named = section->shape == AXF_SECTION_NAMED;
        if (section->read == NULL || section->shape == AXF_SECTION_LIST || strcmp(section->path, "model.joint") == 0) {
            continue;
        }
        const char *path = named ? "losses.itc" : section->path;
        const axf_status status = parse_with(&experiment, axf_arena_printf(&arena, "%s.unheard_of", path), "1");
        ck_assert_msg(status == AXF_ERR_SPEC && strstr(axf_error_message(), "unheard_of") != NULL, "%s: %s", path,
                      axf_error_message());
        axf_experiment_free(&experiment);
    }
}
END_TEST

START_TEST(each_section_is_documented)
{
    char *page;
    size_t length;
    ck_assert_int_eq(axf_read_file(AXF_SOURCE_DIR "/docs/options.md", 1 << 20, &page, &length), AXF_OK);
    for (int32_t i = 0; axf_section_at(i) != NULL; i++) {
        const axf_section *section = axf_section_at(i);
        if (section->table != NULL) {
            ck_assert_ptr_nonnull(section->about);
            ck_assert_msg(section->path[0] == '\0' || strstr(page, axf_arena_printf(&arena, "`%s`", section->path)),
                          "%s is not in docs/options.md", section->path);
            ck_assert_msg(strstr(page, section->about) != NULL, "'%s' is not in docs/options.md", section->about);
        }
    }
    free(page);
}
END_TEST

START_TEST(keys_of_the_top_are_options_and_sections)
{
    static const char *const some[] = {"name", "outputs", "data", "losses", "backend", "sweep", "extends"};
    static const char *const none[] = {"split", "NAME", "losses.NAME", "groups", ""};
    const char *const *keys = axf_section_top_keys(&arena);
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        size_t at = 0;
        while (keys[at] != NULL && strcmp(keys[at], some[i]) != 0) {
            at++;
        }
        ck_assert_msg(keys[at] != NULL, "%s is missing", some[i]);
    }
    for (size_t at = 0; keys[at] != NULL; at++) {
        for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
            ck_assert_str_ne(keys[at], none[i]);
        }
        for (size_t i = 0; i < at; i++) {
            ck_assert_str_ne(keys[at], keys[i]);
        }
    }
}
END_TEST

START_TEST(runtime_paths_are_told_from_those_that_change_results)
{
    static const char *const runtime[] = {"cache", "cache.features",     "checkpoint",       "checkpoint.keep",
                                          "seeds", "data.image_threads", "train.micro_batch"};
    static const char *const others[] = {
        "train",     "train.epochs", "losses.itc.beta", "data.subset", "model.text.frozen",
        "precision", "cached",       "data.loader",     "losses",      ""};
    for (size_t i = 0; i < sizeof runtime / sizeof runtime[0]; i++) {
        ck_assert_msg(axf_section_path_is_runtime(runtime[i]), "%s", runtime[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_assert_msg(!axf_section_path_is_runtime(others[i]), "%s", others[i]);
    }
}
END_TEST

static void set_up(void)
{
    load_components(&registry);
}

static void tear_down(void)
{
    axf_registry_free(&registry);
}

int main(void)
{
    Suite *suite = suite_create("sections");
    TCase *cases = tcase_create("sections");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, each_section_is_read_and_resolved);
    tcase_add_test(cases, an_unknown_key_is_refused_in_each_section);
    tcase_add_test(cases, each_section_is_documented);
    tcase_add_test(cases, keys_of_the_top_are_options_and_sections);
    tcase_add_test(cases, runtime_paths_are_told_from_those_that_change_results);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
