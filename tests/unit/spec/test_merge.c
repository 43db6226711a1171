/* Merging, extends, command-line settings, and paths that expand. */
#include "core/strbuf.h"
#include "spec/expand.h"
#include "spec/load.h"
#include "spec/merge.h"
#include "spec_case.h"

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
    ck_assert_int_eq(mkdir(temp_path(folder, "common"), 0755), 0);
    ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    temp_folder_remove(folder);
    axf_arena_free(&arena);
}

static const char *merged(const char *base, const char *over)
{
    return flow(axf_merge(&arena, parse_yaml(base), parse_yaml(over)));
}

START_TEST(maps_merge_and_the_rest_replaces)
{
    ck_assert_str_eq(merged("{a: {b: 1, c: [1, 2]}, d: 3}", "{a: {c: [4], e: 5}, f: 6}"),
                     "{a: {b: 1, c: [4], e: 5}, d: 3, f: 6}");
    ck_assert_str_eq(merged("{a: {b: 1}}", "{a: 2}"), "{a: 2}");
    ck_assert_str_eq(merged("{a: [1]}", "{a: {b: 1}}"), "{a: {b: 1}}");
    ck_assert_str_eq(merged("{a: {}}", "{a: {}}"), "{a: {}}");
}
END_TEST

START_TEST(null_removes_maps_and_stays_as_a_value)
{
    ck_assert_str_eq(merged("{losses: {itc: {beta: 1}, itm: {}}}", "{losses: {itc: null}}"), "{losses: {itm: {}}}");
    ck_assert_str_eq(merged("{losses: {itc: {beta: 1}}}", "{losses: ~}"), "{}");
    const axf_node *tree = axf_merge(&arena, parse_yaml("{train: {clip: 1}}"), parse_yaml("{train: {clip: null}}"));
    ck_assert_str_eq(flow(tree), "{train: {clip: null}}");
    ck_assert_ptr_null(axf_node_get(axf_node_get(tree, "train"), "clip"));
    ck_assert_str_eq(merged("{a: {b: 1}}", "{a: 'null'}"), "{a: \"null\"}");
    ck_assert_str_eq(merged("{a: null}", "{a: {b: 1}}"), "{a: {b: 1}}");
}
END_TEST

START_TEST(short_components_merge)
{
    ck_assert_str_eq(merged("{model: {fusion: attention}}", "{model: {fusion: {heads: 4}}}"),
                     "{model: {fusion: {strategy: attention, heads: 4}}}");
    ck_assert_str_eq(merged("{model: {fusion: attention}}", "{model: {fusion: {strategy: gmu}}}"),
                     "{model: {fusion: {strategy: gmu}}}");
    ck_assert_str_eq(merged("{model: {fusion: {strategy: attention, heads: 4}}}", "{model: {fusion: concat}}"),
                     "{model: {fusion: concat}}");
    ck_assert_str_eq(merged("{model: {fusion: null}}", "{model: {fusion: {heads: 4}}}"),
                     "{model: {fusion: {heads: 4}}}");
    ck_assert_str_eq(merged("{data: tir, objective: bce, losses: {c: itc}, model: {text: bert, image: vit}}",
                            "{data: {root: x}, objective: {a: 1}, losses: {c: {beta: 1}}, "
                            "model: {text: {b: 1}, image: {c: 2}, joint: {d: 3}}}"),
                     "{data: {loader: tir, root: x}, objective: {loss: bce, a: 1}, losses: {c: {loss: itc, beta: 1}}, "
                     "model: {text: {encoder: bert, b: 1}, image: {encoder: vit, c: 2}, joint: {d: 3}}}");
    ck_assert_str_eq(merged("{train: 3}", "{train: {batch: 8}}"), "{train: {batch: 8}}"); /* no component */
    ck_assert_str_eq(merged("{losses: {a: {b: x}}}", "{losses: {a: {b: {c: 1}}}}"), "{losses: {a: {b: {c: 1}}}}");
}
END_TEST

START_TEST(components_open_in_both_forms)
{
    const axf_node *name, *options,
        *root = parse_yaml("a: vit\nb: {encoder: vit, x: 1}\nc: {x: 1}\nd: [1]\ne: {encoder: [1]}");
    ck_assert_int_eq(axf_component_map(axf_node_get(root, "a"), "encoder", &name, &options), AXF_OK);
    ck_assert_str_eq(name->text, "vit");
    ck_assert_ptr_null(options);
    ck_assert_int_eq(axf_component_map(axf_node_get(root, "b"), "encoder", &name, &options), AXF_OK);
    ck_assert_str_eq(name->text, "vit");
    ck_assert_ptr_eq(options, axf_node_get(root, "b"));
    ck_assert_int_eq(axf_component_map(axf_node_get(root, "c"), "encoder", &name, &options), AXF_OK);
    ck_assert_ptr_null(name);
    ck_assert_failed(axf_component_map(axf_node_get(root, "d"), "encoder", &name, &options), AXF_ERR_SPEC,
                     "a.yml:4:4: error: expected a name, or a map with the key 'encoder'\nd: [1]\n   ^");
    ck_assert_failed(axf_component_map(axf_node_get(root, "e"), "encoder", &name, &options), AXF_ERR_SPEC,
                     "a.yml:5:14: error: expected a name, or a map with the key 'encoder'\ne: {encoder: [1]}\n"
                     "             ^");
}
END_TEST

