/* Sweeps: both kinds of axes, the order of the grid, labels, exclusion, random points, and what is refused. */
#include "core/strbuf.h"
#include "spec/load.h"
#include "spec/merge.h"
#include "spec/sweep.h"
#include "spec_case.h"

static const char *const sections[] = {"name", "data", "model", "objective", "losses", "train", "seeds", "sweep", NULL};
static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
    ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    temp_folder_remove(folder);
    axf_arena_free(&arena);
}

static axf_sweep expand_with(const char *text, const char *const *settings, uint32_t setting_count)
{
    axf_sweep sweep;
    const axf_node *spec = NULL;
    axf_status status = axf_spec_set(&arena, parse_yaml(text), settings, setting_count, &spec);
    if (status == AXF_OK) {
        status = axf_sweep_expand(&arena, spec, sections, settings, setting_count, &sweep);
    }
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return sweep;
}

static axf_sweep expand(const char *text)
{
    return expand_with(text, NULL, 0);
}

static void expect_error(const char *text, const char *message)
{
    axf_sweep sweep;
    ck_assert_failed(axf_sweep_expand(&arena, parse_yaml(text), sections, NULL, 0, &sweep), AXF_ERR_SPEC, message);
}

/* "a b | c d": the labels of all points. */
static const char *labels(const axf_sweep *sweep)
{
    const char *text = "";
    for (uint32_t p = 0; p < sweep->count; p++) {
        text = axf_arena_printf(&arena, "%s%s", text, p > 0 ? " |" : "");
        for (uint32_t i = 0; i < sweep->axis_count; i++) {
            text = axf_arena_printf(&arena, "%s%s%s", text, p + i > 0 ? " " : "", sweep->points[p].labels[i]);
        }
    }
    return text;
}

START_TEST(the_first_axis_turns_slowest)
{
    const axf_sweep s = expand("model: {fusion: x, text: t}\n"
                               "sweep:\n"
                               "  axes:\n"
                               "    model.fusion: [concat, gmu]\n"
                               "    losses: {none: {}, C: {itc: {}}, C+M: {itc: {}, itm: {}}}\n");
    ck_assert_uint_eq(s.axis_count, 2);
    ck_assert_str_eq(s.axes[0], "model.fusion");
    ck_assert_str_eq(s.axes[1], "losses");
    ck_assert_str_eq(labels(&s), "concat none | concat C | concat C+M | gmu none | gmu C | gmu C+M");
    ck_assert_str_eq(flow(s.points[0].spec), "{model: {fusion: concat, text: t}, losses: {}}");
    ck_assert_str_eq(flow(s.points[5].spec), "{model: {fusion: gmu, text: t}, losses: {itc: {}, itm: {}}}");
}
END_TEST

START_TEST(a_spec_without_a_sweep_is_one_point)
{
    const axf_sweep s = expand("{train: {batch: 8}}");
    ck_assert_uint_eq(s.count, 1);
    ck_assert_uint_eq(s.axis_count, 0);
    ck_assert_str_eq(flow(s.points[0].spec), "{train: {batch: 8}}");
    ck_assert_uint_eq(expand("{train: {batch: 8}, sweep: null}").count, 1);
}
END_TEST

START_TEST(values_replace_and_partial_specs_merge)
{
    write_text(folder, "tir.yml", "data: {loader: tir, root: x}\ntrain: {epochs: 7}\n");
    write_text(folder, "run.yml",
               "data: {loader: none, seed: 1}\n"
               "losses: {itc: {beta: 1}}\n"
               "train: {batch: 8}\n"
               "sweep:\n"
               "  axes:\n"
               "    losses: [{itm: {}}]\n"
               "    dataset: {tir: {extends: tir.yml, train: {batch: 4}}, own: {losses: {a: {}}}}\n");
    const char *file = "run.yml", *setting = "train.epochs=1";
    const axf_node *spec;
    axf_sweep s;
    ck_assert_int_eq(axf_spec_load(&arena, &file, 1, &setting, 1, &spec), AXF_OK);
    ck_assert_int_eq(axf_sweep_expand(&arena, spec, sections, &setting, 1, &s), AXF_OK);
    ck_assert_str_eq(labels(&s), "itm tir | itm own");
    /* the setting wins over the partial spec, the path axis over another axis' partial spec */
    ck_assert_str_eq(flow(s.points[0].spec),
                     "{data: {loader: tir, seed: 1, root: x}, losses: {itm: {}}, train: {batch: 4, epochs: 1}}");
    ck_assert_str_eq(flow(s.points[1].spec),
                     "{data: {loader: none, seed: 1}, losses: {itm: {}}, train: {batch: 8, epochs: 1}}");
    axf_node_fail(axf_node_at(s.points[0].spec, "data.root"), "bad");
    ck_assert_str_eq(axf_error_message(), "tir.yml:1:27: error: bad\ndata: {loader: tir, root: x}\n"
                                          "                          ^");
}
END_TEST

