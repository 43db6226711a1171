/* Resizing against Pillow, recipes against Hugging Face and torchvision: equal bits, on committed cases. */
#include "image_cases.h"
#include "temp_folder.h"

#include "images/transform.h"

#include <math.h>
#include <stdbool.h>

#define IMAGENET_MEAN                                                                                                  \
    {                                                                                                                  \
        0.485f, 0.456f, 0.406f                                                                                         \
    }
#define IMAGENET_STD                                                                                                   \
    {                                                                                                                  \
        0.229f, 0.224f, 0.225f                                                                                         \
    }

static const struct {
    const char *name;
    axf_pixel_recipe recipe;
} recipes[] = {
    {"vit",
     {.struct_size = sizeof(axf_pixel_recipe),
      .resize = AXF_RESIZE_SQUASH,
      .filter = AXF_FILTER_BILINEAR,
      .height = 224,
      .width = 224,
      .one_size = 1,
      .out_height = 224,
      .out_width = 224,
      .divisor = 255,
      .mean = {0.5f, 0.5f, 0.5f},
      .std = {0.5f, 0.5f, 0.5f}}},
    {"deit",
     {.struct_size = sizeof(axf_pixel_recipe),
      .resize = AXF_RESIZE_SQUASH,
      .filter = AXF_FILTER_BICUBIC,
      .height = 256,
      .width = 256,
      .crop = AXF_CROP_FLOOR,
      .crop_height = 224,
      .crop_width = 224,
      .one_size = 1,
      .out_height = 224,
      .out_width = 224,
      .divisor = 255,
      .mean = IMAGENET_MEAN,
      .std = IMAGENET_STD}},
    {"dinov2",
     {.struct_size = sizeof(axf_pixel_recipe),
      .resize = AXF_RESIZE_SHORT_SIDE,
      .filter = AXF_FILTER_BICUBIC,
      .short_side = 256,
      .crop = AXF_CROP_FLOOR,
      .crop_height = 224,
      .crop_width = 224,
      .one_size = 1,
      .out_height = 224,
      .out_width = 224,
      .divisor = 255,
      .mean = IMAGENET_MEAN,
      .std = IMAGENET_STD}},
    {"mmbt",
     {.struct_size = sizeof(axf_pixel_recipe),
      .resize = AXF_RESIZE_SHORT_SIDE,
      .filter = AXF_FILTER_BILINEAR,
      .short_side = 256,
      .crop = AXF_CROP_HALF_EVEN,
      .crop_height = 224,
      .crop_width = 224,
      .one_size = 1,
      .out_height = 224,
      .out_width = 224,
      .divisor = 255,
      .mean = {0.46777044f, 0.44531429f, 0.40661017f},
      .std = {0.12221994f, 0.12145835f, 0.14380469f}}},
    {"resnet",
     {.struct_size = sizeof(axf_pixel_recipe),
      .resize = AXF_RESIZE_SQUASH,
      .filter = AXF_FILTER_BILINEAR,
      .height = 224,
      .width = 224,
      .one_size = 1,
      .out_height = 224,
      .out_width = 224,
      .divisor = 255,
      .mean = IMAGENET_MEAN,
      .std = IMAGENET_STD}},
    {"vilt",
     {.struct_size = sizeof(axf_pixel_recipe),
      .resize = AXF_RESIZE_SHORT_CAPPED,
      .filter = AXF_FILTER_BICUBIC,
      .short_side = 384,
      .long_cap = 639,
      .multiple = 32,
      .divisor = 255,
      .mean = {0.5f, 0.5f, 0.5f},
      .std = {0.5f, 0.5f, 0.5f}}},
};

static const axf_pixel_recipe *recipe_named(const char *name)
{
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        if (strcmp(recipes[i].name, name) == 0) {
            return &recipes[i].recipe;
        }
    }
    ck_abort_msg("no recipe %s", name);
}

static axf_window whole(int32_t height, int32_t width)
{
    return (axf_window){0, 0, height, width};
}

START_TEST(resizes_as_pillow)
{
    FILE *cases = open_cases("resize.txt");
    char name[64], filter[16], digest[17], what[160];
    int height, width, count = 0;
    while (fscanf(cases, "%63s %15s %d %d %16s", name, filter, &height, &width, digest) == 5) {
        axf_image image = load_case(name), resized;
        const int32_t code = strcmp(filter, "bicubic") == 0 ? AXF_FILTER_BICUBIC : AXF_FILTER_BILINEAR;
        ck_assert_int_eq(
            axf_image_resize(&image, height, width, code, whole(height, width), name, &resized, &image_memory), AXF_OK);
        snprintf(what, sizeof what, "%s %s to %d x %d", name, filter, height, width);
        check_digest(resized.pixels, (size_t)height * (size_t)width * 3, digest, what);
        count++;
    }
    fclose(cases);
    ck_assert_int_eq(count, 66);
}
END_TEST

