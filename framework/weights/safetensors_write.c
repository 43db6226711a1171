#include "weights/safetensors_write.h"

#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"
#include "files/durable.h"

#include <stdlib.h>
#include <string.h>

struct axf_safetensors_writer {
    axf_durable *file;
    axf_hasher *hasher; /* of all bytes, with zeros for the checksum's digits */
    char *path;
    uint64_t data, written; /* bytes of the tensors: due, done */
};

/* ---- the header ---- */

static axf_status add_item(axf_strbuf *out, const char *path, const axf_safetensors_item *item, uint64_t *offset)
{
    uint64_t size = axf_stored_dtype_size(item->dtype);
    if (size == 0 || item->ndim < 0 || item->ndim > AXF_STORED_DIMS) {
        return axf_fail(AXF_ERR_INTERNAL, "'%s': tensor '%s' has dtype %d and %d dims", path, item->name,
                        (int)item->dtype, (int)item->ndim);
    }
    axf_json_put_string(out, item->name);
    axf_strbuf_printf(out, ":{\"dtype\":\"%s\",\"shape\":[", axf_stored_dtype_name(item->dtype));
    for (int32_t i = 0; i < item->ndim; i++) {
        if (item->shape[i] < 0 || __builtin_mul_overflow(size, (uint64_t)item->shape[i], &size)) {
            return axf_fail(AXF_ERR_INTERNAL, "'%s': dim %d of tensor '%s' is %lld", path, (int)i, item->name,
                            (long long)item->shape[i]);
        }
        axf_strbuf_printf(out, "%s%lld", i > 0 ? "," : "", (long long)item->shape[i]);
    }
    const unsigned long long begin = *offset;
    if (__builtin_add_overflow(*offset, size, offset)) {
        return axf_fail(AXF_ERR_INTERNAL, "'%s': the sizes of the tensors overflow at '%s'", path, item->name);
    }
    axf_strbuf_printf(out, "],\"data_offsets\":[%llu,%llu]}", begin, (unsigned long long)*offset);
    return AXF_OK;
}

/* Makes the text, padded with blanks so that the data begins at a multiple of 8. *data gets the bytes of all
 * tensors. */
static axf_status make_header(axf_strbuf *out, const char *path, const axf_safetensors_pair *metadata, size_t pairs,
                              const axf_safetensors_item *items, size_t count, uint64_t *data)
{
    axf_strbuf_printf(out, "%s%032d\"", axf_checksum_prefix, 0);
    for (size_t i = 0; i < pairs; i++) {
        axf_strbuf_putc(out, ',');
        axf_json_put_string(out, metadata[i].key);
        axf_strbuf_putc(out, ':');
        axf_json_put_string(out, metadata[i].value);
    }
    axf_strbuf_putc(out, '}');
    *data = 0;
    for (size_t i = 0; i < count; i++) {
        axf_strbuf_putc(out, ',');
        AXF_TRY(add_item(out, path, &items[i], data));
    }
    axf_strbuf_putc(out, '}');
    while (out->length % 8 != 0) {
        axf_strbuf_putc(out, ' ');
    }
    return AXF_OK;
}

/* What is written must be readable, or a run would find out when it is too late. So the reader's own parser looks at
 * it. */
static axf_status check_readable(const char *path, const axf_strbuf *text, uint64_t data)
{
    axf_safetensors_header header;
    uint64_t size = 0;
    if (__builtin_add_overflow(data, 8 + text->length, &size)) {
        return axf_fail(AXF_ERR_INTERNAL, "'%s': the sizes of the tensors overflow", path);
    }
    const axf_status status = axf_safetensors_header_parse(path, text->data, text->length, size, &header);
    if (status != AXF_OK) {
        return axf_context(status, "refusing to write what could not be read back");
    }
    axf_safetensors_header_free(&header);
    return AXF_OK;
}

/* ---- the file ---- */

static axf_status put(axf_safetensors_writer *writer, const void *bytes, size_t size)
{
    axf_hasher_add(writer->hasher, bytes, size);
    return axf_durable_write(writer->file, bytes, size);
}

static axf_status put_header(axf_safetensors_writer *writer, const axf_strbuf *text)
{
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++) {
        prefix[i] = (unsigned char)((uint64_t)text->length >> 8 * i);
    }
    AXF_TRY(axf_durable_begin(writer->path, &writer->file));
    AXF_TRY(put(writer, prefix, sizeof prefix));
    return put(writer, text->data, text->length);
}

axf_status axf_safetensors_create(const char *path, const axf_safetensors_pair *metadata, size_t pairs,
                                  const axf_safetensors_item *items, size_t count, axf_safetensors_writer **writer)
{
    *writer = NULL;
    axf_safetensors_writer *fresh = axf_alloc_zero(1, sizeof *fresh);
    fresh->path = axf_copy(path);
    fresh->hasher = axf_hasher_new();
    axf_strbuf text = {0};
    axf_status status = make_header(&text, path, metadata, pairs, items, count, &fresh->data);
    if (status == AXF_OK) {
        status = check_readable(path, &text, fresh->data);
    }
    if (status == AXF_OK) {
        status = put_header(fresh, &text);
    }
    axf_strbuf_free(&text);
    if (status != AXF_OK) {
        axf_safetensors_abort(fresh);
        return status;
    }
    *writer = fresh;
    return AXF_OK;
}

axf_status axf_safetensors_put(axf_safetensors_writer *writer, const void *bytes, size_t size)
{
    if (size > writer->data - writer->written) {
        return axf_fail(AXF_ERR_INTERNAL, "'%s': %zu bytes come behind %llu of %llu", writer->path, size,
                        (unsigned long long)writer->written, (unsigned long long)writer->data);
    }
    writer->written += size;
    return put(writer, bytes, size);
}

static axf_status put_checksum(axf_safetensors_writer *writer)
{
    if (writer->written != writer->data) {
        return axf_fail(AXF_ERR_INTERNAL, "'%s': only %llu of %llu bytes of data came", writer->path,
                        (unsigned long long)writer->written, (unsigned long long)writer->data);
    }
    char digits[AXF_HASH_HEX];
    axf_hash_hex(axf_hasher_result(writer->hasher), digits);
    return axf_durable_patch(writer->file, AXF_CHECKSUM_AT, digits, AXF_HASH_HEX - 1);
}

axf_status axf_safetensors_commit(axf_safetensors_writer *writer)
{
    axf_status status = put_checksum(writer);
    if (status == AXF_OK) {
        status = axf_durable_commit(writer->file);
        writer->file = NULL;
    }
    axf_safetensors_abort(writer);
    return status;
}

void axf_safetensors_abort(axf_safetensors_writer *writer)
{
    if (writer != NULL) {
        axf_durable_abort(writer->file);
        axf_hasher_free(writer->hasher);
        free(writer->path);
        free(writer);
    }
}
