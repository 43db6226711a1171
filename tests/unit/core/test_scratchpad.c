/* Scratchpads: what is taken is apart and aligned, and a round like the one before finds the same memory. */
#include "core/scratchpad.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The address sanitizer is given each taking apart, so that it sees a use after the reset. */
#ifdef __SANITIZE_ADDRESS__
enum { PIECES_ARE_JOINED = 0 };
#else
enum { PIECES_ARE_JOINED = 1 };
#endif

START_TEST(rounds_use_the_same_memory)
{
    axf_scratchpad scratch = {0};
    char *before = NULL;
    for (int round = 0; round < 4; round++) {
        char *small = axf_scratchpad_take(&scratch, 3), *large = axf_scratchpad_take(&scratch, 200000);
        char *zeroed = axf_scratchpad_zero(&scratch, 1000);
        ck_assert_uint_eq((uintptr_t)small % 16, 0);
        ck_assert_uint_eq((uintptr_t)large % 16, 0);
        memset(small, 1, 3);
        memset(large, 2, 200000);
        for (int i = 0; i < 1000; i++) {
            ck_assert_int_eq(zeroed[i], 0);
        }
        memset(zeroed, 3, 1000);
        ck_assert_int_eq(small[2], 1);
        ck_assert_int_eq(large[0] + large[199999], 4);
        /* The first round needed several pieces; from the second on one holds them all. */
        ck_assert(!PIECES_ARE_JOINED || round < 2 || small == before);
        before = small;
        axf_scratchpad_reset(&scratch);
    }
    axf_scratchpad_free(&scratch);
    ck_assert_ptr_null(scratch.first);
}
END_TEST

START_TEST(refuses_what_no_memory_holds)
{
    axf_scratchpad scratch = {0};
    ck_assert_ptr_null(axf_scratchpad_take(&scratch, SIZE_MAX));
    if (PIECES_ARE_JOINED) { /* the sanitizer ends a program that asks for so much */
        ck_assert_ptr_null(axf_scratchpad_take(&scratch, SIZE_MAX / 2));
    }
    axf_scratchpad_reset(&scratch);
    ck_assert_ptr_nonnull(axf_scratchpad_take(&scratch, 0));
    axf_scratchpad_free(&scratch);
}
END_TEST

/* A single huge image must not hold its memory for the rest of a run. */
START_TEST(gives_back_what_is_huge)
{
    axf_scratchpad scratch = {0};
    ck_assert_ptr_nonnull(axf_scratchpad_take(&scratch, (size_t)100 << 20));
    axf_scratchpad_reset(&scratch);
    ck_assert_ptr_null(scratch.first);
    axf_scratchpad_free(&scratch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scratchpad");
    TCase *tests = tcase_create("scratchpad");
    tcase_add_test(tests, rounds_use_the_same_memory);
    tcase_add_test(tests, refuses_what_no_memory_holds);
    tcase_add_test(tests, gives_back_what_is_huge);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
