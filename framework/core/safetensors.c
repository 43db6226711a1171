#include "core/safetensors_header.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors go from file to memory as they are");

enum { PIECE = 64 * 1024, CHECKSUM_PIECE = 256 * 1024 };

struct axf_safetensors {
    axf_safetensors_header header;
    char *path;
    int fd;
    uint64_t size; /* of the file */
};

static axf_status read_at(const axf_safetensors *file, uint64_t offset, void *dst, size_t size)
{
    char *at = dst;
    while (size > 0) {
        const ssize_t got = pread(file->fd, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return axf_fail_errno("cannot read '%s' at byte %llu", file->path, (unsigned long long)offset);
        }
        if (got == 0) {
            return axf_fail(AXF_ERR_FORMAT, "'%s' ends at byte %llu of %llu: it was cut while in use", file->path,
                            (unsigned long long)offset, (unsigned long long)file->size);
        }
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return AXF_OK;
}

/* ---- opening ---- */

static axf_status read_header(axf_safetensors *file)
{
    unsigned char prefix[8];
    if (file->size < sizeof prefix) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' is %llu bytes long, too short for a safetensors file", file->path,
                        (unsigned long long)file->size);
    }
    AXF_TRY(read_at(file, 0, prefix, sizeof prefix));
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--) {
        length = length << 8 | prefix[i];
    }
    if (length > AXF_SAFETENSORS_HEADER || length > file->size - sizeof prefix) {
        return axf_fail(AXF_ERR_FORMAT,
                        "'%s': says its header has %llu bytes, but the file has %llu and the limit is %d: "
                        "not a safetensors file, or cut",
                        file->path, (unsigned long long)length, (unsigned long long)file->size, AXF_SAFETENSORS_HEADER);
    }
    char *text = axf_alloc((size_t)length);
    axf_status status = read_at(file, sizeof prefix, text, (size_t)length);
    if (status == AXF_OK) {
        status = axf_safetensors_header_parse(file->path, text, (size_t)length, file->size, &file->header);
    }
    free(text);
    return status;
}

axf_status axf_safetensors_open(const char *path, axf_safetensors **file)
{
    *file = NULL;
    axf_safetensors *fresh = axf_alloc_zero(1, sizeof *fresh);
    fresh->path = axf_copy(path);
    fresh->fd = -1;
    axf_status status = axf_open_regular(path, &fresh->fd, &fresh->size);
    if (status == AXF_OK) {
        status = read_header(fresh);
    }
    if (status != AXF_OK) {
        axf_safetensors_close(fresh);
        return status;
    }
    for (size_t i = 0; i < fresh->header.count; i++) {
        fresh->header.entries[i].file = fresh;
    }
    *file = fresh;
    return AXF_OK;
}

void axf_safetensors_close(axf_safetensors *file)
{
    if (file != NULL) {
        if (file->fd >= 0) {
            close(file->fd);
        }
        axf_safetensors_header_free(&file->header);
        free(file->path);
        free(file);
    }
}

/* ---- looking up ---- */

const char *axf_safetensors_path(const axf_safetensors *file)
{
    return file->path;
}

size_t axf_safetensors_count(const axf_safetensors *file)
{
    return file->header.count;
}

const axf_safetensors_entry *axf_safetensors_entry_at(const axf_safetensors *file, size_t index)
{
    return &file->header.entries[index];
}

static int compare_name(const void *name, const void *entry)
{
    return strcmp(name, (*(const axf_safetensors_entry *const *)entry)->name);
}

const axf_safetensors_entry *axf_safetensors_find(const axf_safetensors *file, const char *name)
{
    const axf_safetensors_entry **found =
        bsearch(name, file->header.by_name, file->header.count, sizeof *file->header.by_name, compare_name);
    return found != NULL ? *found : NULL;
}

const char *axf_safetensors_metadata(const axf_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->header.pairs; i++) {
        if (strcmp(file->header.metadata[i].key, key) == 0) {
            return file->header.metadata[i].value;
        }
    }
    return NULL;
}

/* ---- reading ---- */

