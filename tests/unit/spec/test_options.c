/* Options tables: every type, range and flag, messages, defaults, and the ways back to text. Weights folders too. */
#include "spec/options.h"
#include "spec/options_check.h"
#include "spec/options_text.h"
#include "spec/weights_path.h"
#include "spec_case.h"

#include <math.h>

typedef struct train {
    int64_t batch, micro_batch;
    double rate, dropout, clip;
    bool shuffle;
    int32_t schedule;
    const char *name, *root, *weights;
    axf_list seeds, rates, tags, files;
    int64_t threads;
    const char *vocabulary;
} train;

static const char *const schedules[] = {"constant", "linear", "cosine", NULL};

static const axf_option rows[] = {
    AXF_INT(train, batch, "8", 1, 1024, 0, "Posts an optimiser step."),
    AXF_INT(train, micro_batch, NULL, 1, INFINITY, AXF_OPT_NULLABLE, "Posts at a time."),
    AXF_REAL(train, rate, "1e-5", 0, INFINITY, AXF_OPT_EXCLUSIVE_MIN | AXF_OPT_LOG, "Learning rate."),
    AXF_REAL(train, dropout, "0.05", 0, 1, AXF_OPT_EXCLUSIVE_MAX, "Share of values set to 0."),
    AXF_REAL(train, clip, "1", 0, 100, AXF_OPT_NULLABLE, "Largest norm of the gradient."),
    AXF_BOOL(train, shuffle, "true", 0, "Another order each epoch."),
    AXF_ENUM(train, schedule, "constant", schedules, 0, "Course of the learning rate."),
    AXF_STRING(train, name, "", 0, "Any text."),
    AXF_PATH(train, root, NULL, 0, "A folder."),
    AXF_WEIGHTS(train, weights, "random", 0, "First values."),
    AXF_LIST(train, seeds, AXF_OPT_INT, "[40]", 0, 100, 0, "Seeds."),
    AXF_LIST(train, rates, AXF_OPT_REAL, NULL, 1, 0, 0, "Rates."),
    AXF_LIST(train, tags, AXF_OPT_STRING, NULL, 1, 0, 0, "Tags."),
    AXF_LIST(train, files, AXF_OPT_PATH, NULL, 1, 0, 0, "Files."),
    AXF_INT(train, threads, "1", 1, 64, AXF_OPT_RUNTIME, "Threads."),
    AXF_PATH(train, vocabulary, NULL, AXF_OPT_FILE, "A file."),
};
static const axf_options table = AXF_OPTIONS(train, rows);

static axf_status find_weights(void *self, axf_arena *memory, const axf_node *written, const char **found)
{
    (void)self;
    *found = axf_arena_printf(memory, "/models/%s", written->text);
    return AXF_OK;
}

static const char *const others[] = {"loader", NULL};
static const axf_options_context context = {.owner = "train", .other_keys = others, .weights = find_weights};

static train parse(const char *text)
{
    train values;
    const axf_status status =
        axf_options_parse(&table, text != NULL ? parse_yaml(text) : NULL, &arena, &values, &context);
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return values;
}

static void expect_error(const char *text, const char *message)
{
    train values;
    ck_assert_failed(axf_options_parse(&table, parse_yaml(text), &arena, &values, &context), AXF_ERR_SPEC, message);
}

START_TEST(defaults_fill_the_struct)
{
    const char *texts[] = {NULL, "{}", "null",
                           "{batch: null, loader: tir, schedule: ~, shuffle: ~, dropout: ~, weights: ~}"};
    for (int i = 0; i < 4; i++) {
        const train t = parse(texts[i]);
        ck_assert_int_eq(t.batch, 8);
        ck_assert(t.micro_batch == AXF_NULL_INT);
        ck_assert(t.rate == 1e-5 && t.dropout == 0.05 && t.clip == 1);
        ck_assert(t.shuffle);
        ck_assert_int_eq(t.schedule, 0);
        ck_assert_str_eq(t.name, "");
        ck_assert_ptr_null(t.root);
        ck_assert_ptr_null(t.weights);
        ck_assert_uint_eq(t.seeds.count, 1);
        ck_assert_uint_eq(t.seeds.element_type, AXF_OPT_INT);
        ck_assert_int_eq(((const int64_t *)t.seeds.items)[0], 40);
        ck_assert_uint_eq(t.rates.count, 0);
        ck_assert_uint_eq(t.rates.element_type, AXF_OPT_REAL);
    }
}
END_TEST