START_TEST(an_axis_below_a_short_component_keeps_its_name)
{
    const axf_sweep s = expand("{model: {fusion: attention}, sweep: {axes: {model.fusion.heads: [4, null]}}}");
    ck_assert_str_eq(labels(&s), "4 | null");
    ck_assert_str_eq(flow(s.points[0].spec), "{model: {fusion: {strategy: attention, heads: 4}}}");
    ck_assert_str_eq(flow(s.points[1].spec), "{model: {fusion: {strategy: attention, heads: null}}}");
}
END_TEST

START_TEST(labels_are_short_and_differ)
{
    const axf_sweep s =
        expand("sweep:\n"
               "  axes:\n"
               "    model.fusion: [{strategy: attention, heads: 4}, {heads: 2, strategy: gmu}, concat, '']\n"
               "    losses: [{}, {itc: {}, itm: {beta: 0.1}}]\n"
               "    seeds: [[1, 2], 1234567890123456789012345678901234567890123456789]\n");
    ck_assert_str_eq(s.points[0].labels[0], "attention,heads=4");
    ck_assert_str_eq(s.points[4].labels[0], "heads=2,gmu");
    ck_assert_str_eq(s.points[8].labels[0], "concat");
    ck_assert_str_eq(s.points[12].labels[0], "empty");
    ck_assert_str_eq(s.points[0].labels[1], "none");
    ck_assert_str_eq(s.points[2].labels[1], "itc,itm=beta=0.1");
    ck_assert_str_eq(s.points[0].labels[2], "1+2");
    ck_assert_str_eq(s.points[1].labels[2], "1234567890123456789012345678901234567890");
    const axf_sweep cut = expand("{sweep: {axes: {name: [aaaaaaaaaabbbbbbbbbbccccccccccdddddddddüx]}}}");
    ck_assert_str_eq(cut.points[0].labels[0], "aaaaaaaaaabbbbbbbbbbccccccccccddddddddd");
    expect_error(
        "{sweep: {axes: {train.batch: [8, 16, 8]}}}",
        "a.yml:1:38: error: axis train.batch: two values are called '8'; name them: {first: ..., second: ...}\n"
        "{sweep: {axes: {train.batch: [8, 16, 8]}}}\n                                     ^");
}
END_TEST

START_TEST(excluded_points_are_left_out)
{
    const axf_sweep s =
        expand("sweep:\n"
               "  axes: {model.fusion: [concat, gmu, att], losses: {none: {}, C: {itc: {}}}}\n"
               "  exclude: [{model.fusion: gmu, losses: C}, {model.fusion: [concat, att], losses: none}]\n");
    ck_assert_str_eq(labels(&s), "concat C | gmu none | att C");
    const axf_sweep whole = expand("{sweep: {axes: {train.batch: [8, 16]}, exclude: [{train.batch: 8}]}}");
    ck_assert_str_eq(labels(&whole), "16");
}
END_TEST

START_TEST(exclusions_must_name_what_is_there)
{
    expect_error("{sweep: {axes: {model.fusion: [gmu]}, exclude: [{model.fusoin: gmu}]}}",
                 "a.yml:1:50: error: sweep.exclude: no axis is called 'model.fusoin'; did you mean 'model.fusion'?\n"
                 "{sweep: {axes: {model.fusion: [gmu]}, exclude: [{model.fusoin: gmu}]}}\n"
                 "                                                 ^");
    expect_error("{sweep: {axes: {model.fusion: [concat, gmu]}, exclude: [{model.fusion: concta}]}}",
                 "a.yml:1:72: error: sweep.exclude: axis model.fusion has no value 'concta', only concat, gmu; did you "
                 "mean 'concat'?\n"
                 "{sweep: {axes: {model.fusion: [concat, gmu]}, exclude: [{model.fusion: concta}]}}\n"
                 "                                                                       ^");
    expect_error("{sweep: {axes: {seeds: [1]}, exclude: [{seeds: {a: 1}}]}}",
                 "a.yml:1:48: error: sweep.exclude: expected the name of a value of axis seeds\n"
                 "{sweep: {axes: {seeds: [1]}, exclude: [{seeds: {a: 1}}]}}\n"
                 "                                               ^");
    expect_error("{sweep: {axes: {seeds: [1]}, exclude: [{seeds: 1}]}}",
                 "a.yml:1:39: error: sweep.exclude removes every point of the grid\n"
                 "{sweep: {axes: {seeds: [1]}, exclude: [{seeds: 1}]}}\n"
                 "                                      ^");
    expect_error("{sweep: {axes: {seeds: [1]}, exclude: {seeds: 1}}}",
                 "a.yml:1:39: error: sweep.exclude: expected a list of maps {axis: value}\n"
                 "{sweep: {axes: {seeds: [1]}, exclude: {seeds: 1}}}\n"
                 "                                      ^");
    expect_error("{sweep: {axes: {seeds: [1]}, exclude: [1]}}",
                 "a.yml:1:40: error: sweep.exclude: expected a map {axis: value}\n"
                 "{sweep: {axes: {seeds: [1]}, exclude: [1]}}\n"
                 "                                       ^");
}
END_TEST

