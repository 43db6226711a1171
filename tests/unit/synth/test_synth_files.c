#include "synth/draw.h"
#include "synth/write.h"

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>

static char folder[256];

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "%s/synth-XXXXXX", AXF_BUILD_DIR);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The file's content with a NUL behind it; the caller frees it. */
static char *read_whole(const char *base, const char *name, size_t *size)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", base, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is missing", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

static void write_posts(const char *name, uint64_t count, uint64_t seed, axf_synth_format format, char path[512])
{
    char error[300] = "";
    snprintf(path, 512, "%s/%s", folder, name);
    const axf_status status = axf_synth_write(path, count, seed, format, error, sizeof error);
    ck_assert_msg(status == AXF_OK, "status %d: %s", (int)status, error);
    ck_assert_str_eq(error, "");
}

static uint32_t count_lines(const char *text)
{
    uint32_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static uint32_t count_files(const char *base, const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", base, name);
    DIR *entries = opendir(path);
    ck_assert_msg(entries != NULL, "%s is missing", path);
    uint32_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

START_TEST(the_same_seed_writes_the_same_files)
{
    char one[512], two[512], three[512];
    size_t one_size, two_size;
    write_posts("one", 40, 3, AXF_SYNTH_TABLE, one);
    write_posts("two", 40, 3, AXF_SYNTH_TABLE, two);
    write_posts("three", 40, 4, AXF_SYNTH_TABLE, three);
    char *const first = read_whole(one, "posts.csv", &one_size), *const second =
                                                                     read_whole(two, "posts.csv", &two_size);
    ck_assert_str_eq(first, second);
    char *const other = read_whole(three, "posts.csv", &two_size);
    ck_assert_str_ne(first, other);
    free(second);
    free(other);
    uint32_t images = 0;
    for (char *line = strchr(first, '\n') + 1; *line != '\0'; images++) {
        char *const end = strchr(line, '\n'), name[64];
        *end = '\0';
        snprintf(name, sizeof name, "images/%s", strrchr(line, ',') + 1);
        char *const a = read_whole(one, name, &one_size), *const b = read_whole(two, name, &two_size);
        ck_assert_uint_eq(one_size, two_size);
        ck_assert_mem_eq(a, b, one_size);
        free(a);
        free(b);
        line = end + 1;
    }
    ck_assert_uint_eq(images, 40);
    free(first);
}
END_TEST

typedef struct jpeg_errors {
    struct jpeg_error_mgr manager;
    jmp_buf leave;
} jpeg_errors;

static void jpeg_leave(j_common_ptr info)
{
    longjmp(((jpeg_errors *)info->err)->leave, 1);
}

/* The picture read last, four bytes a pixel. */
static struct {
    uint32_t width, height;
    uint8_t pixels[160 * 160 * 4];
} picture;

static void expect_size(uint32_t width, uint32_t height)
{
    ck_assert_msg(width >= 96 && width <= 160 && height >= 96 && height <= 160, "%u x %u pixels", width, height);
    picture.width = width;
    picture.height = height;
}

/* Reads `picture`; returns the number of colour channels, 0 when the file is refused or draws a warning. */
static int decode_jpeg(const char *bytes, size_t size)
{
    struct jpeg_decompress_struct info;
    jpeg_errors errors;
    memset(&info, 0, sizeof info);
    info.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jpeg_leave;
    if (setjmp(errors.leave)) {
        jpeg_destroy_decompress(&info);
        return 0;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, (const unsigned char *)bytes, size);
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_EXT_RGBX;
    jpeg_start_decompress(&info);
    expect_size(info.output_width, info.output_height);
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = picture.pixels + (size_t)info.output_scanline * info.output_width * 4;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    const int channels = info.num_components;
    jpeg_destroy_decompress(&info);
    return errors.manager.num_warnings == 0 ? channels : 0;
}

/* Reads `picture`; returns the file's own colour type, -1 when it is refused or has no end. */
static int decode_png(const char *bytes, size_t size)
{
    const int colour_type = size > 25 ? bytes[25] : -1;
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes, size) || memcmp(bytes + size - 8, "IEND", 4) != 0) {
        return -1;
    }
    expect_size(image.width, image.height);
    image.format = PNG_FORMAT_RGBA;
    const int good = png_image_finish_read(&image, NULL, picture.pixels, 0, NULL);
    return good && image.warning_or_error == 0 ? colour_type : -1;
}

/* The mean of the 4 x 4 pixels whose first is (x, y). */
static void mean_colour(uint32_t x, uint32_t y, double mean[3])
{
    mean[0] = mean[1] = mean[2] = 0;
    for (uint32_t i = 0; i < 16; i++) {
        const uint8_t *pixel = picture.pixels + 4 * ((size_t)(y + i / 4) * picture.width + x + i % 4);
        for (int c = 0; c < 3; c++) {
            mean[c] += pixel[c] / 16.0;
        }
    }
}

