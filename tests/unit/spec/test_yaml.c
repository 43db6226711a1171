/* YAML to nodes: positions, messages with excerpt and caret, limits, hostile text, and the way back to text. */
#include "core/error.h"
#include "core/strbuf.h"
#include "spec/emit.h"
#include "spec/yaml.h"

#include "temp_folder.h"

static axf_arena arena;

static axf_status parse_n(const char *text, size_t length, const axf_node **root)
{
    axf_source *source = axf_arena_alloc(&arena, sizeof *source);
    *source = (axf_source){.name = "a.yml", .folder = "/specs", .length = length};
    source->text = axf_arena_copy_n(&arena, text, length);
    return axf_yaml_parse(&arena, source, root);
}

static const axf_node *parse(const char *text)
{
    const axf_node *root = NULL;
    const axf_status status = parse_n(text, strlen(text), &root);
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    return root;
}

static void expect_error_n(const char *text, size_t length, const char *message)
{
    const axf_node *root = NULL;
    ck_assert_int_eq(parse_n(text, length, &root), AXF_ERR_SPEC);
    ck_assert_str_eq(axf_error_message(), message);
}

static void expect_error(const char *text, const char *message)
{
    expect_error_n(text, strlen(text), message);
}

static void expect_error_start(const char *text, const char *start)
{
    const axf_node *root = NULL;
    ck_assert_int_eq(parse_n(text, strlen(text), &root), AXF_ERR_SPEC);
    ck_assert_msg(strncmp(axf_error_message(), start, strlen(start)) == 0, "%s", axf_error_message());
}

START_TEST(nodes_know_where_they_were_written)
{
    const axf_node *root = parse("train:\n  batch: 8\n  groups: [x, 'y']\n");
    const axf_node *train = axf_node_get(root, "train");
    const axf_node *batch = axf_node_get(train, "batch"), *groups = axf_node_get(train, "groups");
    ck_assert_int_eq(root->kind, AXF_NODE_MAP);
    ck_assert_uint_eq(train->keys[0]->line, 2);
    ck_assert_uint_eq(train->keys[0]->column, 3);
    ck_assert_str_eq(batch->text, "8");
    ck_assert_uint_eq(batch->line, 2);
    ck_assert_uint_eq(batch->column, 10);
    ck_assert(!batch->quoted);
    ck_assert_int_eq(groups->kind, AXF_NODE_LIST);
    ck_assert_uint_eq(groups->count, 2);
    ck_assert(!groups->items[0]->quoted && groups->items[1]->quoted);
    ck_assert_str_eq(axf_node_where(&arena, groups->items[1]), "a.yml:3:15");
    ck_assert_ptr_null(axf_node_get(root, "model"));
    ck_assert_ptr_null(axf_node_get(batch, "x"));
}
END_TEST

START_TEST(null_is_hidden_from_get_and_quoted_null_is_text)
{
    const axf_node *root = parse("a: null\nb: ~\nc: 'null'\nd: \"~\"\n");
    ck_assert_ptr_null(axf_node_get(root, "a"));
    ck_assert_ptr_null(axf_node_get(root, "b"));
    ck_assert_str_eq(axf_node_get(root, "c")->text, "null");
    ck_assert_str_eq(axf_node_get(root, "d")->text, "~");
    ck_assert_int_eq(axf_node_index(root, "a"), 0);
}
END_TEST

START_TEST(failures_show_line_and_caret)
{
    const axf_node *root = parse("name: x\ntext: {encoder: bert, größe: 3}\n");
    const axf_node *value = axf_node_get(axf_node_get(root, "text"), "größe");
    ck_assert_int_eq(axf_node_fail(value, "too %s", "small"), AXF_ERR_SPEC);
    ck_assert_str_eq(axf_error_message(), "a.yml:2:30: error: too small\n"
                                          "text: {encoder: bert, größe: 3}\n"
                                          "                             ^");
    axf_node_fail(NULL, "nowhere");
    ck_assert_str_eq(axf_error_message(), "nowhere");
}
END_TEST

