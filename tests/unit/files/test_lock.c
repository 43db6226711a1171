/* Locks of folders: who holds one, how it ends, asking without taking, and file systems that have no locks. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char *folder;
static int no_locks; /* fcntl answers as a file system without locks does */

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

/* It takes the place of the C library's. */
int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (no_locks && (command == F_OFD_SETLK || command == F_OFD_GETLK)) {
        errno = ENOLCK;
        return -1;
    }
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

static void is_locked(bool expected)
{
    bool locked = !expected;
    ck_assert_msg(axf_folder_is_locked(folder, &locked) == AXF_OK, "%s", axf_error_message());
    ck_assert_int_eq(locked, expected);
}

START_TEST(names_its_holder)
{
    axf_lock *lock, *second;
    is_locked(false);
    ck_assert_int_eq(axf_folder_lock(folder, &lock), AXF_OK);
    is_locked(true);
    ck_assert_int_eq(axf_folder_lock(folder, &second), AXF_ERR_IO);
    ck_assert_ptr_null(second);
    char expected[64];
    snprintf(expected, sizeof expected, "in use by process %ld on ", (long)getpid());
    ck_assert_msg(strstr(axf_error_message(), expected) != NULL, "%s", axf_error_message());
    axf_folder_unlock(lock);
    is_locked(false);
    ck_assert_int_eq(axf_folder_lock(folder, &second), AXF_OK);
    axf_folder_unlock(second);
    axf_folder_unlock(NULL);
}
END_TEST

START_TEST(dies_with_its_process)
{
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        axf_lock *lock;
        const char done = axf_folder_lock(folder, &lock) == AXF_OK ? 'y' : 'n';
        if (write(ready[1], &done, 1) == 1) {
            pause();
        }
        _exit(0);
    }
    char done;
    ck_assert_int_eq(read(ready[0], &done, 1), 1);
    ck_assert_int_eq(done, 'y');
    axf_lock *lock;
    ck_assert_int_eq(axf_folder_lock(folder, &lock), AXF_ERR_IO);
    is_locked(true);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    is_locked(false);
    ck_assert_int_eq(axf_folder_lock(folder, &lock), AXF_OK);
    axf_folder_unlock(lock);
}
END_TEST

START_TEST(asks_about_what_is_not_there)
{
    bool locked = true;
    ck_assert_int_eq(axf_folder_is_locked(temp_path(folder, "absent"), &locked), AXF_OK);
    ck_assert(!locked);
    ck_assert_int_eq(symlink(".lock", temp_path(folder, ".lock")), 0);
    ck_assert_int_eq(axf_folder_is_locked(folder, &locked), AXF_ERR_IO);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), ".lock"));
}
END_TEST

/* Then the text in the file decides: a process of this machine that lives, or any process of another machine. */
START_TEST(without_locks_the_text_decides)
{
    axf_lock *lock, *second;
    no_locks = 1;
    ck_assert_int_eq(axf_folder_lock(folder, &lock), AXF_OK);
    is_locked(true);
    ck_assert_int_eq(axf_folder_lock(folder, &second), AXF_ERR_IO);
    axf_folder_unlock(lock);
    is_locked(false);
    static const char elsewhere[] = "7 another-host\n", nobody[] = "no number";
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, ".lock"), elsewhere, sizeof elsewhere - 1), AXF_OK);
    is_locked(true);
    ck_assert_int_eq(axf_folder_lock(folder, &second), AXF_ERR_IO);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, ".lock"), nobody, sizeof nobody - 1), AXF_OK);
    is_locked(false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock");
    TCase *tests = tcase_create("lock");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, names_its_holder);
    tcase_add_test(tests, dies_with_its_process);
    tcase_add_test(tests, asks_about_what_is_not_there);
    tcase_add_test(tests, without_locks_the_text_decides);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
