/* Normaliser and WordPiece tokenizer against the reference's output on generated texts (tools/golden/tokens.py), and
 * vocabularies that cannot be used. */
#include "component_host.h"
#include "temp_folder.h"

#include "common/tokenizers/wordpiece.h"
#include "common/tweet/normalise.h"

#include <jansson.h>
#include <pthread.h>

#define GOLDEN AXF_SOURCE_DIR "/tests/golden/tokens"

static const axf_wordpiece_options MODES[] = {
    /* as in tools/golden/tokens.py */
    {true, true, true, false},  {false, false, true, false}, {true, false, true, false},
    {false, true, true, false}, {true, true, false, false},
};
enum { MODE_COUNT = sizeof(MODES) / sizeof(MODES[0]) };

static component_host own;

static void open_host(void)
{
    component_host_open(&own);
}

static void close_host(void)
{
    component_host_close(&own);
}

static axf_tokenizer *open_vocabulary(const char *folder, const axf_wordpiece_options *options)
{
    axf_tokenizer *wp;
    ck_assert_msg(axf_wordpiece_open(own.host, folder, options, &wp) == AXF_OK, "%s", axf_error_message());
    return wp;
}

static json_t *read_case(FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    if (getline(&line, &size, file) < 0) {
        free(line);
        return NULL;
    }
    json_error_t error;
    json_t *parsed = json_loads(line, JSON_ALLOW_NUL, &error);
    ck_assert_msg(parsed != NULL, "cases.jsonl: %s", error.text);
    free(line);
    return parsed;
}

static void expect_ids(const axf_tokenizer *wp, const json_t *text, size_t max_length, const json_t *wanted,
                       const char *which)
{
    int32_t ids[128];
    size_t count;
    const char *string = json_string_value(text);
    ck_assert_int_eq(axf_tokenizer_encode(wp, string, json_string_length(text), ids, max_length, &count), AXF_OK);
    ck_assert_msg(count == json_array_size(wanted), "%s ids of \"%s\": %zu, not %zu", which, string, count,
                  json_array_size(wanted));
    for (size_t i = 0; i < count; i++) {
        const int32_t id = (int32_t)json_integer_value(json_array_get(wanted, i));
        ck_assert_msg(ids[i] == id, "%s ids of \"%s\": token %zu is %d, not %d", which, string, i, ids[i], id);
    }
}

static void expect_tweet(const json_t *text, const json_t *wanted)
{
    char *out;
    size_t length;
    const char *string = json_string_value(text);
    ck_assert_int_eq(axf_tweet_normalise(string, json_string_length(text), &out, &length), AXF_OK);
    ck_assert_msg(length == json_string_length(wanted) && memcmp(out, json_string_value(wanted), length) == 0,
                  "%s\n  gives  %s\n  not    %s", string, out, json_string_value(wanted));
    free(out);
}

START_TEST(golden_cases)
{
    axf_tokenizer *wp[MODE_COUNT];
    for (size_t i = 0; i < MODE_COUNT; i++) {
        wp[i] = open_vocabulary(GOLDEN, &MODES[i]);
    }
    FILE *file = fopen(GOLDEN "/cases.jsonl", "r");
    ck_assert_ptr_nonnull(file);
    size_t count = 0;
    json_t *parsed;
    while ((parsed = read_case(file)) != NULL) {
        const axf_tokenizer *tokenizer = wp[json_integer_value(json_object_get(parsed, "mode"))];
        const size_t max_length = (size_t)json_integer_value(json_object_get(parsed, "length"));
        const json_t *text = json_object_get(parsed, "text");
        const json_t *tweet = json_object_get(parsed, "tweet");
        expect_tweet(text, tweet);
        expect_ids(tokenizer, tweet, max_length, json_object_get(parsed, "ids"), "tweet");
        expect_ids(tokenizer, text, max_length, json_object_get(parsed, "plain"), "plain");
        json_decref(parsed);
        count++;
    }
    fclose(file);
    ck_assert_uint_ge(count, 3000);
    for (size_t i = 0; i < MODE_COUNT; i++) {
        axf_tokenizer_close(wp[i]);
    }
}
END_TEST

/* Ids in the slow form, or those that the fast one gives where slow.jsonl has nothing else. */
static void expect_slow(axf_tokenizer *const wp[2], const json_t *text, size_t max_length, const json_t *listed)
{
    int32_t fast[128];
    size_t count;
    if (listed != NULL) {
        expect_ids(wp[1], text, max_length, listed, "slow");
        return;
    }
    axf_tokenizer_encode(wp[0], json_string_value(text), json_string_length(text), fast, max_length, &count);
    json_t *ids = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(ids, json_integer(fast[i]));
    }
    expect_ids(wp[1], text, max_length, ids, "slow, as fast,");
    json_decref(ids);
}

START_TEST(slow_cases)
{
    const axf_wordpiece_options slow = {true, true, true, true};
    axf_tokenizer *wp[2] = {open_vocabulary(GOLDEN, &MODES[0]), open_vocabulary(GOLDEN, &slow)};
    FILE *all = fopen(GOLDEN "/cases.jsonl", "r"), *others = fopen(GOLDEN "/slow.jsonl", "r");
    ck_assert(all != NULL && others != NULL);
    json_t *parsed, *other = read_case(others);
    size_t differ = 0;
    for (json_int_t at = 0; (parsed = read_case(all)) != NULL; at++) {
        const size_t max_length = (size_t)json_integer_value(json_object_get(parsed, "length"));
        const int here = other != NULL && json_integer_value(json_object_get(other, "case")) == at;
        expect_slow(wp, json_object_get(parsed, "tweet"), max_length, here ? json_object_get(other, "ids") : NULL);
        expect_slow(wp, json_object_get(parsed, "text"), max_length, here ? json_object_get(other, "plain") : NULL);
        json_decref(parsed);
        if (here) {
            json_decref(other);
            other = read_case(others);
            differ++;
        }
    }
    ck_assert_ptr_null(other);
    ck_assert_uint_ge(differ, 100);
    fclose(all);
    fclose(others);
    axf_tokenizer_close(wp[0]);
    axf_tokenizer_close(wp[1]);
}
END_TEST

