/* Signals: the first is a wish that can be asked for, the second ends the process; and the two clocks. */
#include "temp_folder.h"

#include "core/clock.h"
#include "core/interrupt.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* The exit status of a child that installs the handlers, checks them with the first signal and gets a second one. */
static int signal_twice(int number)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        const int before = axf_interrupt_requested();
        axf_interrupt_install();
        raise(number);
        if (!before && axf_interrupt_requested()) {
            raise(SIGTERM);
        }
        _exit(1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(the_second_signal_ends_the_process)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ck_assert_int_eq(signal_twice(numbers[i]), 128 + SIGTERM);
    }
    ck_assert(!axf_interrupt_requested());
}
END_TEST

START_TEST(clocks_tell_what_they_are_for)
{
    struct timespec monotonic, wall;
    const double first = axf_clock(), first_wall = axf_clock_wall();
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_REALTIME, &wall);
    ck_assert_double_le(first, (double)monotonic.tv_sec + 1e-9 * (double)monotonic.tv_nsec);
    ck_assert_double_le(first, axf_clock());
    /* The wall clock may be set while the test runs, but not by a year. */
    ck_assert_double_lt((double)wall.tv_sec - first_wall, 3e7);
    ck_assert_double_lt(first_wall - (double)wall.tv_sec, 3e7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interrupt");
    TCase *tests = tcase_create("interrupt");
    tcase_add_test(tests, the_second_signal_ends_the_process);
    tcase_add_test(tests, clocks_tell_what_they_are_for);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
