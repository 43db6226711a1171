/* Reading and writing at a place: limits, files that end too early, interrupted and short system calls. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/read.h"
#include "files/write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

static const char *file_of(const char *text)
{
    const char *path = temp_path(folder, "file");
    ck_assert_int_eq(axf_durable_write_file(path, text, strlen(text)), AXF_OK);
    return path;
}

START_TEST(reads_whole_files)
{
    char *bytes;
    size_t length;
    const char *path = file_of("12345"), *fifo = temp_path(folder, "fifo"), *link = temp_path(folder, "link");
    ck_assert_int_eq(axf_read_file(path, 5, &bytes, &length), AXF_OK);
    ck_assert_str_eq(bytes, "12345");
    ck_assert_uint_eq(length, 5);
    free(bytes);
    ck_assert_int_eq(axf_read_file(path, 4, &bytes, &length), AXF_ERR_FORMAT);
    ck_assert_ptr_null(bytes);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "has 5 bytes, more than the limit of 4"));
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(axf_read_file(fifo, 4, &bytes, &length), AXF_ERR_IO);
    ck_assert_int_eq(symlink("file", link), 0);
    ck_assert_int_eq(axf_read_file(link, 9, &bytes, &length), AXF_OK); /* links are followed */
    free(bytes);
    ck_assert_int_eq(axf_read_file(file_of(""), 0, &bytes, &length), AXF_OK);
    ck_assert_str_eq(bytes, "");
    free(bytes);
    ck_assert_int_eq(axf_read_file(folder, 9, &bytes, &length), AXF_ERR_IO);
    ck_assert_int_eq(axf_read_file(temp_path(folder, "absent"), 9, &bytes, &length), AXF_ERR_IO);
}
END_TEST

START_TEST(reads_parts)
{
    int fd;
    uint64_t size;
    size_t got;
    char bytes[8] = "";
    const char *path = file_of("12345");
    ck_assert_int_eq(axf_open_regular(path, &fd, &size), AXF_OK);
    ck_assert_uint_eq(size, 5);
    ck_assert_int_eq(axf_read_exact(fd, path, 1, bytes, 3), AXF_OK);
    ck_assert_str_eq(bytes, "234");
    ck_assert_int_eq(axf_read_some(fd, path, 3, bytes, 7, &got), AXF_OK);
    ck_assert_uint_eq(got, 2);
    ck_assert_int_eq(memcmp(bytes, "45", 2), 0);
    ck_assert_int_eq(axf_read_some(fd, path, 9, bytes, 7, &got), AXF_OK);
    ck_assert_uint_eq(got, 0);
    ck_assert_int_eq(axf_read_exact(fd, path, 3, bytes, 3), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "ends at byte 5, 1 bytes too early"));
    ck_assert_ptr_nonnull(strstr(axf_error_message(), path));
    close(fd);
    ck_assert_int_eq(axf_read_some(-1, "gone", 2, bytes, 1, &got), AXF_ERR_IO);
    ck_assert_str_eq(axf_error_message(), "cannot read 'gone' at byte 2: Bad file descriptor");
}
END_TEST

START_TEST(reads_files_of_the_kernel)
{
    char text[64];
    ck_assert_int_eq(axf_read_system_file("/proc/self/comm", text, sizeof text), AXF_OK);
    ck_assert_str_eq(text, "test_read\n");
    ck_assert_int_eq(axf_read_system_file("/proc/self/comm", text, 5), AXF_OK);
    ck_assert_str_eq(text, "test");
    ck_assert_int_eq(axf_read_system_file("/proc/self/no_such_file", text, sizeof text), AXF_ERR_IO);
    ck_assert_str_eq(text, "");
}
END_TEST

/* ---- system calls that stop half-way ---- */

static int stubborn; /* every second call is interrupted, the others move three bytes at most */
static unsigned calls;

static int interrupts(size_t *count)
{
    if (!stubborn) {
        return 0;
    }
    *count = *count < 3 ? *count : 3;
    errno = EINTR;
    return ++calls % 2 == 1;
}

/* These take the place of the C library's. */
ssize_t pread(int fd, void *bytes, size_t count, off_t offset)
{
    return interrupts(&count) ? -1 : syscall(SYS_pread64, fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    return interrupts(&count) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, offset);
}

START_TEST(goes_on_after_half_a_call)
{
    char bytes[16] = "", *whole;
    size_t got;
    const char *path = file_of("");
    const int fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    stubborn = 1;
    ck_assert_int_eq(axf_write_at(fd, 0, "0123456789", 10), 0);
    ck_assert_int_eq(axf_write_at(fd, 4, "abcd", 4), 0);
    ck_assert_int_eq(axf_read_exact(fd, path, 1, bytes, 9), AXF_OK);
    ck_assert_str_eq(bytes, "123abcd89");
    ck_assert_int_eq(axf_read_some(fd, path, 2, bytes, 16, &got), AXF_OK);
    ck_assert_uint_eq(got, 8);
    ck_assert_int_eq(axf_read_file(path, 10, &whole, &got), AXF_OK);
    ck_assert_str_eq(whole, "0123abcd89");
    ck_assert_uint_gt(calls, 10);
    stubborn = 0;
    free(whole);
    close(fd);
    ck_assert_int_eq(axf_write_at(-1, 0, "x", 1), -1);
    ck_assert_int_eq(errno, EBADF);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read");
    TCase *tests = tcase_create("read");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, reads_whole_files);
    tcase_add_test(tests, reads_parts);
    tcase_add_test(tests, reads_files_of_the_kernel);
    tcase_add_test(tests, goes_on_after_half_a_call);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
