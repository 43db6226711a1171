/* CSV as the loaders read it, and text as Python prints it: against Python, and on hostile bytes. */
#include "common/datasets/csv_rows.h"
#include "common/text/python.h"
#include "core/arena.h"
#include "core/error.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A host whose only file is in memory. */
typedef struct memory_host {
    axf_host host;
    axf_arena arena;
    const char *bytes;
    size_t size;
} memory_host;

static axf_status host_fail(const axf_host *host, axf_status status, const char *format, ...)
{
    (void)host;
    va_list arguments;
    va_start(arguments, format);
    axf_fail_v(status, format, arguments);
    va_end(arguments);
    return status;
}

static void *host_allocate(const axf_host *host, size_t size)
{
    return axf_arena_alloc(&((memory_host *)host->context)->arena, size);
}

static axf_status host_read_file(const axf_host *host, const char *path, size_t limit, char **bytes, size_t *size)
{
    memory_host *memory = host->context;
    (void)path;
    ck_assert_uint_le(memory->size, limit);
    *bytes = axf_arena_copy_n(&memory->arena, memory->bytes, memory->size);
    *size = memory->size;
    return AXF_OK;
}

static void open_host(memory_host *memory, const char *bytes, size_t size)
{
    *memory = (memory_host){.host = {.struct_size = sizeof memory->host,
                                     .context = memory,
                                     .fail = host_fail,
                                     .allocate = host_allocate,
                                     .read_file = host_read_file},
                            .bytes = bytes,
                            .size = size};
}

static axf_status keep_row(void *context, const axf_csv_row *row)
{
    json_t *fields = json_array();
    for (int32_t i = 0; i < row->count; i++) {
        json_array_append_new(fields, json_stringn(row->field[i], row->length[i]));
    }
    json_array_append_new(context, fields);
    return AXF_OK;
}

static axf_status read_rows(const char *text, size_t size, int dialect, json_t **rows)
{
    memory_host memory;
    open_host(&memory, text, size);
    *rows = json_array();
    const axf_status status = axf_csv_read(&memory.host, "odd.csv", dialect, keep_row, keep_row, *rows);
    axf_arena_free(&memory.arena);
    return status;
}

