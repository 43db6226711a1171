/* Copies: perceptual hashes, near pairs, words, near texts, and what a check of posts finds. */
#include "audit/audit.h"
#include "core/philox.h"
#include "images/decode.h"
#include "images/load.h"
#include "images/perceptual_hash.h"
#include "images/resize.h"
#include "temp_folder.h"

#include "auxfuse/image.h"

#include <dirent.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h> /* before jpeglib.h */

#include <jpeglib.h>

enum { NEAR = 10 }; /* bits: the default of data check */

/* ---- pictures ---- */

static axf_scratchpad image_memory; /* of the pictures at hand */

/* A drawing with structure: a few filled ellipses on a shaded ground, fixed by seed. */
static axf_image drawing(uint32_t seed, int32_t height, int32_t width)
{
    axf_image image;
    ck_assert_int_eq(axf_image_alloc(&image, height, width, "drawing", &image_memory), AXF_OK);
    const axf_random_key key = axf_random_key_make(seed, "test", "drawing");
    double shape[9][6];
    for (uint32_t i = 0; i < 9; i++) {
        uint32_t draw[4], more[4];
        axf_philox(draw, key, i, 0, 0, 0);
        axf_philox(more, key, i, 1, 0, 0);
        for (int k = 0; k < 4; k++) {
            shape[i][k] = (double)axf_random_unit(draw[k]);
        }
        shape[i][4] = (double)axf_random_unit(more[0]);
        shape[i][5] = (double)axf_random_unit(more[1]);
    }
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < width; x++) {
            const double u = (x + 0.5) / width, v = (y + 0.5) / height;
            double level[3] = {60 + 120 * u * shape[0][0], 60 + 120 * v * shape[0][1], 90};
            for (int i = 1; i < 9; i++) {
                const double dx = (u - shape[i][0]) / (0.08 + 0.25 * shape[i][2]);
                const double dy = (v - shape[i][1]) / (0.08 + 0.25 * shape[i][3]);
                if (dx * dx + dy * dy < 1) {
                    level[0] = 230 * shape[i][4];
                    level[1] = 230 * shape[i][5];
                    level[2] = 230 * shape[i][2];
                }
            }
            for (int c = 0; c < 3; c++) {
                image.pixels[3 * (y * width + x) + c] = (uint8_t)level[c];
            }
        }
    }
    return image;
}

static uint64_t hash_of(const axf_image *image)
{
    uint64_t hash;
    ck_assert_int_eq(axf_phash(image, "picture", &hash, &image_memory), AXF_OK);
    return hash;
}

static axf_image resized(const axf_image *image, int32_t height, int32_t width)
{
    axf_image out;
    ck_assert_int_eq(axf_image_resize(image, height, width, AXF_FILTER_BICUBIC, (axf_window){0, 0, height, width},
                                      "picture", &out, &image_memory),
                     AXF_OK);
    return out;
}

static axf_image recompressed(const axf_image *image, int quality)
{
    struct jpeg_compress_struct writer;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    writer.err = jpeg_std_error(&errors);
    jpeg_create_compress(&writer);
    jpeg_mem_dest(&writer, &bytes, &size);
    writer.image_width = (JDIMENSION)image->width;
    writer.image_height = (JDIMENSION)image->height;
    writer.input_components = 3;
    writer.in_color_space = JCS_RGB;
    jpeg_set_defaults(&writer);
    jpeg_set_quality(&writer, quality, TRUE);
    jpeg_start_compress(&writer, TRUE);
    for (int32_t y = 0; y < image->height; y++) {
        JSAMPROW row = image->pixels + (size_t)3 * (size_t)(y * image->width);
        jpeg_write_scanlines(&writer, &row, 1);
    }
    jpeg_finish_compress(&writer);
    jpeg_destroy_compress(&writer);
    axf_image out;
    ck_assert_int_eq(axf_image_decode(bytes, size, "recompressed", &out, &image_memory), AXF_OK);
    free(bytes);
    return out;
}

