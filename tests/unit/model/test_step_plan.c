/* The plan of an optimiser step, from train.batch, train.micro_batch, train.clip and what the losses compare. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "model/step_plan.h"

static axf_experiment experiment;
static axf_model model;

static void setup(int64_t batch, int64_t micro_batch, double clip, int32_t scope)
{
    experiment = (axf_experiment){.train = {.batch = batch, .micro_batch = micro_batch, .clip = clip}};
    model = (axf_model){.experiment = &experiment, .loss_count = 2};
    model.loss[0].facts.scope = AXF_LOSS_PER_POST;
    model.loss[1].facts.scope = scope;
}

static void check_plan(axf_step_plan plan, axf_step_plan expected)
{
    ck_assert_int_eq(plan.size, expected.size);
    ck_assert_int_eq(plan.micro, expected.micro);
    ck_assert_int_eq(plan.two_pass, expected.two_pass);
    ck_assert_int_eq(plan.take, expected.take);
    ck_assert_int_eq(plan.keep_gradients, expected.keep_gradients);
}

START_TEST(whole_batches)
{
    setup(8, AXF_NULL_INT, NAN, AXF_LOSS_PER_BATCH);
    check_plan(axf_step_plan_make(&model, 8), (axf_step_plan){8, 8, 0, 8, 0});
    check_plan(axf_step_plan_make(&model, 3), (axf_step_plan){3, 3, 0, 3, 0});
    setup(8, 8, 1.5,
          AXF_LOSS_PER_BATCH); /* a micro-batch of the whole batch splits nothing; clipping keeps gradients */
    check_plan(axf_step_plan_make(&model, 8), (axf_step_plan){8, 8, 0, 8, 1});
    setup(8, 20, NAN, AXF_LOSS_PER_POST);
    check_plan(axf_step_plan_make(&model, 8), (axf_step_plan){8, 8, 0, 8, 0});
}
END_TEST

START_TEST(micro_batches)
{
    setup(8, 3, NAN, AXF_LOSS_PER_POST);
    check_plan(axf_step_plan_make(&model, 8), (axf_step_plan){8, 3, 0, 3, 1});
    check_plan(axf_step_plan_make(&model, 2), (axf_step_plan){2, 2, 0, 2, 1}); /* the last, short batch */
    setup(8, 3, NAN, AXF_LOSS_PER_BATCH);
    check_plan(axf_step_plan_make(&model, 8), (axf_step_plan){8, 3, 1, 8, 1});
    check_plan(axf_step_plan_make(&model, 3), (axf_step_plan){3, 3, 0, 3, 1});
}
END_TEST

START_TEST(the_largest_step)
{
    setup(8, 3, NAN, AXF_LOSS_PER_BATCH);
    check_plan(axf_step_plan_largest(&model, 100), (axf_step_plan){8, 3, 1, 8, 1});
    check_plan(axf_step_plan_largest(&model, 5), (axf_step_plan){5, 3, 1, 5, 1});
    setup(8, 3, NAN, AXF_LOSS_PER_POST);
    check_plan(axf_step_plan_largest(&model, 100), (axf_step_plan){8, 3, 0, 3, 1});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step plan");
    TCase *tests = tcase_create("step plan");
    tcase_add_test(tests, whole_batches);
    tcase_add_test(tests, micro_batches);
    tcase_add_test(tests, the_largest_step);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
