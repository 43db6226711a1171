/* Archives and pickle programs as torch.save writes them, and as it never would. */
#ifndef AXF_TESTS_TORCH_CASE_H
#define AXF_TESTS_TORCH_CASE_H

#include "temp_folder.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "weights/weights.h"

#include <stdint.h>
#include <zlib.h>

enum { ZIP_DESCRIBED = 8, ZIP_MEMBERS = 8 };

/* ---- zip ---- */

typedef struct zip_file {
    axf_strbuf bytes;
    struct {
        char name[80];
        size_t local, data, size, central;
        uint32_t crc;
        int flags;
    } member[ZIP_MEMBERS];
    size_t count, end;
} zip_file;

static inline void zip_number(zip_file *zip, uint64_t value, int size)
{
    for (int i = 0; i < size; i++) {
        axf_strbuf_putc(&zip->bytes, i < 8 ? (char)(value >> 8 * i) : 0);
    }
}

/* Writes over what is there. */
static inline void zip_poke(zip_file *zip, size_t at, uint64_t value, int size)
{
    ck_assert_uint_le(at + (size_t)size, zip->bytes.length);
    for (int i = 0; i < size; i++) {
        zip->bytes.data[at + (size_t)i] = (char)(value >> 8 * i);
    }
}

static inline void zip_add(zip_file *zip, const char *name, const void *data, size_t size, int flags)
{
    const uint32_t crc = (uint32_t)crc32(0, data, (uInt)size);
    const int later = flags & ZIP_DESCRIBED;
    ck_assert_uint_lt(zip->count, ZIP_MEMBERS);
    snprintf(zip->member[zip->count].name, sizeof zip->member->name, "%s", name);
    zip->member[zip->count].local = zip->bytes.length;
    zip_number(zip, 0x04034b50, 4);
    zip_number(zip, 0, 2);
    zip_number(zip, (uint64_t)flags, 2);
    zip_number(zip, 0, 6); /* method, time, date */
    zip_number(zip, later ? 0 : crc, 4);
    zip_number(zip, later ? 0 : size, 4);
    zip_number(zip, later ? 0 : size, 4);
    zip_number(zip, strlen(name), 2);
    zip_number(zip, 0, 2);
    axf_strbuf_puts(&zip->bytes, name);
    zip->member[zip->count].data = zip->bytes.length;
    axf_strbuf_add(&zip->bytes, data, size);
    if (later) {
        zip_number(zip, 0x08074b50, 4);
        zip_number(zip, crc, 4);
        zip_number(zip, size, 4);
        zip_number(zip, size, 4);
    }
    zip->member[zip->count].size = size;
    zip->member[zip->count].crc = crc;
    zip->member[zip->count++].flags = flags;
}

static inline void zip_finish(zip_file *zip)
{
    const size_t start = zip->bytes.length;
    for (size_t i = 0; i < zip->count; i++) {
        zip->member[i].central = zip->bytes.length;
        zip_number(zip, 0x02014b50, 4);
        zip_number(zip, 0, 4); /* versions */
        zip_number(zip, (uint64_t)zip->member[i].flags, 2);
        zip_number(zip, 0, 6);
        zip_number(zip, zip->member[i].crc, 4);
        zip_number(zip, zip->member[i].size, 4);
        zip_number(zip, zip->member[i].size, 4);
        zip_number(zip, strlen(zip->member[i].name), 2);
        zip_number(zip, 0, 2 + 2 + 2 + 2 + 4); /* extra, comment, disk, attributes */
        zip_number(zip, zip->member[i].local, 4);
        axf_strbuf_puts(&zip->bytes, zip->member[i].name);
    }
    zip->end = zip->bytes.length;
    zip_number(zip, 0x06054b50, 4);
    zip_number(zip, 0, 4);
    zip_number(zip, zip->count, 2);
    zip_number(zip, zip->count, 2);
    zip_number(zip, zip->end - start, 4);
    zip_number(zip, start, 4);
    zip_number(zip, 0, 2);
}

/* ---- pickle ---- */