static axf_image brightened(const axf_image *image, double factor, int add)
{
    axf_image out;
    ck_assert_int_eq(axf_image_alloc(&out, image->height, image->width, "brightened", &image_memory), AXF_OK);
    for (int32_t i = 0; i < 3 * image->height * image->width; i++) {
        const double value = image->pixels[i] * factor + add;
        out.pixels[i] = (uint8_t)(value > 255 ? 255 : value < 0 ? 0 : value);
    }
    return out;
}

/* Without `part` of each side. */
static axf_image cropped(const axf_image *image, double part)
{
    const int32_t top = (int32_t)(image->height * part), left = (int32_t)(image->width * part);
    axf_image out;
    ck_assert_int_eq(axf_image_alloc(&out, image->height - 2 * top, image->width - 2 * left, "cropped", &image_memory),
                     AXF_OK);
    for (int32_t y = 0; y < out.height; y++) {
        memcpy(out.pixels + (ptrdiff_t)3 * y * out.width,
               image->pixels + (ptrdiff_t)3 * ((y + top) * image->width + left), (size_t)3 * (size_t)out.width);
    }
    return out;
}

static int32_t distance_to(uint64_t hash, axf_image changed)
{
    return axf_phash_distance(hash, hash_of(&changed));
}

START_TEST(changed_copies_are_near)
{
    int32_t worst[6] = {0}, cropped_far = 0;
    enum { DRAWINGS = 60 };
    for (uint32_t seed = 0; seed < DRAWINGS; seed++) {
        axf_image image = drawing(seed, 240 + (int32_t)(seed % 5) * 31, 320);
        const uint64_t hash = hash_of(&image);
        const int32_t distance[6] = {distance_to(hash, resized(&image, image.height / 2, image.width / 2)),
                                     distance_to(hash, resized(&image, 150, 150)),
                                     distance_to(hash, recompressed(&image, 30)),
                                     distance_to(hash, brightened(&image, 1.05, 12)),
                                     distance_to(hash, brightened(&image, 0.7, 0)),
                                     distance_to(hash, cropped(&image, 0.02))};
        for (int i = 0; i < 6; i++) {
            worst[i] = distance[i] > worst[i] ? distance[i] : worst[i];
        }
        cropped_far += distance[5] > NEAR;
        axf_scratchpad_reset(&image_memory);
    }
    for (int i = 0; i < 5; i++) {
        ck_assert_msg(worst[i] <= NEAR, "change %d: %d bits", i, worst[i]);
    }
    ck_assert_msg(cropped_far <= DRAWINGS / 20, "%d of %d cropped copies are far, worst %d bits", cropped_far, DRAWINGS,
                  worst[5]);
}
END_TEST

START_TEST(different_drawings_are_far)
{
    enum { DRAWINGS = 400 };
    uint64_t hash[DRAWINGS];
    int32_t near = 0, least = 64;
    for (uint32_t seed = 0; seed < DRAWINGS; seed++) {
        axf_image image = drawing(1000 + seed, 96, 128);
        hash[seed] = hash_of(&image);
        axf_scratchpad_reset(&image_memory);
    }
    for (int i = 0; i < DRAWINGS; i++) {
        for (int j = 0; j < i; j++) {
            const int32_t distance = axf_phash_distance(hash[i], hash[j]);
            near += distance <= NEAR;
            least = distance < least ? distance : least;
        }
    }
    ck_assert_msg(near == 0, "%d of %d pairs are near, least %d bits", near, DRAWINGS * (DRAWINGS - 1) / 2, least);
}
END_TEST

START_TEST(pictures_without_contrast_have_no_bits)
{
    for (int level = 0; level < 256; level += 85) {
        axf_image image;
        ck_assert_int_eq(axf_image_alloc(&image, 50, 70, "flat", &image_memory), AXF_OK);
        memset(image.pixels, level, (size_t)3 * 50 * 70);
        ck_assert_uint_eq(hash_of(&image), 0);
    }
}
END_TEST