START_TEST(values_are_read_by_their_type)
{
    const train t =
        parse("{batch: '16', micro_batch: 4, rate: 1e-3, dropout: 0, clip: null, shuffle: No, schedule: cosine, "
              "name: 1e-5, root: data, weights: o/n, seeds: [0, 100], rates: [1, .5], tags: [no, ''], "
              "files: [a, /b]}");
    ck_assert_int_eq(t.batch, 16);
    ck_assert_int_eq(t.micro_batch, 4);
    ck_assert(t.rate == 1e-3 && t.dropout == 0 && isnan(t.clip));
    ck_assert(!t.shuffle);
    ck_assert_int_eq(t.schedule, 2);
    ck_assert_str_eq(t.name, "1e-5");
    ck_assert_str_eq(t.root, "/specs/data");
    ck_assert_str_eq(t.weights, "/models/o/n");
    ck_assert_int_eq(((const int64_t *)t.seeds.items)[1], 100);
    ck_assert(((const double *)t.rates.items)[1] == 0.5);
    ck_assert_str_eq(((const char *const *)t.tags.items)[0], "no");
    ck_assert_str_eq(((const char *const *)t.tags.items)[1], "");
    ck_assert_str_eq(((const char *const *)t.files.items)[0], "/specs/a");
    ck_assert_str_eq(((const char *const *)t.files.items)[1], "/b");
    ck_assert_str_eq(parse("{name: null}").name, "");
    ck_assert_str_eq(parse("{name: 'null'}").name, "null");
    ck_assert(parse("{shuffle: on}").shuffle);
}
END_TEST