START_TEST(random_points_are_drawn_by_seed)
{
    const char *form =
        "{sweep: {axes: {seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], train.batch: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}, "
        "exclude: [{seeds: 3}], random: %s}}";
    const axf_sweep a = expand(axf_arena_printf(&arena, form, "10")),
                    b = expand(axf_arena_printf(&arena, form, "{count: 10}"));
    const axf_sweep c = expand(axf_arena_printf(&arena, form, "{count: 10, seed: 1}"));
    ck_assert_uint_eq(a.count, 10);
    ck_assert_str_eq(labels(&a), labels(&b));
    ck_assert_str_ne(labels(&a), labels(&c));
    for (uint32_t i = 0; i < a.count; i++) {
        const char *const *point = a.points[i].labels, *const *last = i > 0 ? a.points[i - 1].labels : NULL;
        ck_assert_str_ne(point[0], "3");
        ck_assert(
            last == NULL || strcmp(last[0], point[0]) < 0 ||
            (strcmp(last[0], point[0]) == 0 && strcmp(last[1], point[1]) < 0)); /* in grid order, no point twice */
        ck_assert_str_eq(axf_node_at(a.points[i].spec, "train.batch")->text, point[1]);
    }
    ck_assert_uint_eq(expand(axf_arena_printf(&arena, form, "1000")).count, 90);
    ck_assert_uint_eq(expand(axf_arena_printf(&arena, form, "null")).count, 90);
    expect_error(
        "{sweep: {axes: {seeds: [1]}, random: many}}",
        "a.yml:1:38: error: count of sweep.random: expected an integer from 1 to 10000, or null, but 'many' is "
        "written\n{sweep: {axes: {seeds: [1]}, random: many}}\n                                     ^");
    expect_error("{sweep: {axes: {seeds: [1]}, random: {n: 3}}}",
                 "a.yml:1:39: error: sweep.random has no option 'n'; it has count, seed\n"
                 "{sweep: {axes: {seeds: [1]}, random: {n: 3}}}\n                                      ^");
}
END_TEST

START_TEST(axes_must_be_paths_or_partial_specs)
{
    expect_error("sweep: {axes: {modle.fusion: [gmu]}}",
                 "a.yml:1:16: error: sweep.axes: 'modle' is not a section of a spec; did "
                 "you mean 'model'?\n"
                 "sweep: {axes: {modle.fusion: [gmu]}}\n               ^");
    expect_error("sweep: {axes: {lossse: {C: {itc: {}}}}}",
                 "a.yml:1:29: error: axis lossse: 'itc' is not a section of a spec\n"
                 "sweep: {axes: {lossse: {C: {itc: {}}}}}\n                            ^");
    expect_error(
        "sweep: {axes: {dataset: [a, b]}}",
        "a.yml:1:25: error: axis dataset is not a section of a spec, so its values are partial specs with a name each: "
        "{first: {...}, second: {...}}\nsweep: {axes: {dataset: [a, b]}}\n                        ^");
    expect_error(
        "sweep: {axes: {dataset: {a: 1}}}",
        "a.yml:1:29: error: axis dataset: expected a partial spec (a map), since dataset is not a section of a spec\n"
        "sweep: {axes: {dataset: {a: 1}}}\n                            ^");
    expect_error("sweep: {axes: {dataset: {a: {sweep: {}}}}}",
                 "a.yml:1:30: error: axis dataset: a partial spec cannot hold a sweep\n"
                 "sweep: {axes: {dataset: {a: {sweep: {}}}}}\n                             ^");
    expect_error("sweep: {axes: {sweep.random: [1]}}", "a.yml:1:16: error: a sweep cannot sweep itself\n"
                                                       "sweep: {axes: {sweep.random: [1]}}\n               ^");
    expect_error(
        "sweep: {axes: {train.batch: 8}}",
        "a.yml:1:29: error: axis train.batch: expected a list of values or a map of named ones, with at least one\n"
        "sweep: {axes: {train.batch: 8}}\n                            ^");
    expect_error("sweep: {axes: {train..batch: [8]}}",
                 "a.yml:1:16: error: 'train..batch' is not a path: expected keys with '.' between them, such as a.b.c\n"
                 "sweep: {axes: {train..batch: [8]}}\n               ^");
    expect_error("sweep: {axes: {}}", "a.yml:1:15: error: sweep.axes: expected a map with at least one axis\n"
                                      "sweep: {axes: {}}\n              ^");
    expect_error("sweep: {axis: {}}", "a.yml:1:9: error: sweep: 'axis' is not a key of a sweep; did you mean 'axes'?\n"
                                      "sweep: {axis: {}}\n        ^");
    expect_error("sweep: {random: 3}", "a.yml:1:8: error: sweep needs 'axes'\nsweep: {random: 3}\n       ^");
    expect_error("sweep: [1]",
                 "a.yml:1:8: error: sweep: expected a map with axes, exclude and random\nsweep: [1]\n       ^");
    expect_error("sweep: {axes: {dataset: {a: {extends: no.yml}}}}",
                 "a.yml:1:39: error: cannot read /specs/no.yml: No such file or directory\n"
                 "sweep: {axes: {dataset: {a: {extends: no.yml}}}}\n                                      ^");
}
END_TEST