static json_t *golden(const char *section)
{
    static json_t *root;
    json_error_t error;
    root = root != NULL ? root : json_load_file(AXF_SOURCE_DIR "/tests/golden/python_text.json", 0, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    json_t *cases = json_object_get(root, section);
    ck_assert_uint_gt(json_array_size(cases), 20);
    return cases;
}

START_TEST(csv_is_read_as_python_reads_it)
{
    size_t index;
    json_t *one, *rows;
    json_array_foreach(golden("csv"), index, one)
    {
        const json_t *expected = json_object_get(one, "rows");
        const char *text = json_string_value(json_object_get(one, "in"));
        const axf_status status = read_rows(text, strlen(text), AXF_CSV_PYTHON, &rows);
        ck_assert_int_eq(status, json_array_size(expected) > 0 ? AXF_OK : AXF_ERR_FORMAT);
        char *got = json_dumps(rows, 0), *wanted = json_dumps(expected, 0);
        ck_assert_msg(strcmp(got, wanted) == 0, "%s: %s, Python has %s", text, got, wanted);
        free(got);
        free(wanted);
        json_decref(rows);
    }
}
END_TEST

static void expect_rows(const char *text, int dialect, const char *expected)
{
    json_t *rows;
    const axf_status status = read_rows(text, strlen(text), dialect, &rows);
    char *got = json_dumps(rows, JSON_COMPACT);
    if (status == AXF_OK) {
        ck_assert_str_eq(got, expected);
    } else {
        ck_assert_msg(strstr(axf_error_message(), expected) != NULL, "'%s' for '%s'", axf_error_message(), expected);
    }
    free(got);
    json_decref(rows);
}

START_TEST(csv_by_the_rules)
{
    expect_rows("a,b\n1,\"x \"\"y\"\", z\"\r\n", AXF_CSV_STANDARD, "[[\"a\",\"b\"],[\"1\",\"x \\\"y\\\", z\"]]");
    expect_rows("\xEF\xBB\xBFid\n\n7", AXF_CSV_STANDARD, "[[\"id\"],[\"7\"]]");
    expect_rows("a\nsay \"hi\"\n", AXF_CSV_STANDARD, "[[\"a\"],[\"say \\\"hi\\\"\"]]");
    expect_rows("a\n\"two\nlines\"\n", AXF_CSV_STANDARD, "[[\"a\"],[\"two\\nlines\"]]");
    expect_rows("a\n1\n\"x\" y\n", AXF_CSV_STANDARD, "odd.csv:3: byte 4 of the line: text behind a closing quote");
    expect_rows("a\n1\n\"x\ny\n", AXF_CSV_STANDARD, "odd.csv:3: a quote that is never closed");
    expect_rows("a\n1\nx\xC3(\n", AXF_CSV_STANDARD, "odd.csv:3: byte 2 of the line (0xc3) is not UTF-8 text");
    expect_rows("a,b\n\"x \\\"y\\\", z\",\"\\\\\"\n", AXF_CSV_BACKSLASH,
                "[[\"a\",\"b\"],[\"x \\\"y\\\", z\",\"\\\\\"]]");
    expect_rows("a\n\"x\\\"\n", AXF_CSV_BACKSLASH, "odd.csv:2: a quote that is never closed");
    expect_rows("", AXF_CSV_STANDARD, "odd.csv: empty: a header line was expected");
    json_t *rows;
    ck_assert_int_eq(read_rows("a\nx\0y\n", 6, AXF_CSV_STANDARD, &rows), AXF_ERR_FORMAT);
    json_decref(rows);
}
END_TEST

static char *from_hex(const char *hex, size_t *size)
{
    *size = strlen(hex) / 2;
    char *bytes = malloc(*size + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < *size; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(pair, NULL, 16);
    }
    return bytes;
}

static void check_literals(const char *section, int bytes)
{
    size_t index;
    json_t *one;
    json_array_foreach(golden(section), index, one)
    {
        const char *text = json_string_value(json_object_get(one, "in"));
        const json_t *value = json_object_get(one, "out");
        char *out = malloc(strlen(text) + 1), *expected = NULL;
        size_t length, size = json_string_length(value);
        ck_assert_ptr_nonnull(out);
        const size_t taken = axf_python_string(text, strlen(text), bytes, out, &length);
        /* A literal that ends early is one for us: text behind it is the caller's matter. */
        const int whole = taken == strlen(text);
        ck_assert_msg(whole == json_is_string(value), "%s: %zu bytes taken", text, taken);
        if (whole) {
            expected = bytes ? from_hex(json_string_value(value), &size) : strdup(json_string_value(value));
            ck_assert_msg(length == size && memcmp(out, expected, size) == 0, "%s: %.*s", text, (int)length, out);
        }
        free(expected);
        free(out);
    }
}

START_TEST(literals_are_what_python_has)
{
    check_literals("strings", 0);
    check_literals("bytes", 1);
}
END_TEST

START_TEST(bytes_are_printed_as_python_prints_them)
{
    size_t index;
    json_t *one;
    json_array_foreach(golden("printed"), index, one)
    {
        size_t size;
        char *bytes = from_hex(json_string_value(json_object_get(one, "hex")), &size), *out = malloc(4 * size + 4);
        ck_assert_ptr_nonnull(out);
        const size_t length = axf_python_bytes(bytes, size, out);
        ck_assert_str_eq(out, json_string_value(json_object_get(one, "out")));
        ck_assert_uint_eq(length, strlen(out));
        free(bytes);
        free(out);
    }
}
END_TEST

START_TEST(words_are_between_pythons_blanks)
{
    static const char *const candidates[] = {"a", "b", "ab", "ba", "aa"};
    size_t index, at;
    json_t *one, *word;
    json_array_foreach(golden("split"), index, one)
    {
        const char *text = json_string_value(json_object_get(one, "in"));
        for (size_t k = 0; k < sizeof candidates / sizeof candidates[0]; k++) {
            const char *const words[] = {candidates[k], NULL};
            int expected = 0;
            json_array_foreach(json_object_get(one, "words"), at, word)
            {
                expected |= strcmp(json_string_value(word), candidates[k]) == 0;
            }
            ck_assert_msg(axf_python_has_word(text, strlen(text), words) == expected, "'%s' in '%s'", candidates[k],
                          text);
        }
    }
}
END_TEST

/* Nothing but an error or rows may come of any bytes; the sanitizers look on. */
START_TEST(any_bytes_are_survived)
{
    static const char alphabet[] = "\"\",,\n\r\\ab'x4\xC3\xA9\xFF";
    uint32_t state = 7;
    for (int round = 0; round < 6000; round++) {
        char text[24], out[4 * sizeof text + 4];
        json_t *rows;
        size_t size = (size_t)round % sizeof text, length;
        for (size_t i = 0; i < size; i++) {
            state = state * 1664525u + 1013904223u;
            text[i] = alphabet[(state >> 16) % (sizeof alphabet - 1)];
        }
        char *exact = malloc(size + 1); /* so that a read behind the end is seen */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, size);
        exact[size] = '\0';
        const axf_status status = read_rows(exact, size, round % 3, &rows);
        ck_assert(status == AXF_OK || status == AXF_ERR_FORMAT);
        json_decref(rows);
        ck_assert_uint_le(axf_python_string(exact, size, round & 1, out, &length), size);
        ck_assert_uint_le(length, size);
        ck_assert_uint_le(axf_python_bytes(exact, size, out), 4 * size + 3);
        free(exact);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("datasets");
    TCase *cases = tcase_create("datasets");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, csv_is_read_as_python_reads_it);
    tcase_add_test(cases, csv_by_the_rules);
    tcase_add_test(cases, literals_are_what_python_has);
    tcase_add_test(cases, bytes_are_printed_as_python_prints_them);
    tcase_add_test(cases, words_are_between_pythons_blanks);
    tcase_add_test(cases, any_bytes_are_survived);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
