#include "synth/draw.h"
#include "synth/text.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_post_depends_on_seed_and_index_alone)
{
    axf_synth_post once, again;
    uint32_t changed = 0;
    for (uint64_t index = 0; index < 200; index++) {
        axf_synth_post_make(7, index, &once);
        axf_synth_post_make(8, index, &again); /* nothing is carried from one call to the next */
        changed += strcmp(once.text, again.text) != 0;
        axf_synth_post_make(7, index, &again);
        ck_assert_mem_eq(&once, &again, sizeof once);
    }
    ck_assert_uint_gt(changed, 190);
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

int main(void)
{
    Suite *suite = suite_create("synth");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_post_depends_on_seed_and_index_alone);
    tcase_add_test(tests, classes_are_balanced_exactly_in_every_split);
    tcase_add_test(tests, the_label_says_what_text_and_picture_share);
    tcase_add_test(tests, no_word_of_the_text_says_much);
    tcase_add_test(tests, the_best_guess_from_one_input_is_near_chance);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
