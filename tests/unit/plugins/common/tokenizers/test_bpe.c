/* BERTweet's BPE against the reference's ids of generated tweets (tools/golden/bpe.py), its rules for reading files,
 * and files that cannot be used. */
#include "component_host.h"
#include "temp_folder.h"

#include "common/tokenizers/bpe.h"

#include <jansson.h>

#define GOLDEN AXF_SOURCE_DIR "/tests/golden/bpe"

static component_host own;

static void open_host(void)
{
    component_host_open(&own);
}

static void close_host(void)
{
    component_host_close(&own);
}

static axf_tokenizer *open_folder(const char *folder)
{
    axf_tokenizer *bpe;
    ck_assert_msg(axf_bpe_open(own.host, folder, &bpe) == AXF_OK, "%s", axf_error_message());
    return bpe;
}

static void expect_ids(const axf_tokenizer *bpe, const json_t *parsed)
{
    int32_t ids[128];
    size_t count;
    const json_t *text = json_object_get(parsed, "text");
    const json_t *wanted = json_object_get(parsed, "ids");
    const size_t max_length = (size_t)json_integer_value(json_object_get(parsed, "length"));
    const char *string = json_string_value(text);
    ck_assert_int_eq(axf_tokenizer_encode(bpe, string, json_string_length(text), ids, max_length, &count), AXF_OK);
    ck_assert_msg(count == json_array_size(wanted), "\"%s\": %zu ids, not %zu", string, count, json_array_size(wanted));
    for (size_t i = 0; i < count; i++) {
        const int32_t id = (int32_t)json_integer_value(json_array_get(wanted, i));
        ck_assert_msg(ids[i] == id, "\"%s\": token %zu is %d, not %d", string, i, ids[i], id);
    }
}

START_TEST(golden_cases)
{
    axf_tokenizer *bpe = open_folder(GOLDEN);
    FILE *file = fopen(GOLDEN "/cases.jsonl", "r");
    ck_assert_ptr_nonnull(file);
    char *line = NULL;
    size_t size = 0;
    size_t count = 0;
    for (; getline(&line, &size, file) > 0; count++) {
        json_t *parsed = json_loads(line, JSON_ALLOW_NUL, NULL);
        ck_assert_ptr_nonnull(parsed);
        expect_ids(bpe, parsed);
        json_decref(parsed);
    }
    ck_assert_uint_ge(count, 3000);
    free(line);
    fclose(file);
    axf_tokenizer_close(bpe);
}
END_TEST

static void write_file(const char *folder, const char *name, const char *content)
{
    FILE *file = fopen(temp_path(folder, name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(content, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect(const axf_tokenizer *bpe, const char *text, const int32_t *wanted, size_t wanted_count)
{
    int32_t ids[16];
    size_t count;
    ck_assert_int_eq(axf_tokenizer_encode(bpe, text, strlen(text), ids, 16, &count), AXF_OK);
    ck_assert_uint_eq(count, wanted_count);
    ck_assert_mem_eq(ids, wanted, wanted_count * sizeof *ids);
}

/* The last merge has no line break and is not read; "c" takes the next free id anew; a pair has its last rank. */
START_TEST(rules_of_the_files)
{
    char *folder = temp_folder_make();
    write_file(folder, "vocab.txt", "a@@ 9\nbc 8\r\nc 7\nab@@ 6\nc 5\n");
    write_file(folder, "bpe.codes", "a b 9\nb c</w> 8\na b 7\na bc</w> 6");
    axf_tokenizer *bpe = open_folder(folder);
    ck_assert_int_eq(bpe->size, 9);
    expect(bpe, "abc c", (const int32_t[]){0, 4, 5, 8, 2}, 5);
    expect(bpe, "abx<mask>", (const int32_t[]){0, 7, 3, 8, 2}, 5);
    axf_tokenizer_close(bpe);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(long_words)
{
    axf_tokenizer *bpe = open_folder(GOLDEN);
    char text[AXF_BPE_MAX_WORD + 1];
    int32_t ids[2 * AXF_BPE_MAX_WORD];
    size_t count;
    memset(text, 'a', sizeof text);
    ck_assert_int_eq(axf_tokenizer_encode(bpe, text, sizeof text - 1, ids, 2 * AXF_BPE_MAX_WORD, &count), AXF_OK);
    ck_assert_uint_gt(count, 3);
    ck_assert_int_eq(axf_tokenizer_encode(bpe, text, sizeof text, ids, 2 * AXF_BPE_MAX_WORD, &count), AXF_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(ids[1], 3);
    ck_assert_int_eq(axf_tokenizer_encode(bpe, text, 1, ids, 1, &count), AXF_ERR_DATA);
    axf_tokenizer_close(bpe);
}
END_TEST

static void expect_refusal(const char *folder, axf_status wanted, const char *part)
{
    axf_tokenizer *bpe;
    ck_assert_int_eq(axf_bpe_open(own.host, folder, &bpe), wanted);
    ck_assert_ptr_null(bpe);
    const char *error = axf_error_message();
    ck_assert_msg(strstr(error, part) != NULL, "\"%s\" does not say: %s", error, part);
}

START_TEST(refused_files)
{
    char *folder = temp_folder_make();
    expect_refusal(folder, AXF_ERR_IO, "vocab.txt': No such file");
    write_file(folder, "vocab.txt", "a 1\nb\n");
    expect_refusal(folder, AXF_ERR_FORMAT, "vocab.txt:2: is not a token");
    write_file(folder, "vocab.txt", "a 1\n\xff 1\n");
    expect_refusal(folder, AXF_ERR_FORMAT, "vocab.txt:2: is not a token");
    write_file(folder, "vocab.txt", "a 1\n");
    expect_refusal(folder, AXF_ERR_IO, "bpe.codes': No such file");
    write_file(folder, "bpe.codes", "a b 1\na b\n");
    expect_refusal(folder, AXF_ERR_FORMAT, "bpe.codes:2: is not two symbols");
    ck_assert_int_eq(truncate(temp_path(folder, "bpe.codes"), (64 << 20) + 1), 0);
    expect_refusal(folder, AXF_ERR_FORMAT, "bpe.codes: 67108865 bytes, more than the 67108864 allowed");
    temp_folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bpe");
    TCase *tests = tcase_create("bpe");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, open_host, close_host);
    tcase_add_test(tests, golden_cases);
    tcase_add_test(tests, rules_of_the_files);
    tcase_add_test(tests, long_words);
    tcase_add_test(tests, refused_files);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