START_TEST(excerpts_are_cut_and_made_safe)
{
    const axf_node *root = parse("a: \"\\e[31m\"\n");
    axf_node_fail(axf_node_get(root, "a"), "bad '%s'", axf_node_get(root, "a")->text);
    ck_assert_str_eq(axf_error_message(), "a.yml:1:4: error: bad '\\x1b[31m'\na: \"\\e[31m\"\n   ^");
    root = parse("a: x \xe2\x80\xae y\r\nb: 1\n"); /* a direction override; \r\n is one break */
    axf_node_fail(axf_node_get(root, "a"), "bad");
    ck_assert_str_eq(axf_error_message(), "a.yml:1:4: error: bad\na: x \\u{202e} y\n   ^");
    axf_node_fail(axf_node_get(root, "b"), "bad");
    ck_assert_str_eq(axf_error_message(), "a.yml:2:4: error: bad\nb: 1\n   ^");
    char text[1100] = "[";
    for (int i = 0; i < 500; i++) {
        strcat(text, "a,");
    }
    strcat(text, "b]");
    root = parse(text);
    axf_node_fail(root->items[500], "bad");
    const char *line = strchr(axf_error_message(), '\n') + 1, *caret = strchr(line, '\n') + 1;
    ck_assert_msg(strlen(axf_error_message()) < 300, "%s", axf_error_message());
    ck_assert_int_eq(line[strlen(caret) - 1], 'b');
}
END_TEST

START_TEST(grammar_errors_have_positions)
{
    expect_error("a: [1, 2\nb: 3\n",
                 "a.yml:2:2: error: while parsing a flow sequence: did not find expected ',' or ']'\n"
                 "b: 3\n ^");
    expect_error("a:\n\tb: 1\n",
                 "a.yml:2:1: error: a tab is not allowed here: YAML is indented with spaces\n\\tb: 1\n^");
    expect_error("a: @x\n",
                 "a.yml:1:4: error: while scanning for the next token: found character that cannot start any "
                 "token\na: @x\n   ^");
}
END_TEST

START_TEST(what_yaml_allows_and_a_spec_does_not)
{
    expect_error("a: 1\nb: 2\na: 3\n", "a.yml:3:1: error: key 'a' is written twice, first in line 1\na: 3\n^");
    expect_error("a: 1\n---\nb: 2\n",
                 "a.yml:2:1: error: a second document starts here: a spec is one document\n---\n^");
    expect_error("a: 1\nlosses:\n  itc:\n",
                 "a.yml:3:7: error: nothing is written here: write {} for defaults, null for "
                 "no value, '' for empty text\n  itc:\n      ^");
    expect_error("", "a.yml:1:1: error: nothing is written here\n\n^");
    expect_error("# only this\n", "a.yml:1:1: error: nothing is written here\n# only this\n^");
    expect_error("'': 1\n", "a.yml:1:1: error: a key is empty\n'': 1\n^");
    expect_error("[a, b]: 1\n",
                 "a.yml:1:1: error: a key must be plain text, not a list, a map or an alias\n[a, b]: 1\n^");
    expect_error("a: !!int 3\n",
                 "a.yml:1:4: error: tags such as tag:yaml.org,2002:int are not supported: each option knows its "
                 "own type\na: !!int 3\n   ^");
    expect_error("a: &x {b: 1}\nc: {<<: *x}\n",
                 "a.yml:2:5: error: merge keys (<<) are not supported: use extends, or an alias as "
                 "a whole value\nc: {<<: *x}\n    ^");
}
END_TEST

START_TEST(aliases_stand_for_what_is_complete)
{
    const axf_node *root = parse("a: &x {b: 1}\nc: *x\nd: &x [2]\ne: *x\n");
    ck_assert_ptr_eq(axf_node_get(root, "a"), axf_node_get(root, "c"));
    ck_assert_int_eq(axf_node_get(root, "e")->kind, AXF_NODE_LIST); /* an anchor may be set anew */
    expect_error("a: *x\n", "a.yml:1:4: error: alias *x: there is no anchor &x before it\na: *x\n   ^");
    expect_error("&a a: &x {b: [*x]}\n",
                 "a.yml:1:15: error: alias *x is inside the node that it names\n&a a: &x {b: [*x]}\n"
                 "              ^");
}
END_TEST

