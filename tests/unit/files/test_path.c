/* Paths as texts: joining, splitting, plain names. */
#include "temp_folder.h"

#include "files/path.h"

static void same(char *made, const char *expected)
{
    ck_assert_str_eq(made, expected);
    free(made);
}

START_TEST(joins_and_splits)
{
    same(axf_path_join("a", "b"), "a/b");
    same(axf_path_join("a/", "b"), "a/b");
    same(axf_path_join("", "b"), "b");
    same(axf_path_join("a", "/b"), "/b");
    same(axf_path_folder("a/b"), "a");
    same(axf_path_folder("/b"), "/");
    same(axf_path_folder("b"), ".");
    ck_assert_str_eq(axf_path_name("a/b"), "b");
    ck_assert_str_eq(axf_path_name("b"), "b");
}
END_TEST

START_TEST(plain_names)
{
    char name[202];
    memset(name, 'a', 201);
    name[201] = '\0';
    ck_assert(axf_name_is_plain("Az09._-"));
    ck_assert(!axf_name_is_plain(name));
    name[200] = '\0';
    ck_assert(axf_name_is_plain(name));
    static const char *const bad[] = {"", ".", "..", ".a", "a/b", "a b", "a\n", "\xc3\xa4", "a:b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!axf_name_is_plain(bad[i]), "'%s' counts as plain", bad[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("path");
    TCase *tests = tcase_create("path");
    tcase_add_test(tests, joins_and_splits);
    tcase_add_test(tests, plain_names);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
