#include "common/synth.h"

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

START_TEST(a_post_depends_on_seed_and_index_alone)
{
    axf_synth_post once, again;
    uint32_t changed = 0;
    for (uint64_t index = 0; index < 200; index++) {
        axf_synth_post_make(7, index, &once);
        axf_synth_post_make(8, 199 - index, &again); /* nothing is carried from one call to the next */
        changed += strcmp(once.text, again.text) != 0;
        axf_synth_post_make(7, index, &again);
        ck_assert_mem_eq(&once, &again, sizeof once);
    }
    ck_assert_uint_gt(changed, 190);
}
END_TEST

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

START_TEST(classes_are_balanced_exactly_in_every_split)
{
    uint32_t counts[3][AXF_SYNTH_CLASSES] = {{0}};
    axf_synth_post post;
    for (uint64_t index = 0; index < 4000; index++) {
        axf_synth_post_make(11, index, &post);
        ck_assert_uint_lt(post.split, 3);
        ck_assert_uint_lt(post.relation, AXF_SYNTH_CLASSES);
        counts[post.split][post.relation]++;
    }
    for (uint32_t relation = 0; relation < AXF_SYNTH_CLASSES; relation++) {
        ck_assert_uint_eq(counts[0][relation], 800);
        ck_assert_uint_eq(counts[1][relation], 100);
        ck_assert_uint_eq(counts[2][relation], 100);
    }
}
END_TEST

START_TEST(the_label_says_what_text_and_picture_share)
{
    axf_synth_post post;
    char text[AXF_SYNTH_TEXT_SIZE];
    for (uint64_t index = 0; index < 4000; index++) {
        axf_synth_post_make(12, index, &post);
        const char *name = axf_synth_class_name(post.relation);
        ck_assert_int_eq(post.told.scene != post.shown.scene, strncmp(name, "image_adds", 10) == 0);
        ck_assert_int_eq(post.told.colour == post.shown.colour, strstr(name, "text_repr") != NULL);
        ck_assert_int_eq(post.told.shape == post.shown.shape, strstr(name, "text_repr") != NULL);
        ck_assert_uint_lt(strlen(post.text), AXF_SYNTH_TEXT_SIZE - 100);
        axf_synth_text_ascii(post.text, text);
        ck_assert_msg(strstr(text, axf_synth_colour_name(post.told.colour)) != NULL, "no colour in: %s", text);
        ck_assert_msg(strstr(text, axf_synth_shape_name(post.told.shape)) != NULL, "no shape in: %s", text);
        ck_assert_msg(strstr(text, axf_synth_scene_name(post.told.scene)) != NULL, "no scene in: %s", text);
        for (const char *at = text; *at != '\0'; at++) {
            ck_assert_msg(*at >= ' ' && *at <= '~', "not ASCII: %s", text);
        }
    }
}
END_TEST

/* A table of words with how often each stands in texts of each class. */
typedef struct word_count {
    char word[24];
    uint32_t counts[AXF_SYNTH_CLASSES];
} word_count;

enum { WORDS = 4096 };

static void count_words(word_count *table, const axf_synth_post *post)
{
    char text[AXF_SYNTH_TEXT_SIZE];
    memcpy(text, post->text, sizeof text);
    for (char *rest = text, *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
        uint32_t hash = 5381;
        for (const char *at = word; *at != '\0'; at++) {
            hash = hash * 33 + (unsigned char)*at;
        }
        for (uint32_t i = 0; i < 64; i++) { /* a full neighbourhood drops rare words: links, users */
            word_count *entry = &table[(hash + i) % WORDS];
            if (*entry->word == '\0') {
                snprintf(entry->word, sizeof entry->word, "%.23s", word);
            }
            if (strncmp(entry->word, word, 23) == 0) {
                entry->counts[post->relation]++;
                break;
            }
        }
    }
}

/* The families lean 7 : 5, so a word of one is found at most 5 times in 16 with one class; 4.5 standard deviations of
 * the draw are allowed on top. */
START_TEST(no_word_of_the_text_says_much)
{
    word_count *table = calloc(WORDS, sizeof *table);
    ck_assert_ptr_nonnull(table);
    axf_synth_post post;
    for (uint64_t index = 0; index < 20000; index++) {
        axf_synth_post_make(13, index, &post);
        count_words(table, &post);
    }
    uint32_t frequent = 0;
    for (uint32_t i = 0; i < WORDS; i++) {
        const uint32_t *counts = table[i].counts;
        const uint32_t sum = counts[0] + counts[1] + counts[2] + counts[3];
        if (sum < 300) {
            continue;
        }
        frequent++;
        for (uint32_t relation = 0; relation < AXF_SYNTH_CLASSES; relation++) {
            const double most = sum * 5 / 16.0 + 4.5 * sqrt(sum * 3.0 / 16.0);
            ck_assert_msg(counts[relation] <= most, "\"%s\" stands %u times in class %u of %u in all", table[i].word,
                          counts[relation], relation, sum);
        }
    }
    ck_assert_uint_gt(frequent, 100);
    free(table);
}
END_TEST

