#include "weights/stored.h"

#include "core/error.h"
#include "files/read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors go from file to memory as they are");

enum { PIECE = 64 * 1024 };

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [AXF_STORED_F64] = {"F64", 8},   [AXF_STORED_F32] = {"F32", 4}, [AXF_STORED_F16] = {"F16", 2},
    [AXF_STORED_BF16] = {"BF16", 2}, [AXF_STORED_I64] = {"I64", 8}, [AXF_STORED_I32] = {"I32", 4},
    [AXF_STORED_I16] = {"I16", 2},   [AXF_STORED_I8] = {"I8", 1},   [AXF_STORED_U8] = {"U8", 1},
    [AXF_STORED_BOOL] = {"BOOL", 1},
};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

const char *axf_stored_dtype_name(int32_t dtype)
{
    return dtype > 0 && dtype < DTYPES ? dtypes[dtype].name : NULL;
}

size_t axf_stored_dtype_size(int32_t dtype)
{
    return dtype > 0 && dtype < DTYPES ? dtypes[dtype].size : 0;
}

/* ---- a file ---- */

axf_status axf_stored_file_open(const char *path, axf_stored_file *file)
{
    *file = (axf_stored_file){.path = axf_copy(path), .fd = -1};
    const axf_status status = axf_open_regular(path, &file->fd, &file->size);
    if (status != AXF_OK) {
        axf_stored_file_close(file);
    }
    return status;
}

void axf_stored_file_close(axf_stored_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    free(file->path);
    *file = (axf_stored_file){.fd = -1};
}

axf_status axf_stored_file_read(const axf_stored_file *file, uint64_t offset, void *dst, size_t size)
{
    return axf_read_exact(file->fd, file->path, offset, dst, size);
}

/* ---- checksums ---- */

static axf_status compare_crc(const axf_stored *entry, uint32_t found)
{
    if (found != entry->within->crc) {
        return axf_fail(AXF_ERR_FORMAT,
                        "'%s' is damaged: the bytes of tensor '%s' should have CRC-32 %08x, they have %08x",
                        entry->file->path, entry->name, entry->within->crc, found);
    }
    atomic_store(&entry->within->checked, 1);
    return AXF_OK;
}

static axf_status check_bytes(const axf_stored *entry)
{
    axf_stored_bytes *within = entry->within;
    if (within == NULL || atomic_load(&within->checked)) {
        return AXF_OK;
    }
    unsigned char piece[PIECE];
    uint32_t crc = 0;
    for (uint64_t at = 0; at < within->size;) {
        const uint64_t left = within->size - at;
        const size_t some = left < PIECE ? (size_t)left : PIECE;
        AXF_TRY(axf_stored_file_read(entry->file, within->offset + at, piece, some));
        crc = (uint32_t)crc32(crc, piece, (uInt)some);
        at += some;
    }
    return compare_crc(entry, crc);
}

/* ---- reading ---- */

int axf_stored_product(const int64_t *shape, int32_t ndim, int64_t *count)
{
    int64_t all = 1;
    int zero = 0;
    for (int32_t i = 0; i < ndim; i++) {
        zero |= shape[i] == 0;
        if (shape[i] != 0 && __builtin_mul_overflow(all, shape[i], &all)) {
            return 0;
        }
    }
    if (all > INT64_MAX / 8) { /* bytes, in the widest dtype */
        return 0;
    }
    *count = zero ? 0 : all;
    return 1;
}

axf_status axf_stored_read_raw(const axf_stored *entry, uint64_t offset, void *dst, size_t size)
{
    uint64_t end = 0;
    if (__builtin_add_overflow(offset, size, &end) || end > entry->size || entry->strides != NULL) {
        return axf_fail(AXF_ERR_SHAPE, "'%s': tensor '%s' has %llu bytes%s, %zu from byte %llu were asked for",
                        entry->file->path, entry->name, (unsigned long long)entry->size,
                        entry->strides != NULL ? " with gaps" : "", size, (unsigned long long)offset);
    }
    AXF_TRY(check_bytes(entry));
    return axf_stored_file_read(entry->file, entry->offset + offset, dst, size);
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* No subnormal float is made on the way, since the thread may flush those to zero. */
static float from_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
    if (exponent == 0) {
        const float value = (float)fraction * 0x1p-24f;
        return sign != 0 ? -value : value;
    }
    const uint32_t wide = exponent == 0x1F ? 0xFF : exponent + 112;
    return from_bits(sign | wide << 23 | fraction << 13);
}

static float value_at(int32_t dtype, const char *bytes)
{
    uint16_t half = 0;
    if (dtype == AXF_STORED_F32) {
        float value;
        memcpy(&value, bytes, sizeof value);
        return value;
    }
    if (dtype == AXF_STORED_F64) {
        double value;
        memcpy(&value, bytes, sizeof value);
        return (float)value;
    }
    memcpy(&half, bytes, sizeof half);
    return dtype == AXF_STORED_BF16 ? from_bits((uint32_t)half << 16) : from_half(half);
}