typedef struct found {
    int32_t count, wrong;
    const uint64_t *hash;
    uint8_t *seen; /* [n * n] */
    int32_t n;
} found;

static void take(void *context, int32_t a, int32_t b, int32_t distance)
{
    found *f = context;
    f->wrong += a >= b || f->seen[a * f->n + b] || distance != axf_phash_distance(f->hash[a], f->hash[b]);
    f->seen[a * f->n + b] = 1;
    f->count++;
}

/* The pieces find exactly what comparing all pairs finds, each pair once. */
START_TEST(near_hashes_are_all_found_once)
{
    enum { N = 600 };
    static uint64_t hash[N];
    static uint8_t seen[N * N];
    static const int32_t bounds[] = {0, 1, 5, 8, 12, 31};
    const axf_random_key key = axf_random_key_make(1, "test", "hashes");
    for (uint32_t i = 0; i < N; i++) {
        uint32_t draw[4];
        axf_philox(draw, key, i, 0, 0, 0);
        hash[i] = (uint64_t)draw[0] << 32 | draw[1];
        for (uint32_t flips = 0; i % 2 == 1 && flips < draw[2] % 14; flips++) { /* near the one before it */
            hash[i] = flips == 0 ? hash[i - 1] : hash[i];
            hash[i] ^= UINT64_C(1) << ((draw[3] + 11 * flips) % 64);
        }
    }
    for (size_t k = 0; k < sizeof bounds / sizeof bounds[0]; k++) {
        int32_t expected = 0;
        for (int32_t i = 0; i < N; i++) {
            for (int32_t j = 0; j < i; j++) {
                expected += axf_phash_distance(hash[i], hash[j]) <= bounds[k];
            }
        }
        found f = {.hash = hash, .seen = seen, .n = N};
        memset(seen, 0, sizeof seen);
        axf_phash_near(hash, N, bounds[k], take, &f);
        ck_assert_int_eq(f.wrong, 0);
        ck_assert_int_eq(f.count, expected);
    }
}
END_TEST

/* ---- texts ---- */

