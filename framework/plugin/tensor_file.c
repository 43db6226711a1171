#include "plugin/tensor_file.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_TOLD = 8 };

struct axf_tensor_file {
    axf_weights *weights;
    char *path;
};

_Static_assert(AXF_FILE_DIMS == (int)AXF_STORED_DIMS, "a shape is copied whole");

static axf_status open_file(const axf_host *host, const char *path, axf_tensor_file **file)
{
    (void)host;
    axf_weights *weights;
    *file = NULL;
    AXF_TRY(axf_weights_open(path, &weights));
    *file = axf_alloc(sizeof **file);
    **file = (axf_tensor_file){weights, axf_copy(path)};
    return AXF_OK;
}

static void close_file(const axf_host *host, axf_tensor_file *file)
{
    (void)host;
    if (file != NULL) {
        axf_weights_close(file->weights);
        free(file->path);
        free(file);
    }
}

static void fail_absent(const axf_tensor_file *file, const char *name)
{
    const size_t count = axf_weights_count(file->weights);
    axf_strbuf names = {0};
    for (size_t i = 0; i < count && i < NAMES_TOLD; i++) {
        axf_strbuf_printf(&names, "%s'%s'", i > 0 ? ", " : "", axf_weights_entry_at(file->weights, i)->name);
    }
    axf_strbuf_puts(&names, count > NAMES_TOLD ? ", …" : count == 0 ? "none" : "");
    if (name != NULL) {
        axf_fail(AXF_ERR_FORMAT, "'%s' has no tensor '%s'; it has %zu: %s", file->path, name, count,
                 axf_strbuf_text(&names));
    } else {
        axf_fail(AXF_ERR_FORMAT, "'%s' must hold one tensor; it has %zu: %s", file->path, count,
                 axf_strbuf_text(&names));
    }
    axf_strbuf_free(&names);
}

/* AXF_ERR_FORMAT: it is not there; AXF_ERR_DATA: it holds no real numbers. */
static axf_status find(const axf_tensor_file *file, const char *name, const axf_stored **entry)
{
    if (name != NULL) {
        *entry = axf_weights_find(file->weights, name);
    } else {
        *entry = axf_weights_count(file->weights) == 1 ? axf_weights_entry_at(file->weights, 0) : NULL;
    }
    if (*entry == NULL) {
        fail_absent(file, name);
        return AXF_ERR_FORMAT;
    }
    if ((*entry)->dtype > AXF_STORED_BF16) {
        return axf_fail(AXF_ERR_DATA, "'%s': tensor '%s' is %s, but real numbers are needed here: save it as float32",
                        file->path, (*entry)->name, axf_stored_dtype_name((*entry)->dtype));
    }
    return AXF_OK;
}

static axf_status get_shape(const axf_host *host, const axf_tensor_file *file, const char *name, int32_t *ndim,
                            int64_t shape[AXF_FILE_DIMS])
{
    (void)host;
    const axf_stored *entry;
    AXF_TRY(find(file, name, &entry));
    *ndim = entry->ndim;
    memcpy(shape, entry->shape, sizeof entry->shape);
    return AXF_OK;
}

/* The rows are a tensor of their own: the same entry, begun further on. */
static axf_status read_rows(const axf_host *host, const axf_tensor_file *file, const char *name, int64_t first,
                            int64_t rows, float *values)
{
    (void)host;
    const axf_stored *whole;
    AXF_TRY(find(file, name, &whole));
    const int64_t have = whole->ndim > 0 ? whole->shape[0] : 0;
    if (first < 0 || rows < 0 || first > have || rows > have - first) {
        return axf_fail(AXF_ERR_SHAPE, "'%s': tensor '%s' has %lld rows, %lld from row %lld on were asked for",
                        file->path, whole->name, (long long)have, (long long)rows, (long long)first);
    }
    if (rows == 0 || whole->count == 0) {
        return AXF_OK;
    }
    const int64_t width = whole->count / have;
    const size_t size = axf_stored_dtype_size(whole->dtype);
    axf_stored part = *whole;
    part.shape[0] = rows;
    part.count = rows * width;
    part.size = (uint64_t)part.count * size;
    part.offset += (uint64_t)(first * (whole->strides != NULL ? whole->strides[0] : width)) * size;
    return axf_stored_read_f32(&part, values, part.count);
}

static const char *get_note(const axf_host *host, const axf_tensor_file *file, const char *key)
{
    (void)host;
    return axf_weights_metadata(file->weights, key);
}

void axf_tensor_file_entries(axf_host *host)
{
    host->tensors_open = open_file;
    host->tensors_shape = get_shape;
    host->tensors_read = read_rows;
    host->tensors_note = get_note;
    host->tensors_close = close_file;
}