static void write_vocabulary(const char *path, const char *content, size_t length)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static axf_tokenizer *open_text(const char *folder, const char *content)
{
    const char *path = temp_path(folder, "vocab.txt");
    write_vocabulary(path, content, strlen(content));
    return open_vocabulary(folder, &MODES[0]);
}

START_TEST(lines_are_ids)
{
    char *folder = temp_folder_make();
    axf_tokenizer *wp = open_text(folder, "[PAD]\r\n[UNK]\n[CLS]\r[SEP]\n\na\nb\na\n##a\n##\nb");
    ck_assert_int_eq(wp->size, 11);
    int32_t ids[8];
    size_t count;
    ck_assert_int_eq(axf_tokenizer_encode(wp, "aa ab b[MASK]", 7, ids, 8, &count), AXF_OK);
    static const int32_t wanted[] = {2, 7, 8, 1, 10, 3}; /* of the two lines "a" and "b" the later ones */
    ck_assert_uint_eq(count, 6);
    ck_assert_mem_eq(ids, wanted, sizeof wanted);
    ck_assert_int_eq(axf_tokenizer_encode(wp, "a", 1, ids, 2, &count), AXF_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(axf_tokenizer_encode(wp, "a", 1, ids, 1, &count), AXF_ERR_DATA);
    ck_assert_uint_eq(count, 0);
    axf_tokenizer_close(wp);
    temp_folder_remove(folder);
}
END_TEST

/* A word is unknown from its 101st code point on, however it is spelt; marks out of order are put in order before. */
START_TEST(long_words)
{
    char *folder = temp_folder_make();
    axf_tokenizer *wp = open_text(folder, "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##a\n");
    char text[4 * 400];
    int32_t ids[128];
    size_t count;
    memset(text, 'a', sizeof text);
    ck_assert_int_eq(axf_tokenizer_encode(wp, text, 100, ids, 128, &count), AXF_OK);
    ck_assert_uint_eq(count, 102);
    ck_assert_int_eq(axf_tokenizer_encode(wp, text, 101, ids, 128, &count), AXF_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(ids[1], 1);
    for (size_t i = 0; i < 400; i++) {
        memcpy(text + 4 * i, i % 2 ? "\U0001D165" : "\U0001D16D", 4);
    }
    ck_assert_int_eq(axf_tokenizer_encode(wp, text, sizeof text, ids, 128, &count), AXF_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(ids[1], 1);
    axf_tokenizer_close(wp);
    temp_folder_remove(folder);
}
END_TEST

static void expect_refusal(const char *folder, axf_status wanted, const char *part)
{
    axf_tokenizer *wp;
    ck_assert_int_eq(axf_wordpiece_open(own.host, folder, &MODES[0], &wp), wanted);
    ck_assert_ptr_null(wp);
    const char *error = axf_error_message(), *path = temp_path(folder, "vocab.txt");
    ck_assert_msg(strstr(error, path) && strstr(error, part), "\"%s\" does not name %s and say: %s", error, path, part);
}

START_TEST(refused_vocabularies)
{
    char *folder = temp_folder_make();
    const char *path = temp_path(folder, "vocab.txt");
    expect_refusal(folder, AXF_ERR_IO, "No such file");
    write_vocabulary(path, "", 0);
    expect_refusal(folder, AXF_ERR_FORMAT, "[PAD]");
    write_vocabulary(path, "[PAD]\n[UNK]\n[CLS]\nx\n", 20);
    expect_refusal(folder, AXF_ERR_FORMAT, "none of its 4 lines is [SEP]");
    write_vocabulary(path, "[PAD]\nab\xff\n", 10);
    expect_refusal(folder, AXF_ERR_FORMAT, ":2: byte 3");
    ck_assert_int_eq(truncate(path, (64 << 20) + 1), 0);
    expect_refusal(folder, AXF_ERR_FORMAT, "67108865 bytes, more than the 67108864 allowed");
    temp_folder_remove(folder);
}
END_TEST

static void *encode_often(void *wp)
{
    static const char text[] = "Love this !!!! caf\u00e9 \u6771\u4eac unbelievable [SEP] a.m.";
    int32_t first[64];
    size_t first_count;
    axf_tokenizer_encode(wp, text, sizeof text - 1, first, 64, &first_count);
    for (int i = 0; i < 2000; i++) {
        int32_t ids[64];
        size_t count;
        axf_tokenizer_encode(wp, text, sizeof text - 1, ids, 64, &count);
        if (count != first_count || memcmp(ids, first, count * sizeof *ids) != 0) {
            return wp;
        }
    }
    return NULL;
}

START_TEST(many_threads)
{
    axf_tokenizer *wp = open_vocabulary(GOLDEN, &MODES[0]);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, encode_often, wp), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *differs;
        pthread_join(threads[i], &differs);
        ck_assert_ptr_null(differs);
    }
    axf_tokenizer_close(wp);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wordpiece");
    TCase *tests = tcase_create("wordpiece");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, open_host, close_host);
    tcase_add_test(tests, golden_cases);
    tcase_add_test(tests, slow_cases);
    tcase_add_test(tests, lines_are_ids);
    tcase_add_test(tests, long_words);
    tcase_add_test(tests, refused_vocabularies);
    tcase_add_test(tests, many_threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