START_TEST(words_leave_out_what_differs_between_copies)
{
    static const char *const cases[][2] = {
        {"Hello,   WORLD!!", "hello world"},
        {"RT @you: don't  go http://t.co/AbC #NoWay", "dont go noway"},
        {"rt of the rt", "of the rt"},
        {"It\xe2\x80\x99s \xc3\x89T\xc3\x89 &amp; \xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0",
         "its \xc3\xa9t\xc3\xa9 \xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0"},
        {"a\xff\xfe"
         "b AT&T; &",
         "a b at"},
        {"@x https://y www.z RT", ""},
        {"", ""},
        {"... !!! \xe2\x80\xa6", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        axf_strbuf words = {0};
        axf_audit_words(&words, cases[i][0], strlen(cases[i][0]));
        ck_assert_str_eq(axf_strbuf_text(&words), cases[i][1]);
        axf_strbuf_free(&words);
    }
}
END_TEST

static void posts_make(axf_posts *posts, const char *const *texts, const int32_t *splits, int32_t count)
{
    static const char *const names[] = {"a", "b"};
    *posts = (axf_posts){.count = count, .capacity = count};
    posts->items = axf_alloc_zero((size_t)count, sizeof *posts->items);
    posts->facts.classes = 2;
    posts->facts.class_names = names;
    for (int32_t i = 0; i < count; i++) {
        axf_record *post = &posts->items[i];
        post->id = axf_arena_printf(&posts->arena, "p%d", i);
        post->file = "posts.csv";
        post->text = axf_arena_copy(&posts->arena, texts[i]);
        post->text_length = (uint32_t)strlen(texts[i]);
        post->split = splits[i];
        post->target = i % 2;
    }
}

static const axf_audit_pair *pair_of(const axf_audit *audit, int32_t a, int32_t b)
{
    for (int32_t i = 0; i < audit->pair_count; i++) {
        if (audit->pairs[i].a == a && audit->pairs[i].b == b) {
            return &audit->pairs[i];
        }
    }
    return NULL;
}

static const axf_audit_settings texts_only = {.text_near = 0.7, .image_near = NEAR, .tiny = 32, .threads = 1};

START_TEST(a_check_finds_copies_across_and_within_splits)
{
    static const char *const texts[] = {
        "The train to the coast leaves early in the morning",                       /* 0 train */
        "RT @me: the train to the coast leaves early in the morning http://t.co/x", /* 1 test: equal to 0 */
        "The train to the coast leaves early in the evening",                       /* 2 val: near 0 */
        "Something wholly different about cats on a warm roof",                     /* 3 train */
        "something wholly different about cats on a warm roof!",                    /* 4 train: equal to 3 */
        "nan",                                                                      /* 5 train */
        "  ",                                                                       /* 6 test */
        "",                                                                         /* 7 val */
        "http://t.co/only",  /* 8 train: no words: like nothing */
        "http://t.co/other", /* 9 test */
    };
    static const int32_t splits[] = {1, 3, 2, 1, 1, 1, 3, 2, 1, 3};
    axf_posts posts;
    axf_audit audit;
    posts_make(&posts, texts, splits, 10);
    axf_audit_init(&audit, &posts, &texts_only);
    ck_assert_int_eq(audit.pair_count, 4);
    const axf_audit_pair *equal = pair_of(&audit, 1, 0), *near = pair_of(&audit, 2, 0), *within = pair_of(&audit, 4, 3);
    ck_assert(equal != NULL && near != NULL && within != NULL && pair_of(&audit, 1, 2) != NULL);
    ck_assert_ptr_eq(equal, &audit.pairs[0]); /* the worst first */
    ck_assert(equal->text == AXF_SIMILAR_EQUAL && equal->leak && equal->labels_differ);
    ck_assert(near->text == AXF_SIMILAR_NEAR && near->leak && near->jaccard >= 0.7 && near->jaccard < 1);
    ck_assert(within->text == AXF_SIMILAR_EQUAL && !within->leak);
    ck_assert_int_eq(audit.leaks[AXF_SPLIT_TEST][AXF_SPLIT_TRAIN], 1);
    ck_assert_int_eq(audit.leaks[AXF_SPLIT_TEST][AXF_SPLIT_VAL], 1);
    ck_assert_int_eq(audit.leaks[AXF_SPLIT_VAL][AXF_SPLIT_TRAIN], 1);
    ck_assert_int_eq(audit.repeats[AXF_SPLIT_TRAIN], 1);
    ck_assert_int_eq(audit.empty, 2);
    ck_assert_int_eq(audit.missing_value, 1);
    ck_assert_int_eq(audit.labels[0 * AXF_SPLITS + AXF_SPLIT_TRAIN], 3); /* posts 0, 4, 8 */
    ck_assert_int_eq(audit.characters.least, 0);
    axf_audit_free(&audit);
    axf_posts_free(&posts);
}
END_TEST

/* 20,000 texts of drawn words: 300 changed copies are found, by exact comparison of the few candidates. */
START_TEST(near_texts_are_found_among_many)
{
    enum { N = 20000, COPIES = 300 };
    const char **texts = axf_alloc(N * sizeof *texts);
    int32_t *splits = axf_alloc(N * sizeof *splits);
    axf_arena arena = {0};
    const axf_random_key key = axf_random_key_make(3, "test", "texts");
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t source = i >= N - COPIES ? i - (N - COPIES) : i;
        axf_strbuf text = {0};
        for (uint32_t k = 0; k < 16; k++) {
            uint32_t draw[4];
            axf_philox(draw, key, source, k, 0, 0);
            if (source != i && k == 7) {
                axf_strbuf_puts(&text, "zz ");
            } else {
                axf_strbuf_printf(&text, "w%xq ", draw[0] % 4000);
            }
        }
        texts[i] = axf_arena_copy(&arena, axf_strbuf_text(&text));
        splits[i] = source != i ? AXF_SPLIT_TEST : AXF_SPLIT_TRAIN;
        axf_strbuf_free(&text);
    }
    axf_posts posts;
    axf_audit audit;
    posts_make(&posts, texts, splits, N);
    axf_audit_init(&audit, &posts, &texts_only);
    for (int32_t i = 0; i < COPIES; i++) {
        ck_assert_ptr_nonnull(pair_of(&audit, N - COPIES + i, i));
    }
    ck_assert_int_eq(audit.pair_count, COPIES);
    axf_audit_free(&audit);
    axf_posts_free(&posts);
    axf_arena_free(&arena);
    free(texts);
    free(splits);
}
END_TEST

