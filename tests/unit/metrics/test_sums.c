/* What a walk over posts adds up: losses by shares, sums of each loss, and the tally of predictions. */
#include "metrics/sums.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const float logits[] = {2, 1, 0, /**/ 0, 3, 1, /**/ 0, 0, 5};
static const int32_t targets[] = {0, 2, 2};

static void add_three_posts(axf_sums *sums, double loss, double share)
{
    const double part[] = {6, 1.5}, weight[] = {3, 2};
    axf_sums_add(sums, &(axf_sums_pass){.posts = 3,
                                        .share = share,
                                        .loss = loss,
                                        .part = part,
                                        .weight = weight,
                                        .logits = logits,
                                        .targets = targets});
}

START_TEST(losses_are_means_by_shares)
{
    axf_sums sums;
    axf_sums_init(&sums, 3, 0, 2);
    ck_assert_double_eq(axf_sums_loss(&sums), 0);
    add_three_posts(&sums, 2, 3);
    add_three_posts(&sums, 8, 1);
    ck_assert_double_eq(axf_sums_loss(&sums), (2.0 * 3 + 8.0 * 1) / 4);
    ck_assert_int_eq(sums.posts, 6);
    ck_assert_double_eq(sums.part[0], 12);
    ck_assert_double_eq(sums.weight[0], 6);
    ck_assert_double_eq(sums.part[1], 3);
    ck_assert_double_eq(sums.weight[1], 4);
    ck_assert_double_eq(sums.part[2], 0); /* a third loss is not part of these sums */
    axf_sums_free(&sums);
}
END_TEST

START_TEST(targets_are_tallied_against_the_largest_logit)
{
    axf_sums sums;
    axf_sums_init(&sums, 3, 0, 1);
    add_three_posts(&sums, 1, 3);
    ck_assert_int_eq(sums.tally.posts, 3);
    ck_assert_int_eq(sums.tally.counts[0 * 3 + 0], 1);
    ck_assert_int_eq(sums.tally.counts[2 * 3 + 1], 1);
    ck_assert_int_eq(sums.tally.counts[2 * 3 + 2], 1);
    axf_sums_free(&sums);
}
END_TEST

START_TEST(labels_are_tallied_one_by_one)
{
    static const float labels[] = {1, 0, 0, /**/ 0, 1, 1, /**/ 0, 0, 1};
    const double part[] = {1}, weight[] = {1};
    axf_sums sums;
    axf_sums_init(&sums, 3, 1, 1);
    axf_sums_add(
        &sums,
        &(axf_sums_pass){
            .posts = 3, .share = 3, .loss = 1, .part = part, .weight = weight, .logits = logits, .labels = labels});
    ck_assert_int_eq(sums.tally.posts, 3);
    ck_assert_int_eq(sums.tally.exact, 2); /* the first post is also said to have the second label */
    ck_assert_int_eq(sums.tally.counts[4 * 1 + 3], 1);
    ck_assert_int_eq(sums.tally.counts[4 * 1 + 1], 1);
    axf_sums_free(&sums);
}
END_TEST

START_TEST(posts_without_targets_count_for_the_loss_alone)
{
    const double part[] = {1}, weight[] = {1};
    axf_sums sums;
    axf_sums_init(&sums, 3, 0, 1);
    axf_sums_add(&sums,
                 &(axf_sums_pass){.posts = 3, .share = 3, .loss = 4, .part = part, .weight = weight, .logits = logits});
    ck_assert_double_eq(axf_sums_loss(&sums), 4);
    ck_assert_int_eq(sums.tally.posts, 0);
    axf_sums_free(&sums);
}
END_TEST

START_TEST(clearing_goes_back_to_the_start)
{
    axf_sums sums, fresh;
    axf_sums_init(&sums, 3, 0, 2);
    axf_sums_init(&fresh, 3, 0, 2);
    add_three_posts(&sums, 2, 3);
    axf_sums_clear(&sums);
    ck_assert_int_eq(sums.parts, 2);
    ck_assert_int_eq(sums.posts, 0);
    ck_assert_double_eq(sums.shares, 0);
    ck_assert_double_eq(sums.part[1], 0);
    ck_assert_mem_eq(sums.tally.counts, fresh.tally.counts, 9 * sizeof *sums.tally.counts);
    add_three_posts(&sums, 2, 3);
    ck_assert_double_eq(axf_sums_loss(&sums), 2);
    axf_sums_free(&sums);
    axf_sums_free(&fresh);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sums");
    TCase *cases = tcase_create("sums");
    tcase_add_test(cases, losses_are_means_by_shares);
    tcase_add_test(cases, targets_are_tallied_against_the_largest_logit);
    tcase_add_test(cases, labels_are_tallied_one_by_one);
    tcase_add_test(cases, posts_without_targets_count_for_the_loss_alone);
    tcase_add_test(cases, clearing_goes_back_to_the_start);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