#define PICKLE_HOOKS "0x89 @collections.OrderedDict ) R"
#define PICKLE_STORAGE(numel) "( 'storage' @torch.FloatStorage '0' 'cpu' " numel " t Q"
/* A tensor of the storage data/0, which has 4 floats. */
#define PICKLE_VIEW(numel, offset, size, stride)                                                                       \
    "@torch._utils._rebuild_tensor_v2 ( " PICKLE_STORAGE(numel) " " offset " ( " size " t ( " stride                   \
                                                                " t " PICKLE_HOOKS " t R"
#define PICKLE_TENSOR PICKLE_VIEW("4", "0", "2 2", "2 1")

static inline void pickle_word(axf_strbuf *out, const char *word, size_t length)
{
    if (word[0] == '\'') { /* text */
        const uint32_t size = (uint32_t)length - 2;
        axf_strbuf_putc(out, 'X');
        axf_strbuf_add(out, &size, 4);
        axf_strbuf_add(out, word + 1, size);
    } else if (word[0] == '@') { /* a global: module, then name behind the last dot */
        size_t dot = length - 1;
        while (word[dot] != '.') {
            dot--;
        }
        axf_strbuf_printf(out, "c%.*s\n%.*s\n", (int)dot - 1, word + 1, (int)(length - dot - 1), word + dot + 1);
    } else if (word[0] == '0' && word[1] == 'x') {
        axf_strbuf_putc(out, (char)strtoul(word, NULL, 16));
    } else if ((word[0] >= '0' && word[0] <= '9') || word[0] == '-') {
        const int64_t value = strtoll(word, NULL, 10);
        axf_strbuf_add(out, "\x8a\x08", 2);
        axf_strbuf_add(out, &value, 8);
    } else {
        ck_assert_msg(length == 1, "%.*s", (int)length, word);
        axf_strbuf_putc(out, word[0]);
    }
}

/* A program from words between blanks: 'text', number, @module.name, 0x88 (an opcode, or what follows one), or the
 * letter of an opcode. */
static inline void pickle_write(axf_strbuf *out, const char *words)
{
    axf_strbuf_add(out, "\x80\x02", 2);
    for (const char *at = words; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        pickle_word(out, at, length);
        at += length + strspn(at + length, " ");
    }
}

/* ---- reading ---- */

static const float torch_numbers[4] = {1, 2, 3, 4};

/* pt/data.pkl, pt/data/0 with torch_numbers, pt/version */
static inline void torch_archive(zip_file *zip, const void *program, size_t size)
{
    *zip = (zip_file){0};
    zip_add(zip, "pt/data.pkl", program, size, 0);
    zip_add(zip, "pt/data/0", torch_numbers, sizeof torch_numbers, ZIP_DESCRIBED);
    zip_add(zip, "pt/version", "3\n", 2, 0);
}

static inline void torch_write(const char *path, const void *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    ck_assert_int_eq(fclose(out), 0);
}

static inline axf_status torch_open(const char *path, const void *bytes, size_t size, axf_weights **weights)
{
    torch_write(path, bytes, size);
    return axf_weights_open(path, weights);
}

/* Frees the archive. */
static inline axf_status torch_open_zip(const char *path, zip_file *zip, axf_weights **weights)
{
    const axf_status status = torch_open(path, zip->bytes.data, zip->bytes.length, weights);
    axf_strbuf_free(&zip->bytes);
    return status;
}

static inline void torch_refused(axf_status status, axf_weights *weights, const char *message, const char *about)
{
    ck_assert_msg(status == AXF_ERR_FORMAT, "%s: status %d", about, status);
    ck_assert_ptr_null(weights);
    ck_assert_msg(strstr(axf_error_message(), message) != NULL, "%s: '%s' does not hold '%s'", about,
                  axf_error_message(), message);
}

/* Every value of every tensor, whatever comes of it. */
static inline void torch_read_all(const axf_weights *weights)
{
    for (size_t i = 0; i < axf_weights_count(weights); i++) {
        const axf_stored *entry = axf_weights_entry_at(weights, i);
        float *values = malloc(((size_t)entry->count + 1) * sizeof *values);
        ck_assert_ptr_nonnull(values);
        const axf_status status = axf_stored_read_f32(entry, values, entry->count);
        ck_assert_msg(status == AXF_OK || status == AXF_ERR_FORMAT, "status %d", status);
        free(values);
    }
}

#endif
