#include "weights/safetensors.h"

#include "core/error.h"
#include "core/hash.h"
#include "weights/safetensors_header.h"

#include <stdlib.h>
#include <string.h>

enum { CHECKSUM_PIECE = 256 * 1024 };

struct axf_safetensors {
    axf_safetensors_header header;
    axf_stored_file file;
};

/* ---- opening ---- */

static axf_status read_header(axf_safetensors *file)
{
    unsigned char prefix[8];
    if (file->file.size < sizeof prefix) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' is %llu bytes long, too short for a safetensors file", file->file.path,
                        (unsigned long long)file->file.size);
    }
    AXF_TRY(axf_stored_file_read(&file->file, 0, prefix, sizeof prefix));
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--) {
        length = length << 8 | prefix[i];
    }
    if (length > AXF_SAFETENSORS_HEADER || length > file->file.size - sizeof prefix) {
        return axf_fail(AXF_ERR_FORMAT,
                        "'%s': says its header has %llu bytes, but the file has %llu and the limit is %d: "
                        "not a safetensors file, or cut",
                        file->file.path, (unsigned long long)length, (unsigned long long)file->file.size,
                        AXF_SAFETENSORS_HEADER);
    }
    char *text = axf_alloc((size_t)length);
    axf_status status = axf_stored_file_read(&file->file, sizeof prefix, text, (size_t)length);
    if (status == AXF_OK) {
        status = axf_safetensors_header_parse(file->file.path, text, (size_t)length, file->file.size, &file->header);
    }
    free(text);
    return status;
}

axf_status axf_safetensors_open(const char *path, axf_safetensors **file)
{
    *file = NULL;
    axf_safetensors *fresh = axf_alloc_zero(1, sizeof *fresh);
    axf_status status = axf_stored_file_open(path, &fresh->file);
    if (status == AXF_OK) {
        status = read_header(fresh);
    }
    if (status != AXF_OK) {
        axf_safetensors_close(fresh);
        return status;
    }
    for (size_t i = 0; i < fresh->header.list.count; i++) {
        fresh->header.list.entries[i].file = &fresh->file;
    }
    *file = fresh;
    return AXF_OK;
}

void axf_safetensors_close(axf_safetensors *file)
{
    if (file != NULL) {
        axf_stored_file_close(&file->file);
        axf_safetensors_header_free(&file->header);
        free(file);
    }
}

/* ---- looking up ---- */

const axf_stored_file *axf_safetensors_file(const axf_safetensors *file)
{
    return &file->file;
}

size_t axf_safetensors_count(const axf_safetensors *file)
{
    return file->header.list.count;
}

const axf_stored *axf_safetensors_entry_at(const axf_safetensors *file, size_t index)
{
    return &file->header.list.entries[index];
}

const axf_stored *axf_safetensors_find(const axf_safetensors *file, const char *name)
{
    return axf_stored_list_find(&file->header.list, name);
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

/* ---- the checksum: of the whole file, its own digits read as zeros ---- */

static axf_status hash_file(const axf_safetensors *file, axf_hasher *hasher, char *buffer)
{
    for (uint64_t at = 0; at < file->file.size;) {
        const uint64_t left = file->file.size - at;
        const size_t some = left < CHECKSUM_PIECE ? (size_t)left : CHECKSUM_PIECE;
        AXF_TRY(axf_stored_file_read(&file->file, at, buffer, some));
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
    if (file->file.size < 8 + sizeof start) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' has no checksum", file->file.path);
    }
    AXF_TRY(axf_stored_file_read(&file->file, 8, start, sizeof start));
    if (memcmp(start, axf_checksum_prefix, PREFIX) != 0 || !axf_hash_parse(start + PREFIX, &stated)) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' has no checksum", file->file.path);
    }
    axf_hasher *hasher = axf_hasher_new();
    char *buffer = axf_alloc(CHECKSUM_PIECE);
    axf_status status = hash_file(file, hasher, buffer);
    const axf_hash128 hash = axf_hasher_result(hasher);
    if (status == AXF_OK && !axf_hash_equal(hash, stated)) {
        axf_hash_hex(hash, found);
        status = axf_fail(AXF_ERR_FORMAT, "'%s' is damaged: its checksum says %.32s, its content gives %s",
                          file->file.path, start + PREFIX, found);
    }
    free(buffer);
    axf_hasher_free(hasher);
    return status;
}