/* ---- real pictures ---- */

/* MVSA-Single's 1,200 photographs, where they are: none are near by chance at 10 bits (the near pairs there are copies:
 * their posts have the same words), and changed copies of a tenth of them are near. */
START_TEST(photographs_are_near_their_copies_alone)
{
    const char *root = getenv("AUXFUSE_SHARED_DATA");
    char folder[1024];
    enum { MOST = 1200, CHANGES = 5 };
    static uint64_t hash[MOST];
    int32_t count = 0, near = 0, looked_at = 0, far[CHANGES] = {0};
    snprintf(folder, sizeof folder, "%s/mvsa-single/data", root != NULL ? root : "");
    DIR *list = root != NULL ? opendir(folder) : NULL;
    if (list == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(list)) != NULL && count < MOST;) {
        axf_image image;
        if (strstr(entry->d_name, ".jpg") == NULL ||
            axf_image_load(folder, entry->d_name, &image, &image_memory) != AXF_OK) {
            continue;
        }
        hash[count] = hash_of(&image);
        if (count % 10 == 0) {
            const int32_t distance[CHANGES] = {
                distance_to(hash[count], resized(&image, image.height / 2, image.width / 2)),
                distance_to(hash[count], resized(&image, 224, 224)), distance_to(hash[count], recompressed(&image, 40)),
                distance_to(hash[count], brightened(&image, 1.1, 10)), distance_to(hash[count], cropped(&image, 0.02))};
            for (int i = 0; i < CHANGES; i++) {
                far[i] += distance[i] > NEAR;
            }
            looked_at++;
        }
        axf_scratchpad_reset(&image_memory);
        count++;
    }
    closedir(list);
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < i; j++) {
            near += axf_phash_distance(hash[i], hash[j]) <= NEAR;
        }
    }
    ck_assert_int_gt(count, 1000);
    ck_assert_msg(near >= 5 && near <= 12, "%d near pairs", near);
    ck_assert_msg(far[0] == 0 && far[1] == 0 && far[2] <= looked_at / 20 && far[3] <= looked_at / 20 &&
                      far[4] <= looked_at / 20,
                  "of %d: %d %d %d %d %d", looked_at, far[0], far[1], far[2], far[3], far[4]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *pictures = tcase_create("pictures"), *texts = tcase_create("texts");
    tcase_set_timeout(pictures, 120);
    tcase_set_timeout(texts, 120);
    tcase_add_test(pictures, changed_copies_are_near);
    tcase_add_test(pictures, different_drawings_are_far);
    tcase_add_test(pictures, pictures_without_contrast_have_no_bits);
    tcase_add_test(pictures, near_hashes_are_all_found_once);
    tcase_add_test(pictures, photographs_are_near_their_copies_alone);
    tcase_add_test(texts, words_leave_out_what_differs_between_copies);
    tcase_add_test(texts, a_check_finds_copies_across_and_within_splits);
    tcase_add_test(texts, near_texts_are_found_among_many);
    suite_add_tcase(suite, pictures);
    suite_add_tcase(suite, texts);
    return run_suite(suite);
}
