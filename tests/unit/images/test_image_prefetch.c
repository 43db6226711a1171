/* Loading from a data folder (safety, the jpg-to-png second try), and the threads that do it ahead of use. */
#include "image_cases.h"
#include "temp_folder.h"

#include "images/prefetch.h"

#include <stdlib.h>
#include <sys/stat.h>

static void copy_case(const char *name, const char *to)
{
    uint8_t *bytes = NULL;
    size_t size;
    ck_assert_int_eq(axf_image_read(IMAGE_FILES, name, &bytes, &size, &image_memory), AXF_OK);
    FILE *file = fopen(to, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* A data folder `root`/data with a good image, and one outside it. */
static void make_data(const char *root, char *data, size_t room)
{
    snprintf(data, room, "%s/data", root);
    ck_assert_int_eq(mkdir(data, 0700), 0);
    ck_assert_int_eq(mkdir(temp_path(data, "jpg"), 0700), 0);
    ck_assert_int_eq(mkdir(temp_path(data, "png"), 0700), 0);
    copy_case("rgb.png", temp_path(data, "a.png"));
    copy_case("odd420.jpg", temp_path(data, "good.jpg"));
    copy_case("odd420.jpg", temp_path(root, "outside.jpg"));
}

START_TEST(second_try_turns_every_jpg_into_png)
{
    char data[600];
    char *root = temp_folder_make();
    axf_image image;
    make_data(root, data, sizeof data);
    ck_assert_int_eq(axf_image_load(data, "a.jpg", &image, &image_memory), AXF_OK); /* missing, a.png is there */

    copy_case("truncated.jpg", temp_path(data, "a.jpg"));
    ck_assert_int_eq(axf_image_load(data, "a.jpg", &image, &image_memory), AXF_OK); /* there, but truncated */

    copy_case("rgb.png", temp_path(data, "png/b.png.png"));
    ck_assert_int_eq(axf_image_load(data, "jpg/b.jpg.jpg", &image, &image_memory),
                     AXF_OK); /* in the folder's name too */

    ck_assert_int_ne(axf_image_load(data, "c.jpg", &image, &image_memory), AXF_OK);
    check_message("data/c.jpg': No such file");
    check_message("data/c.png': No such file");
    ck_assert_ptr_null(image.pixels);
    ck_assert_int_ne(axf_image_load(data, "c.jpeg", &image, &image_memory), AXF_OK); /* nothing to turn: one reason */
    ck_assert_ptr_null(strstr(axf_error_message(), "in its place"));
    temp_folder_remove(root);
}
END_TEST

START_TEST(opens_only_regular_files_below_the_root)
{
    char data[600];
    char *root = temp_folder_make();
    axf_image image;
    make_data(root, data, sizeof data);
    ck_assert_int_eq(mkfifo(temp_path(data, "x.jpg"), 0600), 0);
    ck_assert_int_eq(symlink("../outside.jpg", temp_path(data, "link.jpeg")), 0);
    ck_assert_int_eq(symlink("good.jpg", temp_path(data, "inside.jpeg")), 0);
    ck_assert_int_eq(symlink("loop.jpeg", temp_path(data, "loop.jpeg")), 0);
    ck_assert_int_eq(symlink("/dev", temp_path(data, "devices")), 0);

    ck_assert_int_eq(axf_image_load(data, "inside.jpeg", &image, &image_memory), AXF_OK);
    const struct {
        const char *path, *part;
    } cases[] = {
        {"x.jpg", "not a regular file"}, /* a FIFO: must not wait for a writer */
        {"jpg", "not a regular file"},
        {"../outside.jpg", "leads out of"},
        {"jpg/../../outside.jpg", "leads out of"},
        {"link.jpeg", "leads out of"},
        {"devices/zero", "leads out of"},
        {"/etc/passwd", "leads out of"},
        {"loop.jpeg", "leads out of"},
        {"", "an empty path"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(axf_image_load(data, cases[i].path, &image, &image_memory) != AXF_OK, "%s was opened",
                      cases[i].path);
        check_message(cases[i].part);
    }
    temp_folder_remove(root);
}
END_TEST

static const axf_pixel_recipe own_size = {
    .struct_size = sizeof(axf_pixel_recipe), .resize = AXF_RESIZE_NONE, .divisor = 255, .std = {1, 1, 1}};

enum { ITEMS = 60 };

/* Good and bad images in turn; post numbers are not the positions. */
static void make_items(axf_prefetch_item *items)
{
    static const char *const paths[] = {"photo420.jpg", "rgb.png",      "truncated.jpg",
                                        "grey8.png",    "missing.jpeg", "one.png"};
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (axf_prefetch_item){1000 - i, paths[i % 6]};
    }
}

static void check_result(const axf_prefetch_item *item, const axf_prefetch_result *result)
{
    ck_assert_int_eq(result->post, item->post);
    axf_image image;
    if (axf_image_load(IMAGE_FILES, item->path, &image, &image_memory) != AXF_OK) {
        ck_assert_int_ne(result->status, AXF_OK);
        ck_assert_ptr_null(result->pixels);
        ck_assert_str_eq(result->message, axf_error_message());
        return;
    }
    ck_assert_msg(result->status == AXF_OK, "%s", result->message);
    ck_assert_str_eq(result->message, "");
    ck_assert_int_eq(result->height, image.height);
    ck_assert_int_eq(result->width, image.width);
    const size_t count = (size_t)image.height * (size_t)image.width;
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += result->pixels[2 * count + i] != (float)image.pixels[3 * i + 2] / 255.0f;
    }
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(delivers_in_order_whatever_the_threads)
{
    static const int32_t shapes[][2] = {{1, 1}, {1, 5}, {4, 1}, {4, 3}, {3, 100}, {8, 16}};
    axf_prefetch_item items[ITEMS];
    make_items(items);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        axf_prefetch *prefetch;
        ck_assert_int_eq(
            axf_prefetch_start(IMAGE_FILES, &own_size, items, ITEMS, shapes[s][0], shapes[s][1], &prefetch), AXF_OK);
        axf_prefetch_result result;
        for (int i = 0; i < ITEMS; i++) {
            ck_assert(axf_prefetch_next(prefetch, &result));
            check_result(&items[i], &result);
        }
        ck_assert(!axf_prefetch_next(prefetch, &result));
        ck_assert(!axf_prefetch_next(prefetch, &result));
        axf_prefetch_stop(prefetch);
    }
}
END_TEST

START_TEST(stops_at_any_time)
{
    axf_prefetch_item items[ITEMS];
    make_items(items);
    for (int taken = 0; taken <= ITEMS; taken += 3) {
        axf_prefetch *prefetch;
        ck_assert_int_eq(axf_prefetch_start(IMAGE_FILES, &own_size, items, ITEMS, 4, 6, &prefetch), AXF_OK);
        axf_prefetch_result result;
        for (int i = 0; i < taken; i++) {
            ck_assert(axf_prefetch_next(prefetch, &result));
        }
        axf_prefetch_stop(prefetch);
    }
    axf_prefetch *prefetch;
    ck_assert_int_eq(axf_prefetch_start(IMAGE_FILES, &own_size, items, 0, 2, 2, &prefetch), AXF_OK); /* no items */
    axf_prefetch_result result;
    ck_assert(!axf_prefetch_next(prefetch, &result));
    axf_prefetch_stop(prefetch);
    axf_prefetch_stop(NULL);
    ck_assert_int_eq(axf_prefetch_start(IMAGE_FILES, &own_size, items, 1, 0, 2, &prefetch), AXF_ERR_INTERNAL);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("image loading");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, second_try_turns_every_jpg_into_png);
    tcase_add_test(cases, opens_only_regular_files_below_the_root);
    tcase_add_test(cases, delivers_in_order_whatever_the_threads);
    tcase_add_test(cases, stops_at_any_time);
    Suite *suite = suite_create("image loading");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
