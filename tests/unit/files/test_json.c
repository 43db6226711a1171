/* JSON files: what is written reads back, places of errors, keys that occur twice, exact numbers. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/json.h"
#include "files/read.h"

#include <float.h>
#include <math.h>

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

START_TEST(writes_and_reads)
{
    const char *path = temp_path(folder, "a.json");
    char *text;
    size_t length;
    json_t *root = json_pack("{s:f, s:[i, s]}", "third", 1.0 / 3, "list", 1, "\u00e4"), *read;
    ck_assert_int_eq(axf_json_write(path, root, 4), AXF_OK);
    ck_assert_int_eq(axf_read_file(path, 1000, &text, &length), AXF_OK);
    ck_assert_str_eq(text, "{\n  \"third\": 0.3333,\n  \"list\": [\n    1,\n    \"\u00e4\"\n  ]\n}\n");
    free(text);
    ck_assert_int_eq(axf_json_write(path, root, 17), AXF_OK);
    ck_assert_int_eq(axf_json_read(path, 1000, &read), AXF_OK);
    ck_assert(json_equal(root, read));
    json_decref(read);
    ck_assert_int_eq(axf_json_read(path, 10, &read), AXF_ERR_FORMAT);
    ck_assert_ptr_null(read);
    ck_assert_int_eq(axf_json_read(temp_path(folder, "absent"), 10, &read), AXF_ERR_IO);
    ck_assert_int_eq(axf_json_write(temp_path(folder, "absent/a.json"), root, 17), AXF_ERR_IO);
    json_decref(root);
    /* Nothing is written when there is no value. */
    ck_assert_int_eq(axf_json_write(path, json_pack("{s:s}", "a", "\xff"), 17), AXF_ERR_INTERNAL);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "a.json: "));
    ck_assert_int_eq(axf_json_read(path, 1000, &root), AXF_OK);
    json_decref(root);
}
END_TEST

START_TEST(errors_have_a_place)
{
    static const struct {
        const char *text;
        uint32_t line, column;
    } cases[] = {{"{\"a\": 1,\n \"b\": x}", 2, 7}, {"", 1, 0}, {"{\"a\": 1}\n,", 2, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *root;
        ck_assert_int_eq(axf_json_parse("x.json", cases[i].text, strlen(cases[i].text), &root), AXF_ERR_FORMAT);
        ck_assert_ptr_null(root);
        const axf_error *error = axf_error_get();
        ck_assert_str_eq(error->file, "x.json");
        ck_assert_uint_eq(error->line, cases[i].line);
        ck_assert_uint_eq(error->column, cases[i].column);
        ck_assert_int_eq(strncmp(error->text, "not JSON: ", 10), 0);
    }
}
END_TEST

START_TEST(a_key_stands_once)
{
    static const char text[] = "{\"a\": 1, \"a\": 2}";
    json_t *root;
    ck_assert_int_eq(axf_json_parse("x.json", text, sizeof text - 1, &root), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "duplicate"));
}
END_TEST

START_TEST(numbers_come_back_to_the_bit)
{
    static const double values[] = {0, -0.0, 1.0 / 3, DBL_MIN, DBL_TRUE_MIN, DBL_MAX, -1e-300, INFINITY};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        json_t *json = axf_json_exact(values[i]);
        const double back = axf_json_exact_value(json);
        ck_assert_int_eq(memcmp(&back, &values[i], sizeof back), 0);
        json_decref(json);
    }
    ck_assert_double_eq(axf_json_exact_value(NULL), 0);
    json_t *real = json_real(2);
    ck_assert_double_eq(axf_json_exact_value(real), 0);
    json_decref(real);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, writes_and_reads);
    tcase_add_test(tests, errors_have_a_place);
    tcase_add_test(tests, a_key_stands_once);
    tcase_add_test(tests, numbers_come_back_to_the_bit);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
