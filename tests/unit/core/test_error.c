/* Errors: their members, the words made of them, context, threads. */
#include "temp_folder.h"

#include "core/error.h"

#include <errno.h>
#include <pthread.h>

static void check_error(axf_status status, const char *file, uint32_t line, uint32_t column, const char *text,
                        const char *context)
{
    const axf_error *error = axf_error_get();
    ck_assert_int_eq(error->status, status);
    ck_assert_str_eq(error->file, file);
    ck_assert_uint_eq(error->line, line);
    ck_assert_uint_eq(error->column, column);
    ck_assert_str_eq(error->text, text);
    ck_assert_str_eq(error->context, context);
}

START_TEST(keeps_the_members_apart)
{
    axf_error_clear();
    check_error(AXF_OK, "", 0, 0, "", "");
    ck_assert_str_eq(axf_error_message(), "");
    ck_assert_int_eq(axf_fail(AXF_ERR_DATA, "post %d", 7), AXF_ERR_DATA);
    check_error(AXF_ERR_DATA, "", 0, 0, "post 7", "");
    ck_assert_str_eq(axf_error_message(), "post 7");
    ck_assert_int_eq(axf_fail_at(AXF_ERR_FORMAT, "a.json", 3, 4, "not JSON: %s", "x"), AXF_ERR_FORMAT);
    check_error(AXF_ERR_FORMAT, "a.json", 3, 4, "not JSON: x", "");
    ck_assert_str_eq(axf_error_message(), "a.json:3:4: error: not JSON: x");
    axf_fail_at(AXF_ERR_FORMAT, "a.json", 0, 0, "empty");
    ck_assert_str_eq(axf_error_message(), "a.json: error: empty");
    axf_fail_excerpt(AXF_ERR_SPEC, "a.yml", 1, 2, "a: b\n ^", "100 %s");
    ck_assert_str_eq(axf_error_message(), "a.yml:1:2: error: 100 %s\na: b\n ^");
    ck_assert_str_eq(axf_error_get()->excerpt, "a: b\n ^");
    axf_fail(AXF_ERR_IO, "later");
    check_error(AXF_ERR_IO, "", 0, 0, "later", "");
    ck_assert_str_eq(axf_error_get()->excerpt, "");
}
END_TEST

START_TEST(context_grows_outwards)
{
    axf_fail_at(AXF_ERR_FORMAT, "a.json", 1, 1, "bad");
    ck_assert_int_eq(axf_context(AXF_ERR_DATA, "inner %d", 1), AXF_ERR_DATA);
    ck_assert_int_eq(axf_context(AXF_ERR_IO, "outer"), AXF_ERR_IO);
    check_error(AXF_ERR_IO, "a.json", 1, 1, "bad", "outer: inner 1");
    ck_assert_str_eq(axf_error_message(), "outer: inner 1: a.json:1:1: error: bad");
    axf_error_clear();
    axf_context(AXF_ERR_IO, "alone");
    ck_assert_str_eq(axf_error_message(), "alone: ");
}
END_TEST

/* An error may be made of the one before it. */
START_TEST(arguments_may_be_the_old_error)
{
    axf_fail_at(AXF_ERR_FORMAT, "old", 1, 1, "text");
    const axf_error *error = axf_error_get();
    axf_fail_at(AXF_ERR_FORMAT, error->text, 2, 2, "%s and %s", error->file, axf_error_message());
    check_error(AXF_ERR_FORMAT, "text", 2, 2, "old and old:1:1: error: text", "");
}
END_TEST

START_TEST(long_texts_are_cut)
{
    char text[10000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    axf_fail_at(AXF_ERR_FORMAT, text, 1, 1, "%s", text);
    for (int i = 0; i < 10; i++) {
        axf_context(AXF_ERR_FORMAT, "%s", text);
    }
    const axf_error *error = axf_error_get();
    ck_assert_uint_gt(strlen(error->text), 1000);
    ck_assert_uint_gt(strlen(error->file), 1000);
    ck_assert_uint_gt(strlen(error->context), 1000);
    ck_assert_uint_lt(strlen(axf_error_message()), sizeof text);
}
END_TEST

START_TEST(errno_becomes_words)
{
    errno = ENOENT;
    ck_assert_int_eq(axf_fail_errno("cannot open '%s'", "a"), AXF_ERR_IO);
    check_error(AXF_ERR_IO, "", 0, 0, "cannot open 'a': No such file or directory", "");
}
END_TEST

START_TEST(an_error_can_be_kept)
{
    axf_fail_excerpt(AXF_ERR_SPEC, "a.yml", 5, 6, "line", "first");
    axf_context(AXF_ERR_SPEC, "frame");
    axf_kept_error *kept = axf_error_keep();
    check_error(AXF_OK, "", 0, 0, "", "");
    axf_fail(AXF_ERR_IO, "second");
    axf_error_restore(kept);
    check_error(AXF_ERR_SPEC, "a.yml", 5, 6, "first", "frame");
    ck_assert_str_eq(axf_error_get()->excerpt, "line");
    axf_error_clear();
    ck_assert_ptr_null(axf_error_keep());
    axf_error_restore(NULL);
    check_error(AXF_OK, "", 0, 0, "", "");
}
END_TEST

static void *fail_elsewhere(void *argument)
{
    (void)argument;
    axf_fail(AXF_ERR_DATA, "the other thread's");
    return NULL;
}

START_TEST(each_thread_has_its_own)
{
    pthread_t thread;
    axf_fail(AXF_ERR_IO, "mine");
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    check_error(AXF_ERR_IO, "", 0, 0, "mine", "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_test(tests, keeps_the_members_apart);
    tcase_add_test(tests, context_grows_outwards);
    tcase_add_test(tests, arguments_may_be_the_old_error);
    tcase_add_test(tests, long_texts_are_cut);
    tcase_add_test(tests, errno_becomes_words);
    tcase_add_test(tests, an_error_can_be_kept);
    tcase_add_test(tests, each_thread_has_its_own);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
