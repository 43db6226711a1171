/* Weights in one file or in shards, and an index that is wrong in every possible way. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "weights/safetensors_write.h"
#include "weights/weights.h"

static char *folder;

static void setup(void)
{
    folder = temp_folder_make();
}

static void teardown(void)
{
    temp_folder_remove(folder);
}

/* A file with tensors of one element each, named by the letters of `names`, valued by them. */
static void shard(const char *file, const char *names)
{
    axf_safetensors_item items[8];
    char texts[8][2];
    const int64_t one = 1;
    const size_t count = strlen(names);
    const axf_safetensors_pair metadata = {"format", "pt"};
    for (size_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[i], "%c", names[i]);
        items[i] = (axf_safetensors_item){texts[i], AXF_STORED_F32, 1, &one};
    }
    axf_safetensors_writer *writer;
    ck_assert_int_eq(axf_safetensors_create(temp_path(folder, file), &metadata, 1, items, count, &writer), AXF_OK);
    for (size_t i = 0; i < count; i++) {
        const float value = names[i];
        ck_assert_int_eq(axf_safetensors_put(writer, &value, sizeof value), AXF_OK);
    }
    ck_assert_int_eq(axf_safetensors_commit(writer), AXF_OK);
}

static void write_index(const char *text)
{
    ck_assert_int_eq(axf_durable_write_file(temp_path(folder, "model.safetensors.index.json"), text, strlen(text)),
                     AXF_OK);
}

static axf_weights *open_good(const char *path)
{
    axf_weights *weights;
    ck_assert_msg(axf_weights_open(path, &weights) == AXF_OK, "%s", axf_error_message());
    return weights;
}

static void check_value(const axf_weights *weights, const char *name)
{
    float value = 0;
    const axf_stored *entry = axf_weights_find(weights, name);
    ck_assert_ptr_nonnull(entry);
    ck_assert_int_eq(axf_stored_read_f32(entry, &value, 1), AXF_OK);
    ck_assert_float_eq(value, name[0]);
}

START_TEST(one_file)
{
    shard("model.safetensors", "ba");
    for (int direct = 0; direct < 2; direct++) {
        axf_weights *weights = open_good(direct ? temp_path(folder, "model.safetensors") : folder);
        ck_assert_uint_eq(axf_weights_count(weights), 2);
        ck_assert_str_eq(axf_weights_entry_at(weights, 0)->name, "b");
        check_value(weights, "a");
        check_value(weights, "b");
        ck_assert_ptr_null(axf_weights_find(weights, "c"));
        ck_assert_str_eq(axf_weights_metadata(weights, "format"), "pt");
        axf_weights_close(weights);
    }
}
END_TEST

START_TEST(shards)
{
    shard("x-1.safetensors", "cax");
    shard("x-2.safetensors", "bx");
    write_index(
        "{\"metadata\":{\"total_size\":1.5e3,\"deep\":[[true,null,-1]]},\"weight_map\":{\"b\":\"x-2.safetensors\","
        "\"a\":\"x-1.safetensors\",\"c\":\"x-1.safetensors\",\"x\":\"x-2.safetensors\"}}");
    axf_weights *weights = open_good(folder);
    ck_assert_uint_eq(axf_weights_count(weights), 4);
    ck_assert_str_eq(axf_weights_entry_at(weights, 0)->name, "c");
    ck_assert_str_eq(axf_weights_entry_at(weights, 1)->name, "a");
    ck_assert_str_eq(axf_weights_entry_at(weights, 2)->name, "b");
    check_value(weights, "a");
    check_value(weights, "b");
    check_value(weights, "c");
    ck_assert_ptr_nonnull(strstr(axf_weights_find(weights, "x")->file->path, "x-2"));
    axf_weights_close(weights);
}
END_TEST

#define MAP(text) "{\"weight_map\":{" text "}}"

static const struct {
    const char *index, *message;
} lies[] = {
    {MAP("\"a\":\"../x.safetensors\""), "not the plain name"},
    {MAP("\"a\":\"/etc/x.safetensors\""), "not the plain name"},
    {MAP("\"a\":\"sub/x.safetensors\""), "not the plain name"},
    {MAP("\"a\":\".x.safetensors\""), "not the plain name"},
    {MAP("\"a\":\".safetensors\""), "not the plain name"},
    {MAP("\"a\":\"x.bin\""), "not the plain name"},
    {MAP("\"a\":\"\""), "not the plain name"},
    {MAP("\"a\":\"x\\n.safetensors\""), "not the plain name"},
    {MAP("\"a\":\"absent.safetensors\""), "cannot open"},
    {MAP("\"z\":\"x-1.safetensors\""), "has none of that name"},
    {MAP("\"a\":\"x-1.safetensors\",\"a\":\"x-1.safetensors\""), "'a' occurs twice in weight_map"},
    {MAP("\"a\":1"), "expected a string"},
    {"{\"weight_map\":{},\"weight_map\":{}}", "weight_map occurs twice"},
    {"{\"metadata\":{}}", "there is no weight_map"},
    {"{}", "there is no weight_map"},
    {"[]", "expected '{'"},
    {"", "expected '{', but the text ends"},
    {"{\"weight_map\":{}} x", "something follows"},
    {"{\"metadata\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nested deeper than 64"},
    {"{\"metadata\":[1,", "expected a value"},
    {"{\"metadata\":[-]}", "expected a value"},
    {"{\"metadata\":{\"a\" 1}}", "':' after a key"},
    {"{\"metadata\":nul}", "expected a value"},
};

START_TEST(refuses_a_lying_index)
{
    axf_weights *weights;
    shard("x-1.safetensors", "ab");
    write_index(lies[_i].index);
    ck_assert_int_ne(axf_weights_open(folder, &weights), AXF_OK);
    ck_assert_ptr_null(weights);
    ck_assert_msg(strstr(axf_error_message(), lies[_i].message) != NULL, "%s: %s", lies[_i].index, axf_error_message());
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "index.json"));
}
END_TEST

START_TEST(refuses_an_empty_folder)
{
    axf_weights *weights;
    ck_assert_int_eq(axf_weights_open(folder, &weights), AXF_ERR_IO);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "holds none of"));
    ck_assert_int_eq(axf_weights_open(temp_path(folder, "absent"), &weights), AXF_ERR_IO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("weights");
    TCase *tests = tcase_create("weights");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, one_file);
    tcase_add_test(tests, shards);
    tcase_add_loop_test(tests, refuses_a_lying_index, 0, sizeof lies / sizeof *lies);
    tcase_add_test(tests, refuses_an_empty_folder);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