/* In the middle lies the object, in the lower corners the ground of the scene. */
static void expect_shown(const axf_synth_facts *shown, const char *name, bool has_colour)
{
    static const double colours[AXF_SYNTH_COLOURS][3] = {{214, 30, 36}, {246, 218, 24}, {28, 176, 60}, {36, 66, 224}};
    double mean[3], nearest = 1e9;
    uint32_t seen = 0;
    mean_colour(picture.width / 2 - 2, picture.height / 2 - 2, mean);
    for (uint32_t colour = 0; colour < AXF_SYNTH_COLOURS; colour++) {
        const double off = fabs(mean[0] - colours[colour][0]) + fabs(mean[1] - colours[colour][1]) +
                           fabs(mean[2] - colours[colour][2]);
        if (off < nearest) {
            nearest = off;
            seen = colour;
        }
    }
    if (has_colour) {
        ck_assert_msg(seen == shown->colour, "%s is %s instead of %s", name, axf_synth_colour_name(seen),
                      axf_synth_colour_name(shown->colour));
    }
    mean_colour(0, picture.height - 4, mean);
    const bool bright = mean[0] + mean[1] + mean[2] > 3 * 128;
    ck_assert_msg(bright == (shown->scene >= 2), "%s is %s, but shows %s", name, bright ? "bright" : "dark",
                  axf_synth_scene_name(shown->scene));
}

START_TEST(every_picture_decodes_and_shows_its_facts)
{
    char path[512];
    size_t size;
    uint32_t jpegs[4] = {0}, pngs[8] = {0};
    write_posts("kinds", 240, 5, AXF_SYNTH_TABLE, path);
    char *const table = read_whole(path, "posts.csv", &size);
    uint64_t index = 0;
    for (char *line = strchr(table, '\n') + 1; *line != '\0'; index++) {
        axf_synth_post post;
        bool has_colour = true;
        char *const end = strchr(line, '\n'), name[64];
        *end = '\0';
        snprintf(name, sizeof name, "images/%s", strrchr(line, ',') + 1);
        char *const bytes = read_whole(path, name, &size);
        if (strstr(name, ".png")) {
            const int colour_type = decode_png(bytes, size);
            ck_assert_msg(colour_type >= 0 && colour_type < 8, "%s does not decode", name);
            pngs[colour_type]++;
        } else {
            const int channels = decode_jpeg(bytes, size);
            ck_assert_msg(channels == 1 || channels == 3, "%s does not decode", name);
            jpegs[channels]++;
            has_colour = channels == 3;
        }
        axf_synth_post_make(5, index, &post);
        expect_shown(&post.shown, name, has_colour);
        free(bytes);
        line = end + 1;
    }
    free(table);
    ck_assert_uint_gt(jpegs[1], 0);
    ck_assert_uint_gt(jpegs[3], 100);
    ck_assert_uint_gt(pngs[PNG_COLOR_TYPE_RGB], 5);
    ck_assert_uint_gt(pngs[PNG_COLOR_TYPE_PALETTE], 5);
    ck_assert_uint_gt(pngs[PNG_COLOR_TYPE_RGB_ALPHA], 5);
    ck_assert_uint_eq(jpegs[1] + jpegs[3] + pngs[2] + pngs[3] + pngs[6], 240);
}
END_TEST

START_TEST(mvsa_has_the_raw_and_the_key_table)
{
    char path[512];
    size_t size;
    write_posts("mvsa", 60, 6, AXF_SYNTH_MVSA, path);
    ck_assert_uint_eq(count_files(path, "data"), 120);
    char *const key = read_whole(path, "data_key_mvsa.csv", &size);
    char *const pairs = read_whole(path, "valid_pairlist.txt", &size);
    ck_assert_int_eq(strncmp(key, "tweet_id,text,label,split\n1,", 28), 0);
    ck_assert_uint_eq(count_lines(key), 61);
    ck_assert_uint_eq(count_lines(pairs), 60);
    ck_assert_int_eq(strncmp(pairs, "1,", 2), 0);
    uint32_t sentiments[3] = {0};
    for (const char *line = pairs; *line != '\0'; line = strchr(line, '\n') + 1) {
        uint32_t id, label, of_text, of_image;
        char name[40];
        ck_assert_int_eq(sscanf(line, "%u,%u,%u,%u", &id, &label, &of_text, &of_image), 4);
        ck_assert_uint_lt(label, 3);
        sentiments[label]++;
        snprintf(name, sizeof name, "data/%u.txt", id);
        char *const text = read_whole(path, name, &size);
        ck_assert_msg(size > 10 && strchr(text, '\n') == NULL, "%s: %s", name, text);
        if (!strpbrk(text, ",\"")) {
            ck_assert_msg(strstr(key, text) != NULL, "the key table lacks the text of %s", name);
        }
        free(text);
        snprintf(name, sizeof name, "data/%u.jpg", id);
        char *const image = read_whole(path, name, &size);
        ck_assert_int_ne(decode_jpeg(image, size), 0);
        free(image);
    }
    ck_assert_uint_eq(sentiments[0], 30);
    ck_assert_uint_eq(sentiments[1], 15);
    ck_assert_uint_eq(sentiments[2], 15);
    free(key);
    free(pairs);
}
END_TEST

