/* The host's entries for files of tensors: shapes and rows by name from safetensors and .npy, and what is refused. */
#include "temp_folder.h"

#include "core/error.h"
#include "plugin/tensor_file.h"
#include "weights/safetensors_write.h"

#include <stdlib.h>

static axf_host host;

static const char *write_safetensors(const char *folder)
{
    const char *path = temp_path(folder, "file.safetensors");
    const int64_t table[] = {4, 2, 3}, count[] = {2};
    const axf_safetensors_item items[] = {
        {"table", AXF_STORED_F32, 3, table}, {"half", AXF_STORED_F16, 1, count}, {"whole", AXF_STORED_I16, 1, count}};
    const axf_safetensors_pair notes[] = {{"ids", "a\nb"}};
    axf_safetensors_writer *writer;
    float values[24];
    for (int i = 0; i < 24; i++) {
        values[i] = (float)i;
    }
    const uint16_t half[] = {0x3C00, 0xC000}, whole[] = {1, 2}; /* 1, -2 */
    ck_assert_int_eq(axf_safetensors_create(path, notes, 1, items, 3, &writer), AXF_OK);
    ck_assert_int_eq(axf_safetensors_put(writer, values, sizeof values), AXF_OK);
    ck_assert_int_eq(axf_safetensors_put(writer, half, sizeof half), AXF_OK);
    ck_assert_int_eq(axf_safetensors_put(writer, whole, sizeof whole), AXF_OK);
    ck_assert_int_eq(axf_safetensors_commit(writer), AXF_OK);
    return path;
}

static axf_tensor_file *open_file(const char *path)
{
    axf_tensor_file *file;
    axf_tensor_file_entries(&host);
    ck_assert_msg(host.tensors_open(&host, path, &file) == AXF_OK, "%s", axf_error_message());
    return file;
}

static void expect_refused(axf_status status, const char *fragment)
{
    ck_assert_int_ne(status, AXF_OK);
    ck_assert_msg(strstr(axf_error_message(), fragment) != NULL, "'%s' lacks '%s'", axf_error_message(), fragment);
}

START_TEST(rows_by_name)
{
    char *folder = temp_folder_make();
    axf_tensor_file *file = open_file(write_safetensors(folder));
    int32_t ndim;
    int64_t shape[AXF_FILE_DIMS];
    float values[12];
    ck_assert_int_eq(host.tensors_shape(&host, file, "table", &ndim, shape), AXF_OK);
    ck_assert(ndim == 3 && shape[0] == 4 && shape[1] == 2 && shape[2] == 3);
    ck_assert_int_eq(host.tensors_read(&host, file, "table", 1, 2, values), AXF_OK);
    for (int i = 0; i < 12; i++) {
        ck_assert(values[i] == (float)(6 + i));
    }
    ck_assert_int_eq(host.tensors_read(&host, file, "table", 4, 0, values), AXF_OK);
    ck_assert_int_eq(host.tensors_read(&host, file, "half", 1, 1, values), AXF_OK);
    ck_assert(values[0] == -2);
    ck_assert_str_eq(host.tensors_note(&host, file, "ids"), "a\nb");
    ck_assert_ptr_null(host.tensors_note(&host, file, "other"));
    host.tensors_close(&host, file);
    temp_folder_remove(folder);
}
END_TEST

START_TEST(refusals)
{
    char *folder = temp_folder_make();
    axf_tensor_file *file = open_file(write_safetensors(folder)), *none;
    int32_t ndim;
    int64_t shape[AXF_FILE_DIMS];
    float values[24];
    expect_refused(host.tensors_shape(&host, file, "tables", &ndim, shape), "no tensor 'tables'; it has 3: 'table'");
    expect_refused(host.tensors_shape(&host, file, NULL, &ndim, shape), "must hold one tensor; it has 3");
    expect_refused(host.tensors_shape(&host, file, "whole", &ndim, shape), "is I16, but real numbers");
    ck_assert_int_eq(host.tensors_shape(&host, file, "whole", &ndim, shape), AXF_ERR_DATA);
    ck_assert_int_eq(host.tensors_shape(&host, file, "tables", &ndim, shape), AXF_ERR_FORMAT);
    expect_refused(host.tensors_read(&host, file, "table", 3, 2, values), "has 4 rows, 2 from row 3 on");
    expect_refused(host.tensors_read(&host, file, "table", -1, 1, values), "1 from row -1 on");
    expect_refused(host.tensors_read(&host, file, "table", INT64_MAX, INT64_MAX, values), "has 4 rows");
    expect_refused(host.tensors_open(&host, temp_path(folder, "gone"), &none), "gone");
    ck_assert_ptr_null(none);
    host.tensors_close(&host, none);
    host.tensors_close(&host, file);
    temp_folder_remove(folder);
}
END_TEST

/* The file has its columns first, so that the values of a row are not next to each other. */
START_TEST(numpy_in_either_order)
{
    char *folder = temp_folder_make();
    for (int fortran = 0; fortran < 2; fortran++) {
        const char *path = temp_path(folder, fortran ? "f.npy" : "c.npy");
        char header[128];
        static const char magic[] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
        memset(header, ' ', sizeof header);
        memcpy(header, magic, sizeof magic);
        const int length =
            snprintf(header + 10, sizeof header - 10, "{'descr': '<f4', 'fortran_order': %s, 'shape': (3, 2), }",
                     fortran ? "True" : "False");
        header[10 + length] = ' ';
        header[sizeof header - 1] = '\n';
        FILE *out = fopen(path, "wb");
        ck_assert_uint_eq(fwrite(header, 1, sizeof header, out), sizeof header);
        for (int i = 0; i < 6; i++) {
            const float value = (float)(fortran ? i % 3 * 2 + i / 3 : i);
            ck_assert_uint_eq(fwrite(&value, sizeof value, 1, out), 1);
        }
        ck_assert_int_eq(fclose(out), 0);
        axf_tensor_file *file = open_file(path);
        float values[4];
        ck_assert_msg(host.tensors_read(&host, file, "", 1, 2, values) == AXF_OK, "%s", axf_error_message());
        ck_assert(values[0] == 2 && values[1] == 3 && values[2] == 4 && values[3] == 5);
        ck_assert_int_eq(host.tensors_read(&host, file, NULL, 0, 1, values), AXF_OK);
        ck_assert(values[0] == 0 && values[1] == 1);
        host.tensors_close(&host, file);
    }
    temp_folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tensor_file");
    TCase *tests = tcase_create("tensor_file");
    tcase_add_test(tests, rows_by_name);
    tcase_add_test(tests, refusals);
    tcase_add_test(tests, numpy_in_either_order);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
