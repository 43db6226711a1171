/* CSV: what is written reads back; records, columns and errors of the reader. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/csv.h"
#include "files/durable.h"

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

static const struct {
    const char *text, *field, *guarded;
} fields[] = {
    {"", "", ""},
    {"plain text", "plain text", "plain text"},
    {"a,b", "\"a,b\"", "\"a,b\""},
    {"say \"x\"", "\"say \"\"x\"\"\"", "\"say \"\"x\"\"\""},
    {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
    {"a\rb", "\"a\rb\"", "\"a\rb\""},
    {"=1+2", "=1+2", "\"'=1+2\""},
    {"-\"", "\"-\"\"\"", "\"'-\"\"\""},
    {"@x", "@x", "\"'@x\""},
    {"1-2", "1-2", "1-2"},
};
enum { FIELDS = sizeof fields / sizeof *fields };

START_TEST(writes_fields)
{
    for (size_t i = 0; i < FIELDS; i++) {
        axf_strbuf out = {0};
        axf_csv_field(&out, fields[i].text);
        ck_assert_str_eq(axf_strbuf_text(&out), fields[i].field);
        axf_strbuf_clear(&out);
        axf_csv_field_guarded(&out, fields[i].text);
        ck_assert_str_eq(axf_strbuf_text(&out), fields[i].guarded);
        axf_strbuf_free(&out);
    }
}
END_TEST

static axf_status read_text(const char *text, axf_status (*each)(void *, const axf_csv_record *), void *context)
{
    const char *path = temp_path(folder, "t.csv");
    ck_assert_int_eq(axf_durable_write_file(path, text, strlen(text)), AXF_OK);
    return axf_csv_each(path, 1 << 20, each, context);
}

static axf_status compare_fields(void *context, const axf_csv_record *record)
{
    ck_assert_int_eq(record->count, FIELDS);
    ck_assert_int_eq(record->number, ++*(int64_t *)context);
    for (size_t i = 0; i < FIELDS; i++) {
        ck_assert_str_eq(record->fields[i], fields[i].text);
    }
    return AXF_OK;
}

START_TEST(reads_what_it_writes)
{
    axf_strbuf out = {0};
    int64_t records = 0;
    for (int line = 0; line < 50; line++) {
        for (size_t i = 0; i < FIELDS; i++) {
            axf_strbuf_puts(&out, i > 0 ? "," : "");
            axf_csv_field(&out, fields[i].text);
        }
        axf_strbuf_puts(&out, "\n");
    }
    ck_assert_int_eq(read_text(axf_strbuf_text(&out), compare_fields, &records), AXF_OK);
    ck_assert_int_eq(records, 50);
    axf_strbuf_free(&out);
}
END_TEST

/* All fields with the number of the record before them, "1:a,b 2:c". */
static axf_status collect(void *context, const axf_csv_record *record)
{
    axf_strbuf *out = context;
    axf_strbuf_printf(out, "%s%lld:", out->length > 0 ? " " : "", (long long)record->number);
    for (int32_t i = 0; i < record->count; i++) {
        axf_strbuf_printf(out, "%s%s", i > 0 ? "," : "", record->fields[i]);
    }
    return strcmp(record->fields[0], "stop") == 0 ? axf_fail(AXF_ERR_DATA, "stopped") : AXF_OK;
}

START_TEST(reads_records)
{
    static const struct {
        const char *text;
        axf_status status;
        const char *read;
    } cases[] = {
        {"", AXF_OK, ""},
        {"a,b\n", AXF_OK, "1:a,b"},
        {"a,b\r\nc\r\n", AXF_OK, "1:a,b 2:c"},
        {"a\n\n\nb", AXF_OK, "1:a 2:b"}, /* no end of line at the end; empty lines */
        {"a,,\n", AXF_OK, "1:a,,"},
        {"a\nstop,1\nb\n", AXF_ERR_DATA, "1:a 2:stop,1"},
        {"a\n\"b\nc\n", AXF_ERR_FORMAT, "1:a"}, /* a quote that is never closed */
        {"a\nb\"c\n", AXF_ERR_FORMAT, "1:a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_strbuf out = {0};
        ck_assert_msg(read_text(cases[i].text, collect, &out) == cases[i].status, "case %zu", i);
        if (cases[i].status == AXF_ERR_FORMAT) {
            ck_assert_ptr_nonnull(strstr(axf_error_message(), "t.csv: record 2: "));
        }
        ck_assert_str_eq(axf_strbuf_text(&out), cases[i].read);
        axf_strbuf_free(&out);
    }
    ck_assert_int_eq(axf_csv_each(temp_path(folder, "absent"), 9, collect, NULL), AXF_ERR_IO);
    ck_assert_int_eq(axf_csv_each(temp_path(folder, "t.csv"), 3, collect, NULL), AXF_ERR_FORMAT);
}
END_TEST

START_TEST(finds_columns)
{
    const char *names[] = {"id", "target", "id"};
    const axf_csv_record header = {"t.csv", 1, names, 3};
    ck_assert_int_eq(axf_csv_index(&header, "id"), 0);
    ck_assert_int_eq(axf_csv_index(&header, "target"), 1);
    ck_assert_int_eq(axf_csv_index(&header, "targe"), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, writes_fields);
    tcase_add_test(tests, reads_what_it_writes);
    tcase_add_test(tests, reads_records);
    tcase_add_test(tests, finds_columns);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