START_TEST(replacing_leaves_nothing_of_the_old_value)
{
    const axf_node *key = parse_yaml("x"), *value = parse_yaml("{strategy: gmu}");
    const axf_node *root = parse_yaml("{model: {fusion: {strategy: attention, heads: 4}, text: t}}");
    ck_assert_str_eq(flow(axf_replace(&arena, root, "model.fusion", key, value)),
                     "{model: {fusion: {strategy: gmu}, text: t}}");
    ck_assert_str_eq(flow(axf_replace(&arena, root, "train.batch", key, key)),
                     "{model: {fusion: {strategy: attention, heads: 4}, text: t}, train: {batch: x}}");
    ck_assert_str_eq(flow(axf_replace(&arena, root, "model.text.max", key, key)),
                     "{model: {fusion: {strategy: attention, heads: 4}, text: {encoder: t, max: x}}}");
    ck_assert_str_eq(flow(root), "{model: {fusion: {strategy: attention, heads: 4}, text: t}}"); /* unchanged */
    ck_assert_str_eq(axf_node_at(root, "model.fusion.heads")->text, "4");
    ck_assert_ptr_null(axf_node_at(root, "model.fusion.head"));
    ck_assert_ptr_null(axf_node_at(root, "model.text.max"));
}
END_TEST

static axf_status load(const char *file, const char *setting, const axf_node **spec)
{
    return axf_spec_load(&arena, &file, 1, &setting, setting != NULL, spec);
}

START_TEST(extends_merges_in_order)
{
    const axf_node *spec;
    write_text(folder, "common/late.yml", "extends: base.yml\na: late\nb: late\n");
    write_text(folder, "common/base.yml", "a: base\nb: base\nc: base\nd: base\n");
    write_text(folder, "data.yml", "b: data\n");
    write_text(folder, "run.yml", "extends: [common/late.yml, data.yml]\nc: own\n");
    ck_assert_int_eq(load("run.yml", NULL, &spec), AXF_OK);
    ck_assert_str_eq(flow(spec), "{a: late, b: data, c: own, d: base}");
    axf_node_fail(axf_node_get(spec, "d"), "bad");
    ck_assert_str_eq(axf_error_message(), "common/base.yml:4:4: error: bad\nd: base\n   ^");
    const char *files[] = {"common/base.yml", "data.yml"};
    ck_assert_int_eq(axf_spec_load(&arena, files, 2, NULL, 0, &spec), AXF_OK);
    ck_assert_str_eq(flow(spec), "{a: base, b: data, c: base, d: base}");
}
END_TEST

START_TEST(extends_that_lead_nowhere)
{
    const axf_node *spec;
    write_text(folder, "a.yml", "x: 1\nextends: [b.yml]\n");
    write_text(folder, "b.yml", "extends: ./common/../a.yml\n");
    ck_assert_failed(load("a.yml", NULL, &spec), AXF_ERR_SPEC,
                     "b.yml:1:10: error: extends goes in a circle: a.yml already led here\n"
                     "extends: ./common/../a.yml\n         ^");
    write_text(folder, "self.yml", "extends: self.yml\n");
    ck_assert_failed(
        load("self.yml", NULL, &spec), AXF_ERR_SPEC,
        "self.yml:1:10: error: extends goes in a circle: self.yml already led here\nextends: self.yml\n         ^");
    write_text(folder, "missing.yml", "extends: no.yml\n");
    ck_assert_failed(load("missing.yml", NULL, &spec), AXF_ERR_SPEC,
                     axf_arena_printf(&arena,
                                      "missing.yml:1:10: error: cannot read %s/no.yml: No such file or directory\n"
                                      "extends: no.yml\n         ^",
                                      folder));
    write_text(folder, "folder.yml", "extends: common\n");
    ck_assert_failed(load("folder.yml", NULL, &spec), AXF_ERR_SPEC,
                     axf_arena_printf(&arena,
                                      "folder.yml:1:10: error: cannot read '%s/common': it is not a regular file\n"
                                      "extends: common\n         ^",
                                      folder));
    write_text(folder, "map.yml", "extends: {a: b}\n");
    ck_assert_failed(load("map.yml", NULL, &spec), AXF_ERR_SPEC,
                     "map.yml:1:10: error: extends: expected a file, or a list of files\nextends: {a: b}\n         ^");
    write_text(folder, "list.yml", "- a\n");
    ck_assert_failed(load("list.yml", NULL, &spec), AXF_ERR_SPEC,
                     "list.yml:1:1: error: expected a map of keys and values (key: value)\n- a\n^");
    ck_assert_int_eq(load("none.yml", NULL, &spec), AXF_ERR_IO);
    ck_assert_str_eq(axf_error_message(), "cannot read 'none.yml': No such file or directory");
}
END_TEST

