/* The feature store: what was written comes back, torn and damaged records do not, two writers do not meet. */
#include "core/error.h"
#include "features/list.h"
#include "features/store.h"
#include "temp_folder.h"

#include <fcntl.h>
#include <unistd.h>

enum { VALUES = 33 };

static axf_hash128 image(int i)
{
    return axf_hash_bytes(&i, sizeof i);
}

static void record(int i, float *values)
{
    for (int k = 0; k < VALUES; k++) {
        values[k] = (float)(i * 100 + k) / 7;
    }
}

static axf_feature_store *open_store(const char *folder, const char *key, int half)
{
    axf_feature_store *store;
    ck_assert_msg(axf_features_open(folder, key, VALUES, half, &store) == AXF_OK, "%s", axf_error_message());
    return store;
}

static void append(axf_feature_store *store, int from, int to)
{
    float values[VALUES];
    ck_assert_int_eq(axf_features_lock(store), AXF_OK);
    for (int i = from; i < to; i++) {
        record(i, values);
        ck_assert_int_eq(axf_features_append(store, image(i), values), AXF_OK);
    }
    ck_assert_int_eq(axf_features_unlock(store), AXF_OK);
}

static void check(const axf_feature_store *store, int i)
{
    float values[VALUES], expected[VALUES];
    const int64_t at = axf_features_find(store, image(i));
    ck_assert_int_ge(at, 0);
    ck_assert_int_eq(axf_features_read(store, at, values), AXF_OK);
    record(i, expected);
    ck_assert_mem_eq(values, expected, sizeof values);
}

START_TEST(records_come_back_after_reopening)
{
    char *folder = temp_folder_make();
    axf_feature_store *store = open_store(folder, "key one", 0);
    append(store, 0, 2000); /* more than the table's first size */
    axf_features_close(store);
    store = open_store(folder, "key one", 0);
    check(store, 0);
    check(store, 1999);
    ck_assert_int_eq(axf_features_find(store, image(2000)), -1);
    append(store, 5, 6); /* there already: not written twice */
    axf_feature_store *other = open_store(folder, "key two", 0);
    ck_assert_int_eq(axf_features_find(other, image(0)), -1);
    axf_features_close(other);
    axf_features_close(store);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(bf16_rounds_to_nearest_even)
{
    char *folder = temp_folder_make();
    float values[VALUES] = {1.00390625f /* halfway: down to 1 */, 1.01171875f /* halfway: up */, -3.0f, 1e30f};
    axf_feature_store *store = open_store(folder, "half", 1);
    ck_assert_int_eq(axf_features_append(store, image(1), values), AXF_OK);
    float back[VALUES];
    ck_assert_int_eq(axf_features_read(store, axf_features_find(store, image(1)), back), AXF_OK);
    ck_assert_float_eq(back[0], 1.0f);
    ck_assert_float_eq(back[1], 1.015625f);
    ck_assert_float_eq(back[2], -3.0f);
    ck_assert_uint_eq(axf_features_record_bytes(VALUES, 1), 16 + 2 * VALUES + 8);
    axf_features_close(store);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(a_torn_tail_is_written_over)
{
    char *folder = temp_folder_make();
    axf_feature_store *store = open_store(folder, "torn", 0);
    append(store, 0, 3);
    char path[1024];
    snprintf(path, sizeof path, "%s", axf_features_path(store));
    axf_features_close(store);
    const size_t size = axf_features_record_bytes(VALUES, 0);
    ck_assert_int_eq(truncate(path, (off_t)(4096 + 3 * size - 10)), 0); /* killed in the third record */
    store = open_store(folder, "torn", 0);
    check(store, 1);
    ck_assert_int_eq(axf_features_find(store, image(2)), -1);
    append(store, 2, 4);
    check(store, 2);
    check(store, 3);
    axf_features_close(store);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(a_damaged_record_is_an_error_not_a_value)
{
    char *folder = temp_folder_make();
    axf_feature_store *store = open_store(folder, "damage", 0);
    append(store, 0, 2);
    const int file = open(axf_features_path(store), O_WRONLY);
    ck_assert_int_eq(pwrite(file, "\x7f", 1, 4096 + 16 + 20), 1);
    close(file);
    float values[VALUES];
    ck_assert_int_eq(axf_features_read(store, axf_features_find(store, image(0)), values), AXF_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(axf_error_message(), "record 0 is damaged"));
    check(store, 1);
    axf_features_close(store);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(a_second_writer_sees_what_the_first_wrote)
{
    char *folder = temp_folder_make();
    axf_feature_store *a = open_store(folder, "two", 0), *b = open_store(folder, "two", 0);
    append(a, 0, 10);
    append(b, 5, 15);
    check(b, 14);
    check(b, 0);
    append(a, 14, 16);
    check(a, 15);
    axf_features_close(a);
    axf_features_close(b);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(a_foreign_file_is_refused)
{
    char *folder = temp_folder_make();
    axf_feature_store *store = open_store(folder, "foreign", 0);
    const int file = open(axf_features_path(store), O_WRONLY);
    ck_assert_int_eq(pwrite(file, "NOTMINE!", 8, 0), 8);
    close(file);
    axf_features_close(store);
    ck_assert_int_eq(axf_features_open(folder, "foreign", VALUES, 0, &store), AXF_ERR_FORMAT);
    temp_folder_remove(folder);
}
END_TEST

static axf_status sum(void *context, const axf_feature_file *file)
{
    *(int64_t *)context += file->records;
    ck_assert_ptr_nonnull(strstr(file->key, "listed"));
    return AXF_OK;
}

START_TEST(the_listing_counts_records)
{
    char *folder = temp_folder_make();
    axf_feature_store *store = open_store(folder, "listed one", 0);
    append(store, 0, 3);
    axf_features_close(store);
    store = open_store(folder, "listed two", 1);
    append(store, 0, 4);
    axf_features_close(store);
    int64_t records = 0;
    ck_assert_int_eq(axf_features_list(folder, sum, &records), AXF_OK);
    ck_assert_int_eq(records, 7);
    temp_folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("features");
    TCase *tests = tcase_create("features");
    tcase_add_test(tests, records_come_back_after_reopening);
    tcase_add_test(tests, bf16_rounds_to_nearest_even);
    tcase_add_test(tests, a_torn_tail_is_written_over);
    tcase_add_test(tests, a_damaged_record_is_an_error_not_a_value);
    tcase_add_test(tests, a_second_writer_sees_what_the_first_wrote);
    tcase_add_test(tests, a_foreign_file_is_refused);
    tcase_add_test(tests, the_listing_counts_records);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