START_TEST(a_billion_laughs_are_refused)
{
    axf_strbuf text = {0};
    axf_strbuf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        axf_strbuf_printf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++) {
            axf_strbuf_printf(&text, "%s*a%d", j > 0 ? ", " : "", i - 1);
        }
        axf_strbuf_puts(&text, "]\n");
    }
    /* 1 + 12 + 112 + 1112 + 11112 + 2 nodes, and the eighth 11111 do not fit */
    expect_error_start(axf_strbuf_text(&text),
                       "a.yml:5:45: error: there are more than 100000 nodes after aliases are expanded\n");
    axf_strbuf_free(&text);
}
END_TEST

START_TEST(nodes_are_counted)
{
    axf_strbuf text = {0};
    axf_strbuf_puts(&text, "[");
    for (int i = 0; i < 99999; i++) {
        axf_strbuf_puts(&text, "x,");
    }
    const size_t most = text.length;
    axf_strbuf_puts(&text, "]");
    ck_assert_uint_eq(parse(axf_strbuf_text(&text))->count, 99999);
    text.length = most;
    axf_strbuf_puts(&text, "x]");
    expect_error_start(axf_strbuf_text(&text),
                       "a.yml:1:200000: error: there are more than 100000 nodes after aliases are expanded\n");
    axf_strbuf_free(&text);
}
END_TEST

START_TEST(depth_is_limited_with_and_without_aliases)
{
    char text[4096] = "";
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    parse(text);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    expect_error_start(text, "a.yml:1:65: error: lists and maps are nested deeper than 64 levels\n");
    memset(text, '[', 4000);
    expect_error_start(text, "a.yml:1:65: error: lists and maps are nested deeper than 64 levels\n");
    /* 33 levels in the alias and 32 around it */
    char alias[256] = "a: &x ";
    memset(alias + 6, '[', 33);
    memset(alias + 39, ']', 33);
    strcpy(alias + 72, "\nb: ");
    memset(alias + 76, '[', 30);
    strcpy(alias + 106, "*x");
    memset(alias + 108, ']', 30);
    parse(alias); /* 1 + 30 + 33 */
    memset(alias + 76, '[', 31);
    strcpy(alias + 107, "*x");
    memset(alias + 109, ']', 31);
    alias[140] = '\0';
    ck_assert(strstr(alias, "\nb: [") != NULL);
    expect_error(
        alias, axf_arena_printf(&arena, "a.yml:2:35: error: lists and maps are nested deeper than 64 levels\n%s\n%34s^",
                                strchr(alias, '\n') + 1, ""));
}
END_TEST

START_TEST(keys_and_anchors_are_limited)
{
    axf_strbuf text = {0};
    for (int i = 0; i < 1000; i++) {
        axf_strbuf_printf(&text, "k%d: 1\n", i);
    }
    parse(axf_strbuf_text(&text));
    axf_strbuf_puts(&text, "more: 1\n");
    expect_error_start(axf_strbuf_text(&text), "a.yml:1001:1: error: the map has more than 1000 keys\nmore: 1\n^");
    axf_strbuf_clear(&text);
    for (int i = 0; i < 1001; i++) {
        axf_strbuf_puts(&text, "- &a x\n");
    }
    expect_error_start(axf_strbuf_text(&text), "a.yml:1001:3: error: there are more than 1000 anchors\n");
    axf_strbuf_clear(&text);
    for (int i = 0; i < AXF_YAML_MAX_KEY; i++) {
        axf_strbuf_putc(&text, 'k');
    }
    axf_strbuf key = {0};
    axf_strbuf_printf(&key, "%s: 1", axf_strbuf_text(&text));
    parse(axf_strbuf_text(&key));
    axf_strbuf_clear(&key);
    axf_strbuf_printf(&key, "a: 1\n? k%s\n: 1", axf_strbuf_text(&text)); /* YAML itself sets no limit to these */
    expect_error_start(axf_strbuf_text(&key), "a.yml:2:3: error: the key has more than 160 bytes\n");
    axf_strbuf_free(&key);
    axf_strbuf_free(&text);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused)
{
    expect_error_n("a: 1\nb: x\0y\n", 12,
                   "a.yml:2:5: error: control characters are not allowed (the file must be UTF-8 "
                   "text)\nb: x\\x00y\n    ^");
    expect_error("a: \"x\\0y\"\n", "a.yml:1:4: error: the text has a NUL character in it\na: \"x\\0y\"\n   ^");
    expect_error("ä: \xff\n",
                 "a.yml:1:4: error: invalid leading UTF-8 octet (the file must be UTF-8 text)\nä: \\xff\n   ^");
    expect_error("a: \xc3(\n", "a.yml:1:5: error: invalid trailing UTF-8 octet (the file must be UTF-8 text)\n"
                               "a: \\xc3(\n       ^");
    expect_error("a: \xed\xa0\x80\n", "a.yml:1:4: error: invalid Unicode character (the file must be UTF-8 text)\n"
                                      "a: \\xed\\xa0\\x80\n   ^");
    const axf_node *root;
    ck_assert_int_eq(parse_n("\xff\xfe"
                             "a\0:\0",
                             6, &root),
                     AXF_ERR_SPEC); /* UTF-16 */
}
END_TEST

