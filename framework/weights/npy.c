#include "weights/npy.h"

#include "core/error.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC = 6, MOST_HEADER = 64 * 1024 };

/* The header is the text of a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
typedef struct reader {
    const char *path, *text;
    size_t length, at;
    axf_stored entry;
    int fortran;
} reader;

static axf_status fail(const reader *r, const char *what)
{
    return axf_fail(AXF_ERR_FORMAT, "'%s': byte %zu of the header: %s", r->path, r->at, what);
}

static void skip_blanks(reader *r)
{
    while (r->at < r->length && (r->text[r->at] == ' ' || r->text[r->at] == '\n')) {
        r->at++;
    }
}

static int take(reader *r, const char *word)
{
    skip_blanks(r);
    const size_t size = strlen(word);
    if (r->length - r->at < size || memcmp(r->text + r->at, word, size) != 0) {
        return 0;
    }
    r->at += size;
    return 1;
}

static axf_status parse_dtype(reader *r)
{
    static const struct {
        const char *text;
        int32_t dtype;
    } dtypes[] = {
        {"'<f8'", AXF_STORED_F64}, {"'<f4'", AXF_STORED_F32}, {"'<f2'", AXF_STORED_F16},
        {"'<i8'", AXF_STORED_I64}, {"'<i4'", AXF_STORED_I32}, {"'<i2'", AXF_STORED_I16},
        {"'|i1'", AXF_STORED_I8},  {"'|u1'", AXF_STORED_U8},  {"'|b1'", AXF_STORED_BOOL},
    };
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (take(r, dtypes[i].text)) {
            r->entry.dtype = dtypes[i].dtype;
            return AXF_OK;
        }
    }
    if (take(r, "'|O'")) {
        return fail(r, "the array holds Python objects, which are not loaded: save numbers");
    }
    return fail(r, "the descr is none of <f8 <f4 <f2 <i8 <i4 <i2 |i1 |u1 |b1: convert the array with astype");
}

static axf_status parse_order(reader *r)
{
    r->fortran = take(r, "True");
    return r->fortran || take(r, "False") ? AXF_OK : fail(r, "fortran_order is neither True nor False");
}

static axf_status parse_size(reader *r, int64_t *size)
{
    skip_blanks(r);
    const size_t start = r->at;
    *size = 0;
    while (r->at < r->length && r->text[r->at] >= '0' && r->text[r->at] <= '9') {
        if (__builtin_mul_overflow(*size, 10, size) || __builtin_add_overflow(*size, r->text[r->at] - '0', size)) {
            return fail(r, "a size is too large");
        }
        r->at++;
    }
    return r->at > start ? AXF_OK : fail(r, "a size of the shape is no whole number from 0 on");
}

static axf_status parse_shape(reader *r)
{
    if (!take(r, "(")) {
        return fail(r, "the shape is no tuple");
    }
    while (!take(r, ")")) {
        if (r->entry.ndim == AXF_STORED_DIMS) {
            return fail(r, "the array has more than 8 dims");
        }
        AXF_TRY(parse_size(r, &r->entry.shape[r->entry.ndim++]));
        if (!take(r, ",")) {
            return r->entry.ndim > 1 && take(r, ")") ? AXF_OK : fail(r, "the shape is no tuple");
        }
    }
    return AXF_OK;
}

static axf_status parse_header(reader *r)
{
    static const struct {
        const char *key;
        axf_status (*parse)(reader *);
    } fields[] = {{"'descr':", parse_dtype}, {"'fortran_order':", parse_order}, {"'shape':", parse_shape}};
    unsigned seen = 0;
    if (!take(r, "{")) {
        return fail(r, "it is no dict");
    }
    while (!take(r, "}")) {
        unsigned i = 0;
        while (i < 3 && !take(r, fields[i].key)) {
            i++;
        }
        if (i == 3 || seen & 1u << i) {
            return fail(r, "a key other than descr, fortran_order and shape, or one of them twice");
        }
        seen |= 1u << i;
        AXF_TRY(fields[i].parse(r));
        if (!take(r, ",") && (skip_blanks(r), r->at == r->length || r->text[r->at] != '}')) {
            return fail(r, "',' or '}' expected");
        }
    }
    skip_blanks(r);
    if (seen != 7 || r->at != r->length) {
        return fail(r, "descr, fortran_order or shape is missing, or something follows them");
    }
    return AXF_OK;
}

static axf_status place_array(reader *r, axf_stored_list *list, uint64_t start)
{
    axf_stored *entry = &r->entry;
    if (!axf_stored_product(entry->shape, entry->ndim, &entry->count)) {
        return fail(r, "the product of the sizes overflows");
    }
    entry->offset = start;
    entry->size = (uint64_t)entry->count * axf_stored_dtype_size(entry->dtype);
    if (entry->size != entry->file->size - start) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': the array needs %llu bytes, %llu follow the header", r->path,
                        (unsigned long long)entry->size, (unsigned long long)(entry->file->size - start));
    }
    if (r->fortran && entry->ndim > 1 && entry->count > 0) {
        int64_t *strides = axf_arena_alloc(&list->arena, (size_t)entry->ndim * sizeof *strides), step = 1;
        for (int32_t i = 0; i < entry->ndim; i++) {
            strides[i] = step;
            step *= entry->shape[i];
        }
        entry->strides = strides;
    }
    axf_stored_list_add(list, entry, "");
    return axf_stored_list_finish(list, r->path);
}

axf_status axf_npy_list(const axf_stored_file *file, axf_stored_list *list)
{
    unsigned char start[MAGIC + 6] = {0};
    *list = (axf_stored_list){0};
    AXF_TRY(axf_stored_file_read(file, 0, start, file->size < sizeof start ? (size_t)file->size : sizeof start));
    const int version = start[MAGIC], fixed = version == 1 ? MAGIC + 4 : MAGIC + 6;
    size_t length = start[MAGIC + 2] | (size_t)start[MAGIC + 3] << 8;
    if (version > 1) {
        length |= (size_t)start[MAGIC + 4] << 16 | (size_t)start[MAGIC + 5] << 24;
    }
    if (version < 1 || version > 3 || start[MAGIC + 1] != 0 || length > MOST_HEADER || file->size < (uint64_t)fixed ||
        length > file->size - (uint64_t)fixed) {
        return axf_fail(
            AXF_ERR_FORMAT,
            "'%s': is no .npy file of version 1.0, 2.0 or 3.0, or its header (%zu bytes) is longer than the "
            "file or %d bytes",
            file->path, length, MOST_HEADER);
    }
    reader r = {.path = file->path, .length = length, .entry = {.file = file}};
    char *text = axf_alloc(length);
    axf_status status = axf_stored_file_read(file, (uint64_t)fixed, text, length);
    r.text = text;
    if (status == AXF_OK) {
        status = parse_header(&r);
    }
    if (status == AXF_OK) {
        status = place_array(&r, list, (uint64_t)fixed + length);
    }
    free(text);
    if (status != AXF_OK) {
        axf_stored_list_free(list);
    }
    return status;
}