/* The tensor fills all its bytes: they are read once, to where they are wanted, and summed up there. */
static axf_status read_whole(const axf_stored *entry, float *dst)
{
    AXF_TRY(axf_stored_file_read(entry->file, entry->offset, dst, (size_t)entry->size));
    const axf_stored_bytes *within = entry->within;
    if (within == NULL || atomic_load(&within->checked)) {
        return AXF_OK;
    }
    const Bytef *bytes = (const Bytef *)dst;
    uint32_t crc = 0;
    for (uint64_t at = 0; at < entry->size;) {
        const uint64_t left = entry->size - at;
        const uInt some = left < 1u << 30 ? (uInt)left : 1u << 30;
        crc = (uint32_t)crc32(crc, bytes + at, some);
        at += some;
    }
    return compare_crc(entry, crc);
}

static axf_status read_converted(const axf_stored *entry, size_t element, float *dst)
{
    char piece[PIECE];
    const size_t most = PIECE / element;
    for (size_t at = 0, left = (size_t)entry->count; left > 0;) {
        const size_t some = left < most ? left : most;
        AXF_TRY(axf_stored_file_read(entry->file, entry->offset + at * element, piece, some * element));
        for (size_t i = 0; i < some; i++) {
            dst[at + i] = value_at(entry->dtype, piece + i * element);
        }
        at += some;
        left -= some;
    }
    return AXF_OK;
}

/* Everything that the view spans is read, and its elements are taken from there. Whoever listed the entry made sure
 * that the span lies in the file. */
static axf_status read_strided(const axf_stored *entry, size_t element, float *dst)
{
    int64_t last = 0, index[AXF_STORED_DIMS] = {0}, at = 0;
    for (int32_t i = 0; i < entry->ndim; i++) {
        last += (entry->shape[i] - 1) * entry->strides[i];
    }
    char *span = malloc(((size_t)last + 1) * element);
    if (span == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "no memory for tensor '%s'", entry->name);
    }
    const axf_status status = axf_stored_file_read(entry->file, entry->offset, span, ((size_t)last + 1) * element);
    for (int64_t n = 0; status == AXF_OK && n < entry->count; n++) {
        dst[n] = value_at(entry->dtype, span + (size_t)at * element);
        for (int32_t i = entry->ndim - 1; i >= 0; i--) { /* the next element, row-major */
            at += entry->strides[i];
            if (++index[i] < entry->shape[i]) {
                break;
            }
            at -= entry->shape[i] * entry->strides[i];
            index[i] = 0;
        }
    }
    free(span);
    return status;
}

axf_status axf_stored_read_f32(const axf_stored *entry, float *dst, int64_t count)
{
    if (count != entry->count) {
        return axf_fail(AXF_ERR_SHAPE, "'%s': tensor '%s' has %lld elements, %lld were asked for", entry->file->path,
                        entry->name, (long long)entry->count, (long long)count);
    }
    const size_t element = axf_stored_dtype_size(entry->dtype);
    if (entry->dtype > AXF_STORED_BF16 || element == 0) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': tensor '%s' is %s, but a real dtype is needed here", entry->file->path,
                        entry->name, axf_stored_dtype_name(entry->dtype));
    }
    if (count == 0) {
        return AXF_OK;
    }
    const axf_stored_bytes *within = entry->within;
    if (entry->dtype == AXF_STORED_F32 && entry->strides == NULL &&
        (within == NULL || (within->offset == entry->offset && within->size == entry->size))) {
        return read_whole(entry, dst);
    }
    AXF_TRY(check_bytes(entry));
    return entry->strides != NULL ? read_strided(entry, element, dst) : read_converted(entry, element, dst);
}

/* ---- lists ---- */

void axf_stored_list_add(axf_stored_list *list, const axf_stored *entry, const char *name)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        list->entries = axf_realloc(list->entries, list->capacity * sizeof *list->entries);
    }
    list->entries[list->count] = *entry;
    list->entries[list->count++].name = axf_arena_copy(&list->arena, name);
}

static int order_by_offset(const void *a, const void *b)
{
    const axf_stored *x = a, *y = b;
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    if (x->size != y->size) { /* empty tensors before the one that starts at the same place */
        return x->size < y->size ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static int order_by_name(const void *a, const void *b)
{
    return strcmp((*(const axf_stored *const *)a)->name, (*(const axf_stored *const *)b)->name);
}

axf_status axf_stored_list_finish(axf_stored_list *list, const char *path)
{
    if (list->count > 1) {
        qsort(list->entries, list->count, sizeof *list->entries, order_by_offset);
    }
    list->by_name = axf_alloc(list->count * sizeof *list->by_name);
    for (size_t i = 0; i < list->count; i++) {
        list->by_name[i] = &list->entries[i];
    }
    if (list->count > 1) {
        qsort(list->by_name, list->count, sizeof *list->by_name, order_by_name);
    }
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->by_name[i - 1]->name, list->by_name[i]->name) == 0) {
            return axf_fail(AXF_ERR_FORMAT, "'%s': the tensor '%.200s' occurs twice in the file", path,
                            list->by_name[i]->name);
        }
    }
    return AXF_OK;
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, (*(const axf_stored *const *)entry)->name);
}

const axf_stored *axf_stored_list_find(const axf_stored_list *list, const char *name)
{
    if (list->count == 0) {
        return NULL;
    }
    const axf_stored **found = bsearch(name, list->by_name, list->count, sizeof *list->by_name, compare_name);
    return found != NULL ? *found : NULL;
}

void axf_stored_list_free(axf_stored_list *list)
{
    axf_arena_free(&list->arena);
    free(list->entries);
    free(list->by_name);
    *list = (axf_stored_list){0};
}