static const char *file(const char *folder, const char *text, size_t length)
{
    const char *path = temp_path(folder, "x.yml");
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(text, 1, length, out), length);
    fclose(out);
    return path;
}

START_TEST(files_are_read)
{
    char *folder = temp_folder_make();
    const axf_node *root;
    const char *path = file(folder,
                            "\xef\xbb\xbf"
                            "a: b\n",
                            8);
    ck_assert_int_eq(axf_yaml_read(&arena, path, "shown.yml", &root), AXF_OK);
    ck_assert_str_eq(axf_node_where(&arena, root->keys[0]), "shown.yml:1:1");
    ck_assert_str_eq(root->source->folder, folder);
    ck_assert_int_eq(axf_yaml_read(&arena, "/nowhere/x.yml", "x.yml", &root), AXF_ERR_IO);
    ck_assert_str_eq(axf_error_message(), "cannot read '/nowhere/x.yml': No such file or directory");
    ck_assert_int_eq(axf_yaml_read(&arena, folder, folder, &root), AXF_ERR_IO);
    ck_assert_str_eq(axf_error_message(),
                     axf_arena_printf(&arena, "cannot read '%s': it is not a regular file", folder));
    char *large = malloc(2 << 20);
    memset(large, 'x', 2 << 20);
    path = file(folder, large, 2 << 20);
    ck_assert_int_eq(axf_yaml_read(&arena, path, "large.yml", &root), AXF_ERR_FORMAT);
    ck_assert_str_eq(axf_error_message(),
                     axf_arena_printf(&arena, "'%s' has 2097152 bytes, more than the limit of 1048576", path));
    temp_folder_remove(folder);
    free(large);
}
END_TEST

static const char *yaml_text(const axf_node *node)
{
    axf_strbuf out = {0};
    axf_node_emit(node, 0, &out);
    const char *text = axf_arena_copy(&arena, axf_strbuf_text(&out));
    axf_strbuf_free(&out);
    return text;
}

START_TEST(emitted_text_is_canonical)
{
    const axf_node *root =
        parse("{a: {b: [1, 'x y', \"2\"], c: {}}, d: [{e: 1, f: ~}, [g, []], [[x]]], h: 'no', i: no}");
    ck_assert_str_eq(yaml_text(root), "a:\n"
                                      "  b: [1, \"x y\", \"2\"]\n"
                                      "  c: {}\n"
                                      "d:\n"
                                      "  - e: 1\n"
                                      "    f: null\n"
                                      "  - - g\n"
                                      "    - []\n"
                                      "  - - [x]\n"
                                      "h: \"no\"\n"
                                      "i: no\n");
}
END_TEST

