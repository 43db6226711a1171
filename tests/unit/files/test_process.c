/* Processes: alive, dead but not waited for, gone. */
#include "temp_folder.h"

#include "files/process.h"

#include <sys/wait.h>

START_TEST(alive_dead_gone)
{
    uint64_t own = 0, again = 0, ticks = 7;
    int gate[2];
    char byte;
    ck_assert_int_eq(axf_process_start((uint64_t)getpid(), &own), AXF_THERE);
    ck_assert_int_eq(axf_process_start((uint64_t)getpid(), &again), AXF_THERE);
    ck_assert_uint_gt(own, 0);
    ck_assert_uint_eq(own, again);
    ck_assert_int_eq(pipe(gate), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1); /* until the parent closes its end */
    }
    close(gate[0]);
    ck_assert_int_eq(axf_process_start((uint64_t)child, &again), AXF_THERE);
    ck_assert_uint_ge(again, own);
    close(gate[1]);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0); /* dead, and still listed */
    ck_assert_int_eq(axf_process_start((uint64_t)child, &ticks), AXF_NOT_THERE);
    ck_assert_uint_eq(ticks, 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(axf_process_start(UINT64_MAX, &ticks), AXF_NOT_THERE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *tests = tcase_create("process");
    tcase_add_test(tests, alive_dead_gone);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
