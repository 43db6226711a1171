/* TensorBoard event files: the same bytes as TensorBoard's own writer (tools/golden/tensorboard_events.py), and what a
 * reader finds in a file of ours. */
#include "temp_folder.h"

#include "core/error.h"
#include "files/durable.h"
#include "report/tensorboard.h"

#include <dirent.h>
#include <math.h>

static axf_strbuf read_whole(const char *path)
{
    axf_strbuf text = {0};
    char bytes[4096];
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    for (size_t n = fread(bytes, 1, sizeof bytes, file); n > 0; n = fread(bytes, 1, sizeof bytes, file)) {
        axf_strbuf_add(&text, bytes, n);
    }
    fclose(file);
    return text;
}

START_TEST(same_bytes_as_tensorboard)
{
    char long_tag[256] = "train/";
    for (int i = 0; i < 50; i++) {
        strcat(long_tag, "long");
    }
    axf_strbuf ours = {0}, golden = read_whole(AXF_SOURCE_DIR "/tests/golden/tensorboard.tfevents");
    axf_tensorboard_put_version(&ours, 1700000000.0);
    axf_tensorboard_put_start(&ours, 1700000000.0, 3);
    axf_tensorboard_put_scalar(&ours, 1700000000.25, "train/loss", 0, 1.5f);
    axf_tensorboard_put_scalar(&ours, 1700000001.5, "val/accuracy", 1, 0.0f);
    axf_tensorboard_put_scalar(&ours, 1700000002.0, "test/f1_weighted", 127, 0.7123456789f);
    axf_tensorboard_put_scalar(&ours, 1700000003.0, "val/loss_itc", 128, -1e-30f);
    axf_tensorboard_put_scalar(&ours, 1700000004.0, "val/F1 de la classe \xc3\xa9l\xc3\xa9gante", 300000000000,
                               3.4e38f);
    axf_tensorboard_put_scalar(&ours, 1700000005.0, long_tag, -1, INFINITY);
    for (size_t i = 0; i < ours.length && i < golden.length; i++) {
        ck_assert_msg(ours.data[i] == golden.data[i], "byte %zu is %02x, in the golden file %02x", i,
                      (unsigned char)ours.data[i], (unsigned char)golden.data[i]);
    }
    ck_assert_uint_eq(ours.length, golden.length);
    axf_strbuf_free(&ours);
    axf_strbuf_free(&golden);
}
END_TEST

/* The one event file in `folder` whose name ends with `suffix`; the caller frees. */
static char *event_file(const char *folder, const char *suffix)
{
    char *found = NULL;
    DIR *handle = opendir(folder);
    ck_assert_ptr_nonnull(handle);
    for (struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        const size_t length = strlen(entry->d_name), tail = strlen(suffix);
        if (strncmp(entry->d_name, "events.out.tfevents.", 20) == 0 && length > tail &&
            strcmp(entry->d_name + length - tail, suffix) == 0) {
            ck_assert_ptr_null(found);
            found = strdup(temp_path(folder, entry->d_name));
        }
    }
    closedir(handle);
    ck_assert_msg(found != NULL, "no event file ends with %s", suffix);
    return found;
}

static uint64_t little_endian(const char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--) {
        value = value << 8 | (unsigned char)bytes[i];
    }
    return value;
}

/* Walks the records of a file as a reader does; every length must lead to the next record. The last one's bytes. */
static int walk(const axf_strbuf *file, const char **last, size_t *last_size)
{
    int records = 0;
    for (size_t at = 0; at < file->length; records++) {
        ck_assert_uint_le(at + 16, file->length);
        *last = file->data + at + 12;
        *last_size = (size_t)little_endian(file->data + at, 8);
        ck_assert_uint_le(at + 16 + *last_size, file->length);
        at += 16 + *last_size;
    }
    return records;
}

START_TEST(file_holds_what_was_written)
{
    char *folder = strdup(temp_folder_make());
    axf_tensorboard *writer, *other;
    ck_assert_int_eq(axf_tensorboard_open(folder, 1, &writer), AXF_OK);
    ck_assert_int_eq(axf_tensorboard_open(folder, 2, &other), AXF_OK); /* in the same second: a file of its own */
    ck_assert_int_eq(axf_tensorboard_scalar(writer, "val/loss", 1, 0.5), AXF_OK);
    ck_assert_int_eq(axf_tensorboard_scalar(writer, "val/loss", 2, 0.25), AXF_OK);
    ck_assert_int_eq(axf_tensorboard_close(writer), AXF_OK);
    ck_assert_int_eq(axf_tensorboard_close(other), AXF_OK);

    char *path = event_file(folder, ".0");
    axf_strbuf file = read_whole(path);
    const char *last = NULL;
    size_t size = 0;
    ck_assert_int_eq(walk(&file, &last, &size), 4);
    /* wall time 9 bytes; step 2: 10 02; summary 2a 11; value 0a 0f; tag 0a 08 "val/loss"; simple value 15 0.25f */
    ck_assert_uint_eq(size, 9 + 2 + 2 + 2 + 10 + 5);
    ck_assert_mem_eq(last + 9, "\x10\x02\x2a\x11\x0a\x0f\x0a\x08val/loss\x15\x00\x00\x80\x3e", size - 9);
    axf_strbuf_free(&file);
    free(path);

    path = event_file(folder, ".1");
    file = read_whole(path);
    ck_assert_int_eq(walk(&file, &last, &size), 2);
    axf_strbuf_free(&file);
    free(path);
    temp_folder_remove(folder);
    free(folder);
}
END_TEST

/* A full disk, at each step of the way: an error that names the file, and only whole records in it. */
START_TEST(full_disk)
{
    char *folder = strdup(temp_folder_make());
    int failures = 0;
    for (uint64_t step = 1; step < 20; step++) {
        axf_tensorboard *writer = NULL;
        axf_durable_fail_at(step);
        axf_status status = axf_tensorboard_open(folder, 1, &writer);
        if (status == AXF_OK) {
            status = axf_tensorboard_scalar(writer, "val/loss", 1, 0.5);
        }
        axf_durable_fail_at(0);
        if (status == AXF_OK) {
            ck_assert_int_eq(axf_tensorboard_close(writer), AXF_OK);
            break;
        }
        failures++;
        ck_assert_int_eq(status, AXF_ERR_IO);
        ck_assert_msg(strstr(axf_error_message(), folder) != NULL, "%s", axf_error_message());
        axf_tensorboard_close(writer);
    }
    ck_assert_int_ge(failures, 2);
    DIR *handle = opendir(folder);
    for (struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        if (entry->d_name[0] != '.') {
            const char *last;
            size_t size;
            axf_strbuf file = read_whole(temp_path(folder, entry->d_name));
            walk(&file, &last, &size);
            axf_strbuf_free(&file);
        }
    }
    closedir(handle);
    temp_folder_remove(folder);
    free(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tensorboard");
    TCase *tests = tcase_create("tensorboard");
    tcase_add_test(tests, same_bytes_as_tensorboard);
    tcase_add_test(tests, file_holds_what_was_written);
    tcase_add_test(tests, full_disk);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