START_TEST(emitted_text_reads_back_equal)
{
    static const char *const texts[] = {
        "null",
        "~",
        "x: y",
        "a # b",
        "- a",
        "-1",
        "1e-5",
        "..",
        "...",
        "---",
        "@x",
        "%x",
        "*x",
        "&x",
        "!x",
        "a\nb",
        " a",
        "a ",
        "\"",
        "'",
        "\\",
        "{",
        "[",
        "a,b",
        "?",
        "? a",
        ":",
        "a:",
        "|",
        ">",
        "~/x",
        "=",
        "<<",
        "ü",
        "\x01",
        "\x7f",
        "\t",
        "\r",
        "\xc2\x85",
        "😀",
        "0x10",
        "true",
        "-.5",
        "a;b",
        "`",
        "#",
        "a#b",
        "x|y",
        "a&b",
        "${X}/y",
        "\xe2\x80\xa8",
        "\xef\xbb\xbf",
        "\xef\xbf\xbe",
        "-x",
        "- ",
        "$x",
        "(x)",
        "^",
        "y",
        ".5",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (int quoted = 0; quoted < 2; quoted++) {
            axf_node *list = axf_node_list(&arena, NULL), *map = axf_node_map(&arena, NULL);
            const axf_node *scalar = axf_node_scalar(&arena, NULL, texts[i], quoted);
            axf_node_append(&arena, list, scalar);
            axf_node_append(&arena, list, map);
            axf_node_set_text(&arena, map, texts[i], scalar);
            const axf_node *back = parse(yaml_text(list));
            ck_assert_str_eq(back->items[0]->text, axf_node_is_null(scalar) ? "null" : texts[i]);
            ck_assert(axf_node_is_null(back->items[0]) == axf_node_is_null(scalar));
            ck_assert_str_eq(back->items[1]->keys[0]->text, texts[i]);
            ck_assert_str_eq(yaml_text(back), yaml_text(list));
        }
    }
}
END_TEST

START_TEST(json_keeps_what_json_can_say)
{
    axf_strbuf out = {0};
    axf_node_json(
        parse("{a: 1e-5, b: '1', c: 007, d: .5, e: true, f: yes, g: ~, h: [x, \"q\\\"\\n\\x01\"], i: {}, j: -0.50, "
              "k: 1., l: +1, \"m\\L\": 1}"),
        &out);
    ck_assert_str_eq(
        axf_strbuf_text(&out),
        "{\"a\": 1e-5, \"b\": \"1\", \"c\": \"007\", \"d\": \".5\", \"e\": true, \"f\": \"yes\", \"g\": null, "
        "\"h\": [\"x\", \"q\\\"\\n\\u0001\"], \"i\": {}, \"j\": -0.50, \"k\": \"1.\", \"l\": \"+1\", "
        "\"m\xe2\x80\xa8\": 1}");
    axf_strbuf_free(&out);
}
END_TEST

static void teardown(void)
{
    axf_arena_free(&arena);
}

int main(void)
{
    Suite *suite = suite_create("yaml");
    TCase *tests = tcase_create("yaml");
    tcase_add_checked_fixture(tests, NULL, teardown);
    tcase_add_test(tests, nodes_know_where_they_were_written);
    tcase_add_test(tests, null_is_hidden_from_get_and_quoted_null_is_text);
    tcase_add_test(tests, failures_show_line_and_caret);
    tcase_add_test(tests, excerpts_are_cut_and_made_safe);
    tcase_add_test(tests, grammar_errors_have_positions);
    tcase_add_test(tests, what_yaml_allows_and_a_spec_does_not);
    tcase_add_test(tests, aliases_stand_for_what_is_complete);
    tcase_add_test(tests, a_billion_laughs_are_refused);
    tcase_add_test(tests, nodes_are_counted);
    tcase_add_test(tests, depth_is_limited_with_and_without_aliases);
    tcase_add_test(tests, keys_and_anchors_are_limited);
    tcase_add_test(tests, bytes_that_are_no_text_are_refused);
    tcase_add_test(tests, files_are_read);
    tcase_add_test(tests, emitted_text_is_canonical);
    tcase_add_test(tests, emitted_text_reads_back_equal);
    tcase_add_test(tests, json_keeps_what_json_can_say);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