axf_status axf_safetensors_read_raw(const axf_safetensors_entry *entry, uint64_t offset, void *dst, size_t size)
{
    uint64_t end = 0;
    if (__builtin_add_overflow(offset, size, &end) || end > entry->size) {
        return axf_fail(AXF_ERR_SHAPE, "'%s': tensor '%s' has %llu bytes, %zu from byte %llu were asked for",
                        entry->file->path, entry->name, (unsigned long long)entry->size, size,
                        (unsigned long long)offset);
    }
    return read_at(entry->file, entry->offset + offset, dst, size);
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Without a subnormal float on the way: the thread may flush those to zero. */
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

static void widen(int32_t dtype, const void *piece, float *dst, size_t count)
{
    if (dtype == AXF_STORED_BF16) {
        const uint16_t *from = piece;
        for (size_t i = 0; i < count; i++) {
            dst[i] = from_bits((uint32_t)from[i] << 16);
        }
    } else if (dtype == AXF_STORED_F16) {
        const uint16_t *from = piece;
        for (size_t i = 0; i < count; i++) {
            dst[i] = from_half(from[i]);
        }
    } else {
        const double *from = piece;
        for (size_t i = 0; i < count; i++) {
            dst[i] = (float)from[i];
        }
    }
}

axf_status axf_safetensors_read_f32(const axf_safetensors_entry *entry, float *dst, int64_t count)
{
    if (count != entry->count) {
        return axf_fail(AXF_ERR_SHAPE, "'%s': tensor '%s' has %lld elements, %lld were asked for", entry->file->path,
                        entry->name, (long long)entry->count, (long long)count);
    }
    if (entry->dtype == AXF_STORED_F32) {
        return read_at(entry->file, entry->offset, dst, (size_t)entry->size);
    }
    if (entry->dtype > AXF_STORED_BF16) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': tensor '%s' is %s, but a real dtype is needed here", entry->file->path,
                        entry->name, axf_stored_dtype_name(entry->dtype));
    }
    _Alignas(8) char piece[PIECE];
    const size_t element = axf_stored_dtype_size(entry->dtype), most = PIECE / element;
    for (size_t at = 0, left = (size_t)count; left > 0;) {
        const size_t some = left < most ? left : most;
        AXF_TRY(read_at(entry->file, entry->offset + at * element, piece, some * element));
        widen(entry->dtype, piece, dst + at, some);
        at += some;
        left -= some;
    }
    return AXF_OK;
}

/* ---- the checksum: of the whole file, its own digits read as zeros ---- */

static axf_status hash_file(const axf_safetensors *file, axf_hasher *hasher, char *buffer)
{
    for (uint64_t at = 0; at < file->size;) {
        const uint64_t left = file->size - at;
        const size_t some = left < CHECKSUM_PIECE ? (size_t)left : CHECKSUM_PIECE;
        AXF_TRY(read_at(file, at, buffer, some));
        if (at == 0) {
            memset(buffer + AXF_CHECKSUM_AT, '0', AXF_HASH_HEX - 1);
        }
        axf_hasher_add(hasher, buffer, some);
        at += some;
    }
    return AXF_OK;
}

axf_status axf_safetensors_verify(const axf_safetensors *file)
{
    enum { PREFIX = AXF_CHECKSUM_AT - 8 };
    char start[PREFIX + AXF_HASH_HEX - 1], found[AXF_HASH_HEX];
    axf_hash128 stated;
    if (file->size < 8 + sizeof start) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' has no checksum", file->path);
    }
    AXF_TRY(read_at(file, 8, start, sizeof start));
    if (memcmp(start, axf_checksum_prefix, PREFIX) != 0 || !axf_hash_parse(start + PREFIX, &stated)) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' has no checksum", file->path);
    }
    axf_hasher *hasher = axf_hasher_new();
    char *buffer = axf_alloc(CHECKSUM_PIECE);
    axf_status status = hash_file(file, hasher, buffer);
    const axf_hash128 hash = axf_hasher_result(hasher);
    if (status == AXF_OK && !axf_hash_equal(hash, stated)) {
        axf_hash_hex(hash, found);
        status = axf_fail(AXF_ERR_FORMAT, "'%s' is damaged: its checksum says %.32s, its content gives %s", file->path,
                          start + PREFIX, found);
    }
    free(buffer);
    axf_hasher_free(hasher);
    return status;
}