START_TEST(wrong_values_say_what_was_expected)
{
    static const struct {
        const char *key, *value, *expected;
    } cases[] = {
        {"batch", "many", "an integer from 1 to 1024, but 'many'"},
        {"batch", "0", "an integer from 1 to 1024, but '0'"},
        {"batch", "1025", "an integer from 1 to 1024, but '1025'"},
        {"batch", "8.0", "an integer from 1 to 1024, but '8.0'"},
        {"batch", "1e2", "an integer from 1 to 1024, but '1e2'"},
        {"batch", "0x10", "an integer from 1 to 1024, but '0x10'"},
        {"batch", "99999999999999999999", "an integer from 1 to 1024, but '99999999999999999999'"},
        {"batch", "[8]", "an integer from 1 to 1024, but a list"},
        {"micro_batch", "0", "an integer of at least 1, or null, but '0'"},
        {"rate", "0", "a number greater than 0, but '0'"},
        {"rate", "inf", "a number greater than 0, but 'inf'"},
        {"rate", "nan", "a number greater than 0, but 'nan'"},
        {"rate", "1e999", "a number greater than 0, but '1e999'"},
        {"rate", "1e", "a number greater than 0, but '1e'"},
        {"rate", "0x1p3", "a number greater than 0, but '0x1p3'"},
        {"dropout", "1", "a number of at least 0 and less than 1, but '1'"},
        {"clip", "{a: 1}", "a number from 0 to 100, or null, but a map"},
        {"shuffle", "1", "true or false, but '1'"},
        {"schedule", "step", "one of constant, linear, cosine, but 'step'"},
        {"name", "[x]", "text, but a list"},
        {"root", "[x]", "a path, but a list"},
        {"weights", "{a: 1}", "a checkpoint (owner/name or a folder) or random, but a map"},
        {"seeds", "40", "a list of integers from 0 to 100, but '40'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = axf_arena_printf(&arena, "%s: %s", cases[i].key, cases[i].value);
        const int column = (int)strlen(cases[i].key) + 3;
        expect_error(text, axf_arena_printf(&arena, "a.yml:1:%d: error: %s of train: expected %s is written\n%s\n%*s^",
                                            column, cases[i].key, cases[i].expected, text, column - 1, ""));
    }
    expect_error("seeds: [1, 101]",
                 "a.yml:1:12: error: seeds of train: expected an integer from 0 to 100, but '101' is "
                 "written\nseeds: [1, 101]\n           ^");
    expect_error("tags: [null]", "a.yml:1:8: error: tags of train: expected text, but 'null' is written\ntags: [null]\n"
                                 "       ^");
    expect_error("schedule: linea",
                 "a.yml:1:11: error: schedule of train: expected one of constant, linear, cosine, but "
                 "'linea' is written; did you mean 'linear'?\nschedule: linea\n          ^");
    expect_error("[1]", "a.yml:1:1: error: train: expected a map of options (key: value)\n[1]\n^");
}
END_TEST

START_TEST(the_null_integer_cannot_be_written)
{
    typedef struct one {
        int64_t x;
    } one;
    static const axf_option row[] = {AXF_INT(one, x, "0", 1, 0, 0, "X.")};
    static const axf_options single = AXF_OPTIONS(one, row);
    one value;
    ck_assert_int_eq(axf_options_parse(&single, parse_yaml("x: -9223372036854775807"), &arena, &value, &context),
                     AXF_OK);
    ck_assert(value.x == INT64_MIN + 1);
    ck_assert_failed(axf_options_parse(&single, parse_yaml("x: -9223372036854775808"), &arena, &value, &context),
                     AXF_ERR_SPEC,
                     "a.yml:1:4: error: x of train: expected an integer, but '-9223372036854775808' is written\n"
                     "x: -9223372036854775808\n   ^");
}
END_TEST

START_TEST(unknown_keys_get_the_closest_name)
{
    expect_error("batch: 8\nshedule: linear\n",
                 "a.yml:2:1: error: train has no option 'shedule'; did you mean 'schedule'?\n"
                 "shedule: linear\n^");
    expect_error("laoder: tir",
                 "a.yml:1:1: error: train has no option 'laoder'; did you mean 'loader'?\nlaoder: tir\n^");
    expect_error("zzzzzz: 1",
                 "a.yml:1:1: error: train has no option 'zzzzzz'; it has batch, micro_batch, rate, dropout, clip, "
                 "shuffle, schedule, name, root, weights, seeds, rates, tags, files, threads, vocabulary, "
                 "loader\nzzzzzz: 1\n^");
}
END_TEST

START_TEST(required_options_must_be_written)
{
    typedef struct one {
        const char *root;
    } one;
    static const axf_option row[] = {AXF_PATH(one, root, NULL, AXF_OPT_REQUIRED, "folder of the posts")};
    static const axf_options single = AXF_OPTIONS(one, row);
    one value;
    ck_assert_failed(axf_options_parse(&single, parse_yaml("{loader: tir}"), &arena, &value, &context), AXF_ERR_SPEC,
                     "a.yml:1:1: error: train needs 'root': folder of the posts\n{loader: tir}\n^");
    ck_assert_failed(axf_options_parse(&single, parse_yaml("root: null"), &arena, &value, &context), AXF_ERR_SPEC,
                     "a.yml:1:7: error: train needs 'root': folder of the posts\nroot: null\n      ^");
    const axf_options_context short_form = {.owner = "loader tir", .where = parse_yaml("tir")};
    ck_assert_failed(axf_options_parse(&single, NULL, &arena, &value, &short_form), AXF_ERR_SPEC,
                     "a.yml:1:1: error: loader tir needs 'root': folder of the posts\ntir\n^");
    ck_assert_int_eq(axf_options_check(&single, "tir"), AXF_OK);
}
END_TEST

START_TEST(options_print_and_read_back)
{
    const train t = parse("{rate: 0.1, clip: null, name: 'no', root: /a b, weights: o/n, seeds: [], tags: ['1', x], "
                          "dropout: 0.30000000000000004, schedule: linear, shuffle: off}");
    axf_strbuf out = {0};
    axf_node_emit(axf_options_node(&table, &t, &arena), 2, &out);
    ck_assert_str_eq(axf_strbuf_text(&out), "  batch: 8\n"
                                            "  micro_batch: null\n"
                                            "  rate: 0.1\n"
                                            "  dropout: 0.30000000000000004\n"
                                            "  clip: null\n"
                                            "  shuffle: false\n"
                                            "  schedule: linear\n"
                                            "  name: \"no\"\n"
                                            "  root: \"/a b\"\n"
                                            "  weights: /models/o/n\n"
                                            "  seeds: []\n"
                                            "  rates: []\n"
                                            "  tags: [\"1\", x]\n"
                                            "  files: []\n"
                                            "  threads: 1\n"
                                            "  vocabulary: null\n");
    const train back = parse(axf_arena_printf(&arena, "%s", axf_strbuf_text(&out)));
    ck_assert(back.dropout == t.dropout && isnan(back.clip) && back.micro_batch == AXF_NULL_INT);
    ck_assert_str_eq(back.name, "no");
    ck_assert_str_eq(((const char *const *)back.tags.items)[0], "1");
    ck_assert_uint_eq(back.seeds.count, 0);
    axf_strbuf_free(&out);
}
END_TEST

START_TEST(options_describe_themselves)
{
    axf_strbuf out = {0};
    axf_options_describe(&table, &out);
    const char *start = "  batch: an integer from 1 to 1024; default 8\n"
                        "      Posts an optimiser step.\n"
                        "  micro_batch: an integer of at least 1, or null; default null\n"
                        "      Posts at a time.\n"
                        "  rate: a number greater than 0; default 1e-5\n";
    ck_assert_msg(strncmp(axf_strbuf_text(&out), start, strlen(start)) == 0, "%s", axf_strbuf_text(&out));
    ck_assert_ptr_nonnull(strstr(axf_strbuf_text(&out), "  name: text; default ''\n"));
    ck_assert_ptr_nonnull(strstr(axf_strbuf_text(&out), "  seeds: a list of integers from 0 to 100; default [40]\n"));
    axf_strbuf_free(&out);
}
END_TEST

static axf_status hash_content(void *self, const char *path, axf_strbuf *out)
{
    ++*(int *)self;
    axf_strbuf_printf(out, "hash(%s)", path);
    return strcmp(path, "/bad") == 0 ? axf_fail(AXF_ERR_IO, "bad") : AXF_OK;
}

static const char *hash_text(const char *text)
{
    const train t = parse(text);
    axf_strbuf out = {0};
    int calls = 0;
    ck_assert_int_eq(axf_options_hash_text(&table, &t, hash_content, &calls, &out), AXF_OK);
    const char *copy = axf_arena_copy(&arena, axf_strbuf_text(&out));
    axf_strbuf_free(&out);
    return copy;
}

START_TEST(the_run_id_takes_what_changes_results)
{
    ck_assert_str_eq(hash_text(NULL), "");
    ck_assert_str_eq(hash_text("{batch: 8, rate: 0.00001, seeds: [40], threads: 4, root: /x, files: [/y]}"), "");
    ck_assert_str_eq(hash_text("{shuffle: no, batch: 16, weights: m, vocabulary: /v, clip: null, tags: [a, '']}"),
                     "batch: 16\nclip: null\nshuffle: false\ntags: [a, \"\"]\nvocabulary: hash(/v)\n"
                     "weights: hash(/models/m)\n");
    const train t = parse("{vocabulary: /bad}");
    axf_strbuf out = {0};
    int calls = 0;
    ck_assert_int_eq(axf_options_hash_text(&table, &t, hash_content, &calls, &out), AXF_ERR_IO);
    axf_strbuf_free(&out);
}
END_TEST

START_TEST(wrong_tables_are_refused)
{
    typedef struct two {
        int64_t a, b;
        int32_t c;
    } two;
    static const char *const none[] = {NULL};
    static const struct {
        axf_option row;
        const char *message;
    } cases[] = {
        {AXF_INT(two, a, "x", 1, 0, 0, "A."),
         "p: the default of option a is wrong: default of a:1:1: error: a of p: expected an "
         "integer, but 'x' is written\nx\n^"},
        {AXF_INT(two, a, "[", 1, 0, 0, "A."), NULL},
        {AXF_INT(two, a, NULL, 1, 0, 0, "A."), "p: option a needs a default"},
        {AXF_INT(two, a, "1", 1, 0, AXF_OPT_REQUIRED, "A."), "p: option a is required and has a default"},
        {AXF_INT(two, a, "1", 1, 0, 0, NULL), "p: option a has no help"},
        {AXF_ENUM(two, c, "x", none, 0, "C."), "p: option c has no choices"},
        {AXF_ENUM(two, c, "linear", schedules, AXF_OPT_NULLABLE, "C."),
         "p: option c is flagged nullable, which only int, real, string and path can be"},
        {{"a", 99, 0, 0, 0, "1", 1, 0, NULL, "A."}, "p: option a has the unknown type 99 (elements 0)"},
        {{"a", AXF_OPT_LIST, AXF_OPT_BOOL, 0, 0, NULL, 1, 0, NULL, "A."},
         "p: option a has the unknown type 7 (elements 3)"},
        {{"a", AXF_OPT_INT, 0, 0, 20, "1", 1, 0, NULL, "A."},
         "p: option a at offset 20 does not fit a struct of 24 bytes"},
        {{"a", AXF_OPT_INT, 0, 0, 24, "1", 1, 0, NULL, "A."},
         "p: option a at offset 24 does not fit a struct of 24 bytes"},
        {{"a b", AXF_OPT_INT, 0, 0, 0, "1", 1, 0, NULL, "A."},
         "p: the name of option 0 must be lower-case letters, digits and _"},
        {{NULL, AXF_OPT_INT, 0, 0, 0, "1", 1, 0, NULL, "A."},
         "p: the name of option 0 must be lower-case letters, digits and _"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const axf_options one = {sizeof(axf_options), sizeof(two), 1, sizeof(axf_option), &cases[i].row};
        ck_assert_int_eq(axf_options_check(&one, "p"), AXF_ERR_PLUGIN);
        if (cases[i].message != NULL) {
            ck_assert_str_eq(axf_error_message(), cases[i].message);
        }
    }
    static const axf_option twice[] = {AXF_INT(two, a, "1", 1, 0, 0, "A."), AXF_INT(two, a, "1", 1, 0, 0, "A.")};
    const axf_options same = AXF_OPTIONS(two, twice);
    ck_assert_failed(axf_options_check(&same, "p"), AXF_ERR_PLUGIN, "p: two options are named a");
    const axf_option shared[] = {twice[0], {"b", AXF_OPT_ENUM, 0, 0, 4, "constant", 1, 0, schedules, "B."}};
    const axf_options overlap = AXF_OPTIONS(two, shared);
    ck_assert_failed(axf_options_check(&overlap, "p"), AXF_ERR_PLUGIN, "p: options a and b share memory");
    ck_assert_int_eq(axf_options_check(&table, "train"), AXF_OK);
}
END_TEST

START_TEST(rows_of_another_size_are_read)
{
    struct wide {
        axf_option row;
        char future[24];
    } wide[2] = {{rows[0], "x"}, {rows[5], "y"}};
    const axf_options grown = {sizeof(axf_options), sizeof(train), 2, sizeof wide[0], &wide[0].row};
    train t;
    ck_assert_int_eq(axf_options_parse(&grown, parse_yaml("{batch: 9, shuffle: no}"), &arena, &t, &context), AXF_OK);
    ck_assert_int_eq(t.batch, 9);
    ck_assert(!t.shuffle);
}
END_TEST

/* ---- where weights lie ---- */

static char *home;

static void setup(void)
{
    home = temp_folder_make();
    ck_assert_int_eq(chdir(home), 0);
    setenv("HOME", home, 1);
    unsetenv("AUXFUSE_MODELS");
    unsetenv("HF_HUB_CACHE");
    unsetenv("HF_HOME");
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    temp_folder_remove(home);
    axf_arena_free(&arena);
}

/* A folder with all above it; its absolute path. */
static const char *folder(const char *name)
{
    char *path = axf_arena_printf(&arena, "%s/%s", home, name);
    for (char *slash = strchr(path + strlen(home) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    mkdir(path, 0755);
    return path;
}

static const char *find(const char *text)
{
    const char *found = NULL;
    const axf_status status = axf_weights_locate(&arena, parse_yaml(text), &found);
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return found;
}

START_TEST(weights_are_found_in_order)
{
    const char *hub = ".cache/huggingface/hub/models--o--n";
    const char *main_commit = folder(axf_arena_printf(&arena, "%s/snapshots/abc123", hub));
    const char *other = folder(axf_arena_printf(&arena, "%s/snapshots/def456", hub));
    folder(axf_arena_printf(&arena, "%s/refs", hub));
    write_text(home, axf_arena_printf(&arena, "%s/refs/main", hub), "abc123\n");
    write_text(home, axf_arena_printf(&arena, "%s/refs/v2", hub), "def456");
    ck_assert_str_eq(find("o/n"), main_commit);
    ck_assert_str_eq(find("o/n@v2"), other);
    ck_assert_str_eq(find("o/n@def456"), other);
    ck_assert_str_eq(axf_weights_commit(find("o/n")), "abc123");
    const char *hf_home = folder("h/hub/models--o--n/snapshots/main");
    setenv("HF_HOME", "h", 1); /* no refs: the revision itself */
    ck_assert_str_eq(find("o/n"), hf_home);
    const char *cache = folder("c/models--o--n/snapshots/main");
    setenv("HF_HUB_CACHE", temp_path(home, "c"), 1);
    ck_assert_str_eq(find("o/n"), cache);
    const char *models = folder("models/o/n");
    ck_assert_str_eq(find("o/n"), models);
    ck_assert_ptr_null(axf_weights_commit(models));
    setenv("AUXFUSE_MODELS", temp_path(home, "m"), 1);
    ck_assert_str_eq(find("o/n"), cache);
    const char *named = folder("m/minilm");
    ck_assert_str_eq(find("minilm"), named);
    const char *path = folder("w");
    ck_assert_str_eq(find("~/w"), path);
    write_text(home, "w/resnet50.pth", "");
    ck_assert_str_eq(find("~/w/resnet50.pth"), axf_arena_printf(&arena, "%s/resnet50.pth", path));
    write_text(home, "m/vit.bin", "");
    ck_assert_str_eq(find("vit.bin"), temp_path(home, "m/vit.bin"));
    ck_assert_str_eq(find(axf_arena_printf(&arena, "%s/w", home)), path);
}
END_TEST

START_TEST(missing_weights_say_where_they_were_looked_for)
{
    const char *found;
    ck_assert_failed(
        axf_weights_locate(&arena, parse_yaml("a: o/n")->items[0], &found), AXF_ERR_SPEC,
        axf_arena_printf(&arena,
                         "a.yml:1:4: error: weights 'o/n' were not found; looked in %s/models/o/n, "
                         "%s/.cache/huggingface/hub/models--o--n/snapshots/main, /specs/o/n; "
                         "tools/fetch-models downloads models, and `random` starts without weights\na: o/n\n   ^",
                         home, home));
    ck_assert_failed(axf_weights_locate(&arena, parse_yaml("a: ../x")->items[0], &found), AXF_ERR_SPEC,
                     "a.yml:1:4: error: weights '../x' were not found; looked in /specs/../x\na: ../x\n   ^");
    const char *hub = "h/models--o--n"; /* a hostile refs/main stays in its folder */
    folder(axf_arena_printf(&arena, "%s/refs", hub));
    folder("h/models--o--n/snapshots");
    write_text(home, axf_arena_printf(&arena, "%s/refs/main", hub), "../../..");
    setenv("HF_HUB_CACHE", temp_path(home, "h"), 1);
    ck_assert_int_eq(axf_weights_locate(&arena, parse_yaml("o/n"), &found), AXF_ERR_SPEC);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "models--o--n/snapshots/main, "));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, defaults_fill_the_struct);
    tcase_add_test(tests, values_are_read_by_their_type);
    tcase_add_test(tests, wrong_values_say_what_was_expected);
    tcase_add_test(tests, the_null_integer_cannot_be_written);
    tcase_add_test(tests, unknown_keys_get_the_closest_name);
    tcase_add_test(tests, required_options_must_be_written);
    tcase_add_test(tests, options_print_and_read_back);
    tcase_add_test(tests, options_describe_themselves);
    tcase_add_test(tests, the_run_id_takes_what_changes_results);
    tcase_add_test(tests, wrong_tables_are_refused);
    tcase_add_test(tests, rows_of_another_size_are_read);
    tcase_add_test(tests, weights_are_found_in_order);
    tcase_add_test(tests, missing_weights_say_where_they_were_looked_for);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
