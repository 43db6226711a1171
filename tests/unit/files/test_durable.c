/* Durable files: whole or not at all, through every failing step; appending; cutting; folders. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

static const char *content(const char *path)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    const size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static int entries(void)
{
    int count = 0;
    DIR *listing = opendir(folder);
    while (readdir(listing) != NULL) {
        count++;
    }
    closedir(listing);
    return count - 2;
}

START_TEST(replaces_whole)
{
    const char *path = temp_path(folder, "file");
    ck_assert_int_eq(axf_durable_write_file(path, "old", 3), AXF_OK);
    axf_durable *file;
    ck_assert_int_eq(axf_durable_begin(path, &file), AXF_OK);
    ck_assert_int_eq(axf_durable_write(file, "new ", 4), AXF_OK);
    ck_assert_int_eq(axf_durable_write(file, "content", 7), AXF_OK);
    ck_assert_int_eq(axf_durable_patch(file, 0, "N", 1), AXF_OK);
    ck_assert_str_eq(content(path), "old");
    ck_assert_int_eq(axf_durable_commit(file), AXF_OK);
    ck_assert_str_eq(content(path), "New content");
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(large_and_small_writes_keep_order)
{
    enum { SIZE = 700 * 1000 };
    char *bytes = malloc(SIZE), *back = malloc(SIZE + 1);
    for (int i = 0; i < SIZE; i++) {
        bytes[i] = (char)(i * 31 + i / 997);
    }
    axf_durable *file;
    const char *path = temp_path(folder, "file");
    ck_assert_int_eq(axf_durable_begin(path, &file), AXF_OK);
    const size_t pieces[] = {1, 5, 300000, 262144, 99, 100000, SIZE - 662249};
    size_t at = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; at += pieces[i++]) {
        ck_assert_int_eq(axf_durable_write(file, bytes + at, pieces[i]), AXF_OK);
    }
    ck_assert_uint_eq(at, SIZE);
    ck_assert_int_eq(axf_durable_commit(file), AXF_OK);
    FILE *reader = fopen(path, "r");
    ck_assert_uint_eq(fread(back, 1, SIZE + 1, reader), SIZE);
    fclose(reader);
    ck_assert_mem_eq(bytes, back, SIZE);
    free(bytes);
    free(back);
}
END_TEST

START_TEST(patch_stays_inside)
{
    axf_durable *file;
    ck_assert_int_eq(axf_durable_begin(temp_path(folder, "file"), &file), AXF_OK);
    ck_assert_int_eq(axf_durable_write(file, "abc", 3), AXF_OK);
    ck_assert_int_eq(axf_durable_patch(file, 2, "xy", 2), AXF_ERR_INTERNAL);
    ck_assert_int_eq(axf_durable_patch(file, UINT64_MAX, "xy", 2), AXF_ERR_INTERNAL);
    axf_durable_abort(file);
    ck_assert_int_eq(entries(), 0);
}
END_TEST

START_TEST(abort_leaves_the_old)
{
    const char *path = temp_path(folder, "file");
    ck_assert_int_eq(axf_durable_write_file(path, "old", 3), AXF_OK);
    axf_durable *file;
    ck_assert_int_eq(axf_durable_begin(path, &file), AXF_OK);
    ck_assert_int_eq(axf_durable_write(file, "new", 3), AXF_OK);
    axf_durable_abort(file);
    axf_durable_abort(NULL);
    ck_assert_str_eq(content(path), "old");
    ck_assert_int_eq(entries(), 1);
}
END_TEST

/* Every step in turn: the old content stays until the rename, no temporary file is left, the step is named. */
START_TEST(each_failing_step)
{
    static const char *const named[] = {"cannot create", "cannot write", "cannot flush (fsync)", "cannot rename",
                                        "cannot flush (fsync) the folder"};
    const char *path = temp_path(folder, "file");
    for (uint64_t step = 1; step <= 5; step++) {
        ck_assert_int_eq(axf_durable_write_file(path, "old", 3), AXF_OK);
        axf_durable_fail_at(step);
        ck_assert_int_eq(axf_durable_write_file(path, "new", 3), AXF_ERR_IO);
        ck_assert_msg(strstr(axf_error_message(), named[step - 1]) != NULL, "step %d: %s", (int)step,
                      axf_error_message());
        ck_assert_ptr_nonnull(strstr(axf_error_message(), "No space left"));
        ck_assert_str_eq(content(path), step < 5 ? "old" : "new");
        ck_assert_int_eq(entries(), 1);
    }
    axf_durable_fail_at(6);
    ck_assert_int_eq(axf_durable_write_file(path, "new", 3), AXF_OK);
}
END_TEST

START_TEST(fault_from_the_environment)
{
    setenv("AXF_TEST_FAIL_WRITE", "2", 1);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "file"), "new", 3), AXF_ERR_IO);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "file"), "new", 3), AXF_OK);
}
END_TEST

