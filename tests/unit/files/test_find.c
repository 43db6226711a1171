/* Looking for files, listing and removing folders: there, not there, and "cannot tell" as an error of its own. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/remove.h"

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "sub/deep")), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "file"), "x", 1), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, ".hidden"), "x", 1), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "sub/deep/file"), "x", 1), AXF_OK);
    ck_assert_int_eq(symlink("file", temp_path(folder, "link")), 0);
    ck_assert_int_eq(symlink("sub", temp_path(folder, "folder-link")), 0);
    ck_assert_int_eq(symlink("nowhere", temp_path(folder, "dangling")), 0);
    ck_assert_int_eq(symlink("loop", temp_path(folder, "loop")), 0);
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

START_TEST(three_answers)
{
    static const struct {
        const char *name;
        axf_found found, link;
    } cases[] = {
        {"file", AXF_THERE, AXF_THERE},
        {"sub", AXF_THERE, AXF_THERE},
        {"link", AXF_THERE, AXF_THERE},
        {"sub/deep/file", AXF_THERE, AXF_THERE},
        {"absent", AXF_NOT_THERE, AXF_NOT_THERE},
        {"absent/file", AXF_NOT_THERE, AXF_NOT_THERE},
        {"file/file", AXF_NOT_THERE, AXF_NOT_THERE}, /* below a file there is nothing */
        {"dangling", AXF_NOT_THERE, AXF_THERE},
        {"loop", AXF_CANNOT_TELL, AXF_THERE},
        {"loop/file", AXF_CANNOT_TELL, AXF_CANNOT_TELL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stat info = {0};
        const char *path = temp_path(folder, cases[i].name);
        bool there = true;
        axf_error_clear();
        ck_assert_msg(axf_find(path, &info) == cases[i].found, "%s", cases[i].name);
        ck_assert_msg((info.st_ino != 0) == (cases[i].found == AXF_THERE), "%s", cases[i].name);
        if (cases[i].found == AXF_CANNOT_TELL) {
            ck_assert_ptr_nonnull(strstr(axf_error_message(), path));
            ck_assert_ptr_nonnull(strstr(axf_error_message(), "Too many levels of symbolic links"));
        } else {
            ck_assert_int_eq(axf_error_get()->status, AXF_OK);
        }
        ck_assert_int_eq(axf_is_there(path, &there), cases[i].found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK);
        ck_assert_int_eq(there, cases[i].found == AXF_THERE);
        ck_assert_int_eq(axf_is_there_in(folder, cases[i].name, &there),
                         cases[i].found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK);
        ck_assert_int_eq(there, cases[i].found == AXF_THERE);
        ck_assert_msg(axf_find_link(path, NULL) == cases[i].link, "%s", cases[i].name);
    }
}
END_TEST

START_TEST(folders)
{
    bool is = false;
    ck_assert_int_eq(axf_is_folder(temp_path(folder, "sub"), &is), AXF_OK);
    ck_assert(is);
    ck_assert_int_eq(axf_is_folder(temp_path(folder, "folder-link"), &is), AXF_OK);
    ck_assert(is);
    ck_assert_int_eq(axf_is_folder(temp_path(folder, "file"), &is), AXF_OK);
    ck_assert(!is);
    ck_assert_int_eq(axf_is_folder(temp_path(folder, "absent"), &is), AXF_OK);
    ck_assert(!is);
    ck_assert_int_eq(axf_is_folder(temp_path(folder, "loop"), &is), AXF_ERR_IO);
    ck_assert(!is);
}
END_TEST

static void check_names(axf_status status, char **names, size_t count, const char *expected)
{
    char text[256] = "";
    ck_assert_msg(status == AXF_OK, "%s", axf_error_message());
    for (size_t i = 0; i < count; i++) {
        strcat(strcat(text, i > 0 ? " " : ""), names[i]);
    }
    ck_assert_str_eq(text, expected);
    axf_names_free(names, count);
}

START_TEST(lists)
{
    char **names;
    size_t count;
    axf_status status = axf_folder_list(folder, &names, &count);
    check_names(status, names, count, ".hidden dangling file folder-link link loop sub");
    status = axf_folder_list(temp_path(folder, "sub/deep"), &names, &count);
    check_names(status, names, count, "file");
    ck_assert_int_eq(axf_folder_list(temp_path(folder, "absent"), &names, &count), AXF_ERR_IO);
    ck_assert_ptr_null(names);
    ck_assert_uint_eq(count, 0);
    /* Nobody can tell what "loop" is. */
    ck_assert_int_eq(axf_folder_files(folder, &names, &count), AXF_ERR_IO);
    ck_assert_ptr_null(names);
    ck_assert_int_eq(unlink(temp_path(folder, "loop")), 0);
    status = axf_folder_files(folder, &names, &count);
    check_names(status, names, count, "file link");
}
END_TEST

START_TEST(removes)
{
    char **names;
    size_t count;
    const char *outside = temp_path(folder, "file");
    ck_assert_int_eq(symlink(outside, temp_path(folder, "sub/out")), 0);
    ck_assert_int_eq(symlink(folder, temp_path(folder, "sub/up")), 0);
    ck_assert_int_eq(axf_remove_contents(temp_path(folder, "sub"), "deep"), AXF_OK);
    axf_status status = axf_folder_list(temp_path(folder, "sub"), &names, &count);
    check_names(status, names, count, "deep");
    ck_assert_int_eq(axf_remove_tree(temp_path(folder, "sub")), AXF_OK);
    ck_assert_int_eq(axf_remove_tree(temp_path(folder, "sub")), AXF_OK); /* it is gone already */
    status = axf_folder_list(folder, &names, &count);
    check_names(status, names, count, ".hidden dangling file folder-link link loop");
    ck_assert_int_eq(axf_remove_tree(outside), AXF_ERR_IO); /* not a folder: it stays */
    ck_assert_int_eq(axf_find(outside, NULL), AXF_THERE);
    ck_assert_int_eq(axf_remove_contents(folder, NULL), AXF_OK);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("find");
    TCase *tests = tcase_create("find");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, three_answers);
    tcase_add_test(tests, folders);
    tcase_add_test(tests, lists);
    tcase_add_test(tests, removes);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