START_TEST(extends_is_bounded)
{
    const axf_node *spec;
    for (int i = 0; i <= 17; i++) {
        write_text(folder, axf_arena_printf(&arena, "%d.yml", i),
                   i == 17 ? "a: 1\n" : axf_arena_printf(&arena, "extends: %d.yml\n", i + 1));
    }
    ck_assert_int_eq(load("1.yml", NULL, &spec), AXF_OK);
    ck_assert_str_eq(flow(spec), "{a: 1}");
    ck_assert_failed(load("0.yml", NULL, &spec), AXF_ERR_SPEC,
                     "16.yml:1:10: error: extends goes more than 16 files deep\nextends: 17.yml\n         ^");
    for (int i = 0; i < 10; i++) { /* 4^10 files if nobody counted */
        write_text(folder, axf_arena_printf(&arena, "w%d.yml", i),
                   i == 9 ? "a: 1\n"
                          : axf_arena_printf(&arena, "extends: [w%d.yml, w%d.yml, w%d.yml, w%d.yml]\n", i + 1, i + 1,
                                             i + 1, i + 1));
    }
    ck_assert_int_eq(load("w0.yml", NULL, &spec), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "error: extends names more than 256 files in all\n"));
}
END_TEST

START_TEST(settings_win)
{
    const axf_node *spec;
    write_text(folder, "run.yml", "train: {batch: 8, epochs: 2}\nmodel: {fusion: concat}\n");
    const char *file = "run.yml";
    const char *settings[] = {"train.batch=16", "model.fusion.heads=4", "losses={itc: {beta: 0.1}}", "name=a=b",
                              "sweep.axes.model.fusion=[x, y]"};
    ck_assert_int_eq(axf_spec_load(&arena, &file, 1, settings, 5, &spec), AXF_OK);
    ck_assert_str_eq(flow(spec), "{train: {batch: 16, epochs: 2}, model: {fusion: {strategy: concat, heads: 4}}, "
                                 "losses: {itc: {beta: 0.1}}, name: a=b, sweep: {axes: {model.fusion: [x, y]}}}");
    axf_node_fail(axf_node_at(spec, "train.batch"), "too large");
    ck_assert_str_eq(axf_error_message(), "on the command line: train.batch=16: error: too large");
    ck_assert_str_eq(axf_node_where(&arena, axf_node_at(spec, "train.batch")), "on the command line: train.batch=16");
}
END_TEST

START_TEST(settings_that_are_none)
{
    const axf_node *spec;
    write_text(folder, "run.yml", "a: 1\n");
    ck_assert_failed(load("run.yml", "train.batch", &spec), AXF_ERR_USAGE,
                     "on the command line: train.batch: error: expected a.b.c=value");
    ck_assert_failed(
        load("run.yml", "=3", &spec), AXF_ERR_SPEC,
        "on the command line: =3: error: '' is not a path: expected keys with '.' between them, such as a.b.c");
    ck_assert_failed(
        load("run.yml", "a..b=3", &spec), AXF_ERR_SPEC,
        "on the command line: a..b=3: error: 'a..b' is not a path: expected keys with '.' between them, such as a.b.c");
    ck_assert_failed(load("run.yml", "a=", &spec), AXF_ERR_SPEC,
                     "on the command line: a=: error: nothing is written here");
    ck_assert_failed(
        load("run.yml", "a=[1", &spec), AXF_ERR_SPEC,
        "on the command line: a=[1: error: while parsing a flow sequence: did not find expected ',' or ']'");
    ck_assert_failed(
        load("run.yml", "extends=b.yml", &spec), AXF_ERR_SPEC,
        "on the command line: extends=b.yml: error: extends cannot be set here: name several specs instead, "
        "later ones replace what earlier ones say");
    axf_strbuf deep = {0};
    for (int i = 0; i < 65; i++) {
        axf_strbuf_puts(&deep, i > 0 ? ".a" : "a");
    }
    axf_strbuf_puts(&deep, "=1");
    ck_assert_int_eq(load("run.yml", axf_strbuf_text(&deep), &spec), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), ": error: the path has more than 64 keys"));
    axf_strbuf_free(&deep);
}
END_TEST