/* The system itself refuses in the middle of a write. */
START_TEST(real_limit)
{
    static char bytes[300 * 1000];
    const char *path = temp_path(folder, "file");
    ck_assert_int_eq(axf_durable_write_file(path, "old", 3), AXF_OK);
    axf_append *log;
    ck_assert_int_eq(axf_append_open(temp_path(folder, "log"), &log), AXF_OK);
    ck_assert_int_eq(axf_append_write(log, "first\n", 6), AXF_OK);
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {100 * 1000, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(axf_durable_write_file(path, bytes, sizeof bytes), AXF_ERR_IO);
    ck_assert_int_eq(axf_append_write(log, bytes, sizeof bytes), AXF_ERR_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    ck_assert_int_eq(axf_append_close(log), AXF_OK);
    ck_assert_str_eq(content(path), "old");
    ck_assert_str_eq(content(temp_path(folder, "log")), "first\n");
    ck_assert_int_eq(entries(), 2);
}
END_TEST

START_TEST(no_folder)
{
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "absent/file"), "x", 1), AXF_ERR_IO);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "absent"));
}
END_TEST

START_TEST(clean_removes_only_leftovers)
{
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "file"), "x", 1), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, ".hidden"), "x", 1), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "named.axf-tmp"), "x", 1), AXF_OK); /* not one of ours */
    const pid_t child = fork();
    if (child == 0) {
        axf_durable *file;
        _exit(axf_durable_begin(temp_path(folder, "file"), &file) == AXF_OK ? 0 : 1);
    }
    int code;
    ck_assert_int_eq(waitpid(child, &code, 0), child);
    ck_assert_int_eq(entries(), 4);
    ck_assert_int_eq(axf_durable_clean(folder), AXF_OK);
    ck_assert_int_eq(entries(), 3);
}
END_TEST

START_TEST(append_and_cut)
{
    const char *path = temp_path(folder, "log");
    axf_append *log;
    ck_assert_int_eq(axf_append_open(path, &log), AXF_OK);
    ck_assert_int_eq(axf_append_write(log, "one\n", 4), AXF_OK);
    ck_assert_int_eq(axf_append_write(log, "two\n", 4), AXF_OK);
    ck_assert_int_eq(axf_append_sync(log), AXF_OK);
    ck_assert_int_eq(axf_append_close(log), AXF_OK);
    ck_assert_int_eq(axf_append_open(path, &log), AXF_OK);
    ck_assert_uint_eq(axf_append_length(log), 8);
    ck_assert_int_eq(axf_append_truncate(log, 9), AXF_ERR_FORMAT);
    ck_assert_int_eq(axf_append_truncate(log, 4), AXF_OK);
    ck_assert_int_eq(axf_append_write(log, "2\n", 2), AXF_OK);
    ck_assert_uint_eq(axf_append_length(log), 6);
    ck_assert_int_eq(axf_append_close(log), AXF_OK);
    ck_assert_str_eq(content(path), "one\n2\n");
}
END_TEST

START_TEST(append_is_all_or_nothing)
{
    const char *path = temp_path(folder, "log");
    axf_append *log;
    ck_assert_int_eq(axf_append_open(path, &log), AXF_OK);
    ck_assert_int_eq(axf_append_write(log, "one\n", 4), AXF_OK);
    axf_durable_fail_at(1);
    ck_assert_int_eq(axf_append_write(log, "two two two\n", 12), AXF_ERR_IO);
    ck_assert_str_eq(content(path), "one\n");
    ck_assert_int_eq(axf_append_write(log, "three\n", 6), AXF_OK);
    ck_assert_str_eq(content(path), "one\nthree\n");
    ck_assert_int_eq(axf_append_close(log), AXF_OK);
}
END_TEST

START_TEST(append_refuses_odd_files)
{
    axf_append *log;
    ck_assert_int_eq(mkfifo(temp_path(folder, "fifo"), 0600), 0);
    ck_assert_int_eq(axf_append_open(temp_path(folder, "fifo"), &log), AXF_ERR_IO);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "not a regular file"));
    ck_assert_int_eq(symlink("elsewhere", temp_path(folder, "link")), 0);
    ck_assert_int_eq(axf_append_open(temp_path(folder, "link"), &log), AXF_ERR_IO);
}
END_TEST

START_TEST(folders)
{
    struct stat info;
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "a/b//c/")), AXF_OK);
    ck_assert_int_eq(stat(temp_path(folder, "a/b/c"), &info), 0);
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "a/b/c")), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "a/file"), "x", 1), AXF_OK);
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "a/file/d")), AXF_ERR_IO);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "a file has that name"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("durable");
    TCase *files = tcase_create("durable");
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, replaces_whole);
    tcase_add_test(files, large_and_small_writes_keep_order);
    tcase_add_test(files, patch_stays_inside);
    tcase_add_test(files, abort_leaves_the_old);
    tcase_add_test(files, each_failing_step);
    tcase_add_test(files, fault_from_the_environment);
    tcase_add_test(files, real_limit);
    tcase_add_test(files, no_folder);
    tcase_add_test(files, clean_removes_only_leftovers);
    tcase_add_test(files, append_and_cut);
    tcase_add_test(files, append_is_all_or_nothing);
    tcase_add_test(files, append_refuses_odd_files);
    tcase_add_test(files, folders);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
