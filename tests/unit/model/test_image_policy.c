/* What is decided about a post without an image, or with a bad one, under every policy; and the blank in its place. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/log.h"
#include "model/image_policy.h"

static axf_experiment experiment;
static axf_model model;
static axf_posts posts;

static void setup(int32_t missing_image, int32_t on_bad_image)
{
    experiment = (axf_experiment){.data = {.missing_image = missing_image, .on_bad_image = on_bad_image}};
    model = (axf_model){.experiment = &experiment, .has_image = 1, .image_facts = {.from_pixels = 1}};
    posts = (axf_posts){.facts = {.image_root = "/images"}};
}

static axf_record record_of(const char *image)
{
    return (axf_record){.id = "p1", .image = image, .file = "posts.csv", .line = 7};
}

static const struct decision {
    int32_t missing_image, on_bad_image;
    const char *image; /* NULL: the post names none */
    axf_status status;
    int32_t keep, blank;
} decisions[] = {
    {AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_ERROR, "a.jpg", AXF_ERR_DATA, 1, AXF_BLANK_NO},
    {AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_SKIP, "a.jpg", AXF_OK, 0, AXF_BLANK_NO},
    {AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_BLANK, "a.jpg", AXF_OK, 1, AXF_BLANK_PICTURE},
    {AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_LEARNED, "a.jpg", AXF_OK, 1, AXF_BLANK_LEARNED},
    {AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_SKIP, NULL, AXF_OK, 0, AXF_BLANK_NO},
    {AXF_BAD_IMAGE_LEARNED, AXF_BAD_IMAGE_ERROR, NULL, AXF_OK, 1, AXF_BLANK_LEARNED},
    {AXF_BAD_IMAGE_LEARNED, AXF_BAD_IMAGE_ERROR, "a.jpg", AXF_ERR_DATA, 1, AXF_BLANK_NO},
    {AXF_BAD_IMAGE_ERROR, AXF_BAD_IMAGE_BLANK, NULL, AXF_ERR_DATA, 1, AXF_BLANK_NO},
};

START_TEST(every_policy)
{
    const struct decision *d = &decisions[_i];
    setup(d->missing_image, d->on_bad_image);
    axf_record record = record_of(d->image);
    uint8_t keep = 1;
    ck_assert_int_eq(axf_image_policy_decide(&model, &posts, &record, "a.jpg: cut short", &keep), d->status);
    ck_assert_int_eq(keep, d->keep);
    ck_assert_int_eq(record.blank, d->blank);
    if (d->status != AXF_OK) {
        const char *why = d->image != NULL ? "a.jpg: cut short" : "the post has no image";
        ck_assert_msg(strstr(axf_error_message(), "posts.csv:7: ") != NULL, "%s", axf_error_message());
        ck_assert_msg(strstr(axf_error_message(), "post p1: ") != NULL, "%s", axf_error_message());
        ck_assert_msg(strstr(axf_error_message(), why) != NULL, "%s", axf_error_message());
    }
}
END_TEST

/* When batches are made no post can leave any more, and what was decided before holds. */
START_TEST(too_late_to_leave_out)
{
    setup(AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_SKIP);
    axf_record record = record_of("a.jpg");
    ck_assert_int_eq(axf_image_policy_decide(&model, &posts, &record, "gone", NULL), AXF_ERR_DATA);
    setup(AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_BLANK);
    ck_assert_int_eq(axf_image_policy_decide(&model, &posts, &record, "gone", NULL), AXF_OK);
    ck_assert_int_eq(record.blank, AXF_BLANK_PICTURE);
    setup(AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_ERROR);
    ck_assert_int_eq(axf_image_policy_decide(&model, &posts, &record, "gone", NULL), AXF_OK);
}
END_TEST

START_TEST(when_a_check_is_needed)
{
    setup(AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_ERROR);
    ck_assert_int_eq(axf_image_policy_needs_check(&model), 0);
    model.image_facts.from_pixels = 0; /* features: asked for each post */
    ck_assert_int_eq(axf_image_policy_needs_check(&model), 1);
    model.has_image = 0;
    ck_assert_int_eq(axf_image_policy_needs_check(&model), 0);
    setup(AXF_BAD_IMAGE_BLANK, AXF_BAD_IMAGE_ERROR);
    ck_assert_int_eq(axf_image_policy_needs_check(&model), 1);
    setup(AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_SKIP);
    ck_assert_int_eq(axf_image_policy_needs_check(&model), 1);
}
END_TEST

static void check_blank(int32_t kind, int32_t height, int32_t width)
{
    axf_image_blank blank = {0};
    ck_assert_int_eq(axf_image_blank_make(&model, kind, &blank), AXF_OK);
    ck_assert_int_eq(blank.height, height);
    ck_assert_int_eq(blank.width, width);
    ck_assert_ptr_null(blank.pixels);
}

START_TEST(sizes_of_blanks)
{
    setup(AXF_BAD_IMAGE_SAME, AXF_BAD_IMAGE_BLANK);
    axf_pixel_recipe *recipe = &model.image_facts.recipe;
    *recipe = (axf_pixel_recipe){.one_size = 1, .out_height = 224, .out_width = 192};
    check_blank(AXF_BLANK_PICTURE, 224, 192);
    *recipe = (axf_pixel_recipe){.resize = AXF_RESIZE_SHORT_CAPPED, .multiple = 32, .short_side = 400};
    check_blank(AXF_BLANK_PICTURE, 32, 32);
    check_blank(AXF_BLANK_LEARNED, 384, 384);
}
END_TEST

int main(void)
{
    axf_log_set_level(AXF_LOG_LEVEL_ERROR);
    Suite *suite = suite_create("image policy");
    TCase *tests = tcase_create("image policy");
    tcase_add_loop_test(tests, every_policy, 0, sizeof decisions / sizeof decisions[0]);
    tcase_add_test(tests, too_late_to_leave_out);
    tcase_add_test(tests, when_a_check_is_needed);
    tcase_add_test(tests, sizes_of_blanks);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