START_TEST(grids_are_bounded)
{
    axf_strbuf list = {0};
    for (int i = 0; i < 101; i++) {
        axf_strbuf_printf(&list, "%s%d", i > 0 ? ", " : "[", i);
    }
    axf_strbuf_puts(&list, "]");
    const char *values = axf_strbuf_text(&list);
    const char *two = axf_arena_printf(&arena, "{sweep: {axes: {train.a: %s, train.b: %s}}}", values, values);
    axf_sweep sweep;
    ck_assert_int_eq(axf_sweep_expand(&arena, parse_yaml(two), sections, NULL, 0, &sweep), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(
        strstr(axf_error_message(), "error: the sweep has 10201 points, more than 10000: use sweep.random: N\n"));
    const char *three = axf_arena_printf(&arena, "{sweep: {axes: {train.a: %s, train.b: %s, train.c: %s}, random: 5}}",
                                         values, values, values);
    ck_assert_int_eq(axf_sweep_expand(&arena, parse_yaml(three), sections, NULL, 0, &sweep), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "error: sweep.axes: the grid has more than 1000000 points\n"));
    axf_strbuf_clear(&list);
    for (int i = 0; i < 17; i++) {
        axf_strbuf_printf(&list, "%strain.x%d: [1]", i > 0 ? ", " : "{sweep: {axes: {", i);
    }
    axf_strbuf_puts(&list, "}}}");
    ck_assert_int_eq(axf_sweep_expand(&arena, parse_yaml(axf_strbuf_text(&list)), sections, NULL, 0, &sweep),
                     AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(
        strstr(axf_error_message(), "error: sweep.axes: 17 axes, more than the 16 that a sweep may have\n"));
    axf_strbuf_free(&list);
}
END_TEST

START_TEST(settings_and_axes)
{
    const char *text = "{model: {fusion: x}, sweep: {axes: {model.fusion: [concat, gmu]}}}";
    const char *shadowed[] = {"model.fusion=att"}, *below[] = {"model.fusion.heads=4"};
    const char *fine[] = {"sweep.axes.model.fusion=[att]", "model.fusions=1"};
    axf_sweep sweep;
    ck_assert_failed(
        axf_sweep_expand(&arena, parse_yaml(text), sections, shadowed, 1, &sweep), AXF_ERR_SPEC,
        "on the command line: model.fusion=att: error: model.fusion is an axis of the sweep, which replaces "
        "it: set sweep.axes.model.fusion instead");
    ck_assert_int_eq(axf_sweep_expand(&arena, parse_yaml(text), sections, below, 1, &sweep), AXF_ERR_SPEC);
    sweep = expand_with(text, fine, 2);
    ck_assert_str_eq(labels(&sweep), "att");
    ck_assert_str_eq(flow(sweep.points[0].spec), "{model: {fusion: att, fusions: 1}}");
    const char *gone[] = {"sweep.axes.losses=null"}; /* an axis of an extended spec taken away */
    sweep = expand_with("{sweep: {axes: {losses: {a: {}}, model.fusion: [x]}}}", gone, 1);
    ck_assert_str_eq(labels(&sweep), "x");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tests = tcase_create("sweep");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_first_axis_turns_slowest);
    tcase_add_test(tests, a_spec_without_a_sweep_is_one_point);
    tcase_add_test(tests, values_replace_and_partial_specs_merge);
    tcase_add_test(tests, an_axis_below_a_short_component_keeps_its_name);
    tcase_add_test(tests, labels_are_short_and_differ);
    tcase_add_test(tests, excluded_points_are_left_out);
    tcase_add_test(tests, exclusions_must_name_what_is_there);
    tcase_add_test(tests, random_points_are_drawn_by_seed);
    tcase_add_test(tests, axes_must_be_paths_or_partial_specs);
    tcase_add_test(tests, grids_are_bounded);
    tcase_add_test(tests, settings_and_axes);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