enum { FACTS = AXF_SYNTH_COLOURS * AXF_SYNTH_SHAPES * AXF_SYNTH_SCENES };

static uint32_t fact_number(const axf_synth_facts *facts)
{
    return (facts->colour * AXF_SYNTH_SHAPES + facts->shape) * AXF_SYNTH_SCENES + facts->scene;
}

/* The share of posts that the best guess from these facts alone gets right. */
static double best_guess(uint32_t counts[FACTS][AXF_SYNTH_CLASSES])
{
    uint32_t right = 0, all = 0;
    for (uint32_t fact = 0; fact < FACTS; fact++) {
        uint32_t most = 0;
        for (uint32_t relation = 0; relation < AXF_SYNTH_CLASSES; relation++) {
            all += counts[fact][relation];
            most = counts[fact][relation] > most ? counts[fact][relation] : most;
        }
        right += most;
    }
    return (double)right / all;
}

/* All that one input knows of the label lies in its facts: with both leans that is 0.6 x 0.6 of the posts; counting
 * the best guess on the posts themselves flatters it a little. */
START_TEST(the_best_guess_from_one_input_is_near_chance)
{
    static uint32_t told[FACTS][AXF_SYNTH_CLASSES], shown[FACTS][AXF_SYNTH_CLASSES];
    axf_synth_post post;
    for (uint64_t index = 0; index < 40000; index++) {
        axf_synth_post_make(14, index, &post);
        told[fact_number(&post.told)][post.relation]++;
        shown[fact_number(&post.shown)][post.relation]++;
    }
    ck_assert_double_gt(best_guess(told), 0.34);
    ck_assert_double_lt(best_guess(told), 0.38);
    ck_assert_double_gt(best_guess(shown), 0.34);
    ck_assert_double_lt(best_guess(shown), 0.38);
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

/* Reads all rows; returns the number of colour channels, 0 when the file is refused or draws a warning. */
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
    jpeg_start_decompress(&info);
    ck_assert_uint_ge(info.output_width, 96);
    ck_assert_uint_le(info.output_width, 160);
    ck_assert_uint_ge(info.output_height, 96);
    ck_assert_uint_le(info.output_height, 160);
    JSAMPLE row[3 * 160];
    while (info.output_scanline < info.output_height) {
        JSAMPROW rows[1] = {row};
        jpeg_read_scanlines(&info, rows, 1);
    }
    jpeg_finish_decompress(&info);
    const int channels = info.num_components;
    jpeg_destroy_decompress(&info);
    return errors.manager.num_warnings == 0 ? channels : 0;
}

/* Reads all rows; returns the file's own colour type, -1 when it is refused. */
static int decode_png(const char *bytes, size_t size)
{
    const int colour_type = size > 25 ? bytes[25] : -1;
    png_image image = {.version = PNG_IMAGE_VERSION};
    static png_byte pixels[160 * 160 * 4];
    if (!png_image_begin_read_from_memory(&image, bytes, size)) {
        return -1;
    }
    ck_assert_uint_ge(image.width, 96);
    ck_assert_uint_le(image.width, 160);
    ck_assert_uint_ge(image.height, 96);
    ck_assert_uint_le(image.height, 160);
    image.format = PNG_FORMAT_RGBA;
    const int good = png_image_finish_read(&image, NULL, pixels, 0, NULL);
    return good && image.warning_or_error == 0 ? colour_type : -1;
}

START_TEST(every_picture_decodes_and_every_kind_occurs)
{
    char path[512];
    size_t size;
    uint32_t jpegs[4] = {0}, pngs[8] = {0};
    write_posts("kinds", 240, 5, AXF_SYNTH_TABLE, path);
    char *const table = read_whole(path, "posts.csv", &size);
    for (char *line = strchr(table, '\n') + 1; *line != '\0';) {
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
        }
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
    ck_assert_int_eq(axf_synth_write(folder, 4, 1, (axf_synth_format)9, error, sizeof error), AXF_ERR_USAGE);
    ck_assert_int_eq(axf_synth_write("", 4, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_USAGE);
    snprintf(below, sizeof below, "%s/posts.csv/inner", path);
    ck_assert_int_eq(axf_synth_write(below, 4, 1, AXF_SYNTH_TABLE, error, sizeof error), AXF_ERR_IO);
    ck_assert_msg(strstr(error, "posts.csv") != NULL, "the message names no path: %s", error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("synth");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_post_depends_on_seed_and_index_alone);
    tcase_add_test(tests, the_same_seed_writes_the_same_files);
    tcase_add_test(tests, classes_are_balanced_exactly_in_every_split);
    tcase_add_test(tests, the_label_says_what_text_and_picture_share);
    tcase_add_test(tests, no_word_of_the_text_says_much);
    tcase_add_test(tests, the_best_guess_from_one_input_is_near_chance);
    tcase_add_test(tests, every_picture_decodes_and_every_kind_occurs);
    tcase_add_test(tests, mvsa_has_the_raw_and_the_key_table);
    tcase_add_test(tests, tir_has_the_published_form);
    tcase_add_test(tests, a_folder_in_use_and_bad_arguments_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