/* A window at any place must have the same bytes as that part of the whole result. */
START_TEST(window_is_part_of_the_whole)
{
    static const axf_window windows[] = {
        {0, 0, 1, 1}, {99, 149, 1, 1}, {13, 7, 64, 100}, {0, 50, 100, 3}, {40, 0, 1, 150}};
    static const int32_t sizes[][2] = {{100, 150}, {200, 150}, {100, 300}, {200, 300}, {401, 599}};
    axf_image image = load_case("photo420.jpg");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int32_t height = sizes[s][0], width = sizes[s][1];
        axf_image all;
        ck_assert_int_eq(axf_image_resize(&image, height, width, AXF_FILTER_BICUBIC, whole(height, width), "all", &all,
                                          &image_memory),
                         AXF_OK);
        for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
            const axf_window w = windows[i];
            axf_image part;
            ck_assert_int_eq(
                axf_image_resize(&image, height, width, AXF_FILTER_BICUBIC, w, "part", &part, &image_memory), AXF_OK);
            for (int32_t y = 0; y < w.height; y++) {
                const uint8_t *expected = all.pixels + ((size_t)(w.top + y) * (size_t)width + (size_t)w.left) * 3;
                ck_assert_mem_eq(part.pixels + (size_t)y * (size_t)w.width * 3, expected, (size_t)w.width * 3);
            }
        }
    }
}
END_TEST

START_TEST(refuses_windows_outside)
{
    static const axf_window windows[] = {
        {-1, 0, 1, 1}, {0, 0, 0, 1}, {0, 0, 11, 1}, {10, 0, 1, 1}, {0, INT32_MAX, 1, 2}};
    axf_image image = load_case("rgb.png"), out;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        ck_assert_int_eq(
            axf_image_resize(&image, 10, 10, AXF_FILTER_BILINEAR, windows[i], "x.png", &out, &image_memory),
            AXF_ERR_DATA);
        check_message("x.png");
    }
    ck_assert_int_eq(axf_image_resize(&image, 0, 10, AXF_FILTER_BILINEAR, whole(1, 1), "x.png", &out, &image_memory),
                     AXF_ERR_DATA);
    ck_assert_int_eq(
        axf_image_resize(&image, 20000, 20000, AXF_FILTER_BILINEAR, whole(20000, 20000), "x.png", &out, &image_memory),
        AXF_ERR_DATA);
}
END_TEST

START_TEST(recipes_as_reference)
{
    FILE *cases = open_cases("recipe.txt");
    char name[64], recipe_name[16], digest[17], what[160];
    int height, width, count = 0;
    while (fscanf(cases, "%63s %15s %d %d %16s", name, recipe_name, &height, &width, digest) == 5) {
        const axf_pixel_recipe *recipe = recipe_named(recipe_name);
        axf_image image = load_case(name);
        axf_image_plan plan;
        ck_assert_int_eq(axf_recipe_plan(recipe, image.height, image.width, name, &plan), AXF_OK);
        ck_assert_msg(plan.window.height == height && plan.window.width == width, "%s %s: %d x %d, expected %d x %d",
                      name, recipe_name, plan.window.height, plan.window.width, height, width);
        const size_t size = (size_t)height * (size_t)width * 3 * sizeof(float);
        float *values = malloc(size);
        ck_assert_int_eq(axf_image_transform(recipe, &plan, &image, name, values, &image_memory), AXF_OK);
        snprintf(what, sizeof what, "%s by recipe %s", name, recipe_name);
        check_digest(values, size, digest, what);
        free(values);
        count++;
    }
    fclose(cases);
    ck_assert_int_eq(count, 136);
}
END_TEST

START_TEST(vilt_sizes_as_reference)
{
    FILE *cases = open_cases("vilt_sizes.txt");
    int in_height, in_width, height, width, count = 0;
    while (fscanf(cases, "%d %d %d %d", &in_height, &in_width, &height, &width) == 4) {
        axf_image_plan plan;
        const axf_status status = axf_recipe_plan(recipe_named("vilt"), in_height, in_width, "x.jpg", &plan);
        if (height == 0 || width == 0) {
            ck_assert_int_eq(status, AXF_ERR_DATA);
        } else {
            ck_assert_int_eq(status, AXF_OK);
            ck_assert_msg(plan.height == height && plan.width == width, "%d x %d becomes %d x %d, expected %d x %d",
                          in_height, in_width, (int)plan.height, (int)plan.width, height, width);
        }
        count++;
    }
    fclose(cases);
    ck_assert_int_eq(count, 163);
}
END_TEST