START_TEST(tir_has_the_published_form)
{
    static const char header[] = "\"tweet_id\",\"user_id\",\"tweet\",\"text_is_represented\",\"image_adds\","
                                 "\"image_adds_text_repr\",\"image_adds_text_notrepr\",\"image_notadds_text_repr\","
                                 "\"image_notadds_text_notrepr\"\n";
    static const char *const endings[AXF_SYNTH_CLASSES] = {
        "\",\"1\",\"1\",\"1\",\"0\",\"0\",\"0\"", "\",\"0\",\"1\",\"0\",\"1\",\"0\",\"0\"",
        "\",\"1\",\"0\",\"0\",\"0\",\"1\",\"0\"", "\",\"0\",\"0\",\"0\",\"0\",\"0\",\"1\""};
    char path[512], name[80];
    size_t size;
    uint32_t escaped = 0;
    write_posts("tir", 80, 6, AXF_SYNTH_TIR, path);
    ck_assert_uint_eq(count_files(path, "images"), 80);
    char *const table = read_whole(path, "textimage-data.csv", &size);
    ck_assert_int_eq(strncmp(table, header, strlen(header)), 0);
    uint64_t index = 0;
    for (char *line = table + strlen(header); *line != '\0'; index++) {
        axf_synth_post post;
        char *const end = strchr(line, '\n');
        *end = '\0';
        axf_synth_post_make(6, index, &post);
        const size_t ending = strlen(endings[post.relation]);
        ck_assert_uint_gt((size_t)(end - line), ending);
        ck_assert_str_eq(end - ending, endings[post.relation]);
        ck_assert_msg(strspn(line + 1, "0123456789") == 18, "the id is not of 18 digits: %s", line);
        ck_assert_int_eq(strncmp(line + 19, "\",\"0\",\"", 7), 0);
        snprintf(name, sizeof name, "images/T%.18s.jpg", line + 1);
        char *const image = read_whole(path, name, &size);
        ck_assert_int_ne(decode_jpeg(image, size), 0);
        free(image);
        escaped += strstr(line, "\\\"") != NULL;
        ck_assert_int_eq(strchr(post.text, '"') != NULL, strstr(line, "\\\"") != NULL);
        line = end + 1;
    }
    ck_assert_uint_eq(index, 80);
    ck_assert_uint_gt(escaped, 0);
    free(table);
}
END_TEST

START_TEST(a_folder_in_use_and_bad_arguments_are_refused)
{
    char path[512], error[300] = "", below[600];
    write_posts("taken", 4, 1, AXF_SYNTH_TABLE, path);
    ck_assert_int_eq(axf_synth_write(path, 4, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_DATA);
    ck_assert_ptr_nonnull(strstr(error, "taken/posts.csv exists already"));
    ck_assert_int_eq(axf_synth_write(folder, 0, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(error, "0 posts"));
    ck_assert_int_eq(axf_synth_write(folder, 1000001, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_USAGE);
    ck_assert_int_eq(axf_synth_write(folder, 4, 1, (axf_synth_format)99, error, sizeof error), AXF_ERR_USAGE);
    ck_assert_int_eq(axf_synth_write("", 4, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_USAGE);
    snprintf(below, sizeof below, "%s/posts.csv/inner", path);
    ck_assert_int_eq(axf_synth_write(below, 4, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_IO);
    ck_assert_msg(strstr(error, "posts.csv") != NULL, "the message names no path: %s", error);
}
END_TEST

START_TEST(a_failed_write_leaves_no_table)
{
    char path[512], error[300] = "";
    const struct rlimit small = {.rlim_cur = 2000, .rlim_max = 2000}; /* as a full disk would; only in this process */
    snprintf(path, sizeof path, "%s/full", folder);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(axf_synth_write(path, 20, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_IO);
    ck_assert_msg(strstr(error, "full/images/s0000") != NULL && strstr(error, "too large") != NULL, "%s", error);
    ck_assert_uint_eq(count_files(path, "."), 1); /* the images' folder */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("synth_files");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_same_seed_writes_the_same_files);
    tcase_add_test(tests, every_picture_decodes_and_shows_its_facts);
    tcase_add_test(tests, mvsa_has_the_raw_and_the_key_table);
    tcase_add_test(tests, tir_has_the_published_form);
    tcase_add_test(tests, a_folder_in_use_and_bad_arguments_are_refused);
    tcase_add_test(tests, a_failed_write_leaves_no_table);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
