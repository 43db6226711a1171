/* Opening below a root: nothing outside it, and nothing but a regular file, is ever opened. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "files/root.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
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

static void make_tree(void)
{
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "root/sub")), AXF_OK);
    ck_assert_int_eq(axf_folder_make(temp_path(folder, "root2")), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "root/sub/in"), "12345", 5), AXF_OK);
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "root2/out"), "x", 1), AXF_OK);
    ck_assert_int_eq(symlink("../root2/out", temp_path(folder, "root/link")), 0);
    ck_assert_int_eq(symlink("sub/in", temp_path(folder, "root/inner")), 0);
    ck_assert_int_eq(symlink("../root2", temp_path(folder, "root/folder")), 0);
    ck_assert_int_eq(symlink("sub", temp_path(folder, "root/same")), 0);
    ck_assert_int_eq(mkfifo(temp_path(folder, "root/fifo"), 0600), 0);
}

static void check_below(void)
{
    static const struct {
        const char *name;
        axf_status status;
        const char *message;
    } cases[] = {
        {"sub/in", AXF_OK, ""},
        {"sub/../sub/in", AXF_OK, ""},
        {"same/in", AXF_OK, ""},
        {"../root2/out", AXF_ERR_DATA, "leads out of"},
        {"sub/../../root2/out", AXF_ERR_DATA, "leads out of"},
        {"folder/out", AXF_ERR_DATA, "leads out of"},
        {"/etc/passwd", AXF_ERR_DATA, "absolute path"},
        {"inner", AXF_OK, ""}, /* a link that stays below */
        {"", AXF_ERR_DATA, "an empty path"},
        {"fifo", AXF_ERR_IO, "not a regular file"},
        {"sub", AXF_ERR_IO, "not a regular file"},
        {"absent", AXF_ERR_IO, "No such file"},
        {"sub/absent", AXF_ERR_IO, "No such file"},
    };
    const char *root = temp_path(folder, "root");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = 99;
        uint64_t size = 0;
        const axf_status status = axf_open_below(root, cases[i].name, &fd, &size);
        ck_assert_msg(status == cases[i].status, "'%s': %d (%s)", cases[i].name, (int)status, axf_error_message());
        if (status == AXF_OK) {
            ck_assert_uint_eq(size, 5);
            ck_assert_int_eq(close(fd), 0);
        } else {
            ck_assert_int_eq(fd, -1);
            ck_assert_msg(strstr(axf_error_message(), cases[i].message) != NULL, "'%s': %s", cases[i].name,
                          axf_error_message());
        }
    }
    int fd;
    ck_assert_int_eq(axf_open_below(root, "link", &fd, NULL), AXF_ERR_DATA);
    ck_assert_int_eq(axf_open_below(temp_path(folder, "absent"), "sub/in", &fd, NULL), AXF_ERR_IO);
}

START_TEST(opens_below)
{
    make_tree();
    check_below();
}
END_TEST

/* The same answers where the kernel refuses openat2. */
START_TEST(opens_below_without_openat2)
{
    make_tree();
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) {
        ck_assert_int_eq(syscall(SYS_openat2, -1, "", NULL, 0), -1);
        ck_assert_int_eq(errno, ENOSYS);
        check_below();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("root");
    TCase *tests = tcase_create("root");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, opens_below);
    tcase_add_test(tests, opens_below_without_openat2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