START_TEST(crops_start_where_the_libraries_do)
{
    static const struct {
        int32_t side, floor, half_even;
    } cases[] = {{224, 0, 0}, {225, 0, 0}, {226, 1, 1},   {227, 1, 2},
                 {229, 2, 2}, {231, 3, 4}, {256, 16, 16}, {341, 58, 58}};
    axf_pixel_recipe recipe = *recipe_named("mmbt");
    recipe.resize = AXF_RESIZE_NONE;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_image_plan plan;
        recipe.crop = AXF_CROP_FLOOR;
        ck_assert_int_eq(axf_recipe_plan(&recipe, cases[i].side, 224, "x.jpg", &plan), AXF_OK);
        ck_assert_int_eq(plan.window.top, cases[i].floor);
        recipe.crop = AXF_CROP_HALF_EVEN;
        ck_assert_int_eq(axf_recipe_plan(&recipe, 224, cases[i].side, "x.jpg", &plan), AXF_OK);
        ck_assert_int_eq(plan.window.left, cases[i].half_even);
    }
    axf_image_plan plan;
    ck_assert_int_eq(axf_recipe_plan(&recipe, 223, 300, "x.jpg", &plan), AXF_ERR_DATA);
    check_message("x.jpg: 300 x 223 pixels after the resize, less than the crop of 224 x 224");
}
END_TEST

/* A crop needs only its own part of a huge resized image: a line of 1 x 60000 pixels costs no gigabytes. */
START_TEST(narrow_images_are_bounded)
{
    const axf_pixel_recipe *recipe = recipe_named("dinov2");
    axf_image image;
    axf_image_plan plan;
    ck_assert_int_eq(axf_image_alloc(&image, 1, 60000, "line", &image_memory), AXF_OK);
    memset(image.pixels, 100, 60000 * 3);
    ck_assert_int_eq(axf_recipe_plan(recipe, 1, 60000, "line", &plan), AXF_OK);
    ck_assert_int_eq(plan.width, 256 * 60000);
    float *values = malloc(224 * 224 * 3 * sizeof *values);
    ck_assert_int_eq(axf_image_transform(recipe, &plan, &image, "line", values, &image_memory), AXF_OK);
    ck_assert_float_eq(values[224 * 224 - 1], (100 / 255.0f - 0.485f) / 0.229f);
    free(values);

    axf_pixel_recipe uncropped = *recipe;
    uncropped.crop = AXF_CROP_NONE;
    ck_assert_int_eq(axf_recipe_plan(&uncropped, 1, 60000, "line", &plan), AXF_ERR_DATA);
    check_message("would become 15360000 x 256");
}
END_TEST

START_TEST(refuses_senseless_recipes)
{
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        ck_assert_int_eq(axf_recipe_check(&recipes[i].recipe), AXF_OK);
    }
    axf_pixel_recipe bad[12];
    const char *parts[12];
    size_t count = 0;
    const axf_pixel_recipe *vit = recipe_named("vit"), *dino = recipe_named("dinov2"), *vilt = recipe_named("vilt");
#define BAD(from, field, value, part) bad[count] = *(from), bad[count].field = (value), parts[count++] = (part)
    BAD(vit, struct_size, 8, "rebuild the plugin");
    BAD(vit, resize, 9, "unknown resize rule 9");
    BAD(vit, filter, 0, "unknown filter 0");
    BAD(vit, height, 0, "resize to 0 x 224");
    BAD(vit, out_width, 225, "one size 224 x 225");
    BAD(vit, std[1], 0.0f, "not 0");
    BAD(vit, mean[2], NAN, "finite");
    BAD(dino, short_side, 70000, "short side 70000");
    BAD(dino, crop, 3, "unknown crop rule 3");
    BAD(dino, crop_width, 0, "crop to 224 x 0");
    BAD(vilt, multiple, 0, "multiples of 0");
    BAD(vilt, one_size, 1, "a size per image");
#undef BAD
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(axf_recipe_check(&bad[i]) == AXF_ERR_PLUGIN, "accepted: %s", parts[i]);
        check_message("pixel recipe");
        check_message(parts[i]);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("image transforms");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, resizes_as_pillow);
    tcase_add_test(cases, window_is_part_of_the_whole);
    tcase_add_test(cases, refuses_windows_outside);
    tcase_add_test(cases, recipes_as_reference);
    tcase_add_test(cases, vilt_sizes_as_reference);
    tcase_add_test(cases, crops_start_where_the_libraries_do);
    tcase_add_test(cases, narrow_images_are_bounded);
    tcase_add_test(cases, refuses_senseless_recipes);
    Suite *suite = suite_create("image transforms");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