static const char *expand(const char *text)
{
    const char *path;
    const axf_status status = axf_expand_path(&arena, parse_yaml(text), &path);
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return path;
}

START_TEST(paths_expand)
{
    setenv("HOME", "/home/x", 1);
    setenv("AXF_TEST_ROOT", "/data", 1);
    ck_assert_str_eq(expand("a/b"), "/specs/a/b");
    ck_assert_str_eq(expand("./a"), "/specs/a");
    ck_assert_str_eq(expand("../a"), "/specs/../a");
    ck_assert_str_eq(expand("'.'"), "/specs");
    ck_assert_str_eq(expand("/a"), "/a");
    ck_assert_str_eq(expand("~/a"), "/home/x/a");
    ck_assert_str_eq(expand("'~'"), "/home/x");
    ck_assert_str_eq(expand("~x"), "/specs/~x");
    ck_assert_str_eq(expand("${AXF_TEST_ROOT}/tir"), "/data/tir");
    ck_assert_str_eq(expand("a${AXF_TEST_ROOT}${AXF_TEST_ROOT}$b"), "/specs/a/data/data$b");
}
END_TEST

START_TEST(paths_that_do_not_expand)
{
    const char *path;
    unsetenv("AXF_TEST_UNSET");
    ck_assert_failed(
        axf_expand_path(&arena, parse_yaml("${AXF_TEST_UNSET}/a"), &path), AXF_ERR_SPEC,
        "a.yml:1:1: error: the environment variable AXF_TEST_UNSET is not set: set it, or write the path out\n"
        "${AXF_TEST_UNSET}/a\n^");
    setenv("AXF_TEST_EMPTY", "", 1);
    ck_assert_failed(
        axf_expand_path(&arena, parse_yaml("${AXF_TEST_EMPTY}/a"), &path), AXF_ERR_SPEC,
        "a.yml:1:1: error: the environment variable AXF_TEST_EMPTY is empty: set it, or write the path out\n"
        "${AXF_TEST_EMPTY}/a\n^");
    ck_assert_failed(axf_expand_path(&arena, parse_yaml("${A/a"), &path), AXF_ERR_SPEC,
                     "a.yml:1:1: error: '${' has no closing '}'\n${A/a\n^");
    ck_assert_failed(axf_expand_path(&arena, parse_yaml("${A-b}"), &path), AXF_ERR_SPEC,
                     "a.yml:1:1: error: ${A-b} is not the name of a variable\n${A-b}\n^");
    ck_assert_failed(axf_expand_path(&arena, parse_yaml("''"), &path), AXF_ERR_SPEC,
                     "a.yml:1:1: error: the path is empty\n''\n^");
}
END_TEST

START_TEST(relative_paths_start_where_they_are_written)
{
    const axf_node *spec;
    const char *path;
    write_text(folder, "common/base.yml", "a: x\nb: x\n");
    write_text(folder, "run.yml", "extends: common/base.yml\nc: x\n");
    ck_assert_int_eq(load("run.yml", "b=x", &spec), AXF_OK);
    ck_assert_int_eq(axf_expand_path(&arena, axf_node_get(spec, "a"), &path), AXF_OK);
    ck_assert_str_eq(path, axf_arena_printf(&arena, "%s/common/x", folder));
    ck_assert_int_eq(axf_expand_path(&arena, axf_node_get(spec, "c"), &path), AXF_OK);
    ck_assert_str_eq(path, axf_arena_printf(&arena, "%s/x", folder));
    ck_assert_int_eq(chdir(temp_path(folder, "common")), 0);
    ck_assert_int_eq(load("../run.yml", "b=x", &spec), AXF_OK); /* from the current folder on the command line */
    ck_assert_int_eq(axf_expand_path(&arena, axf_node_get(spec, "b"), &path), AXF_OK);
    ck_assert_str_eq(path, axf_arena_printf(&arena, "%s/common/x", folder));
    ck_assert_str_eq(axf_node_where(&arena, axf_node_get(spec, "a")), "../common/base.yml:1:4");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("merge");
    TCase *tests = tcase_create("merge");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, maps_merge_and_the_rest_replaces);
    tcase_add_test(tests, null_removes_maps_and_stays_as_a_value);
    tcase_add_test(tests, short_components_merge);
    tcase_add_test(tests, components_open_in_both_forms);
    tcase_add_test(tests, replacing_leaves_nothing_of_the_old_value);
    tcase_add_test(tests, extends_merges_in_order);
    tcase_add_test(tests, extends_that_lead_nowhere);
    tcase_add_test(tests, extends_is_bounded);
    tcase_add_test(tests, settings_win);
    tcase_add_test(tests, settings_that_are_none);
    tcase_add_test(tests, paths_expand);
    tcase_add_test(tests, paths_that_do_not_expand);
    tcase_add_test(tests, relative_paths_start_where_they_are_written);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
