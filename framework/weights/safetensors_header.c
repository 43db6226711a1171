#include "weights/safetensors_header.h"

#include "core/error.h"
#include "weights/json_reader.h"

#include <stdlib.h>
#include <string.h>

const char axf_checksum_prefix[] = "{\"__metadata__\":{\"xxh3_128\":\"";
_Static_assert(sizeof axf_checksum_prefix - 1 + 8 == AXF_CHECKSUM_AT, "the digits follow the prefix");

/* ---- one entry ---- */

typedef struct parser {
    axf_json_reader json;
    axf_safetensors_header *header;
    axf_strbuf text, name;
} parser;

static axf_status parse_dtype(parser *p, axf_stored *entry)
{
    AXF_TRY(axf_json_string(&p->json, &p->text));
    for (int32_t i = 1; axf_stored_dtype_name(i) != NULL; i++) {
        if (strcmp(axf_strbuf_text(&p->text), axf_stored_dtype_name(i)) == 0) {
            entry->dtype = i;
            return AXF_OK;
        }
    }
    return axf_json_fail(&p->json, "tensor '%.200s' has the unsupported dtype '%.20s'", axf_strbuf_text(&p->name),
                         axf_strbuf_text(&p->text));
}

static axf_status parse_shape(parser *p, axf_stored *entry)
{
    AXF_TRY(axf_json_expect(&p->json, '[', "'[' before a shape"));
    if (axf_json_take(&p->json, ']')) {
        return AXF_OK;
    }
    do {
        if (entry->ndim == AXF_STORED_DIMS) {
            return axf_json_fail(&p->json, "tensor '%.200s' has more than %d dims", axf_strbuf_text(&p->name),
                                 AXF_STORED_DIMS);
        }
        AXF_TRY(axf_json_integer(&p->json, &entry->shape[entry->ndim++]));
    } while (axf_json_take(&p->json, ','));
    return axf_json_expect(&p->json, ']', "',' or ']' in a shape");
}

/* Leaves the begin in `offset` and the end in `size`, until check_entry makes of them what these names say. */
static axf_status parse_offsets(parser *p, axf_stored *entry)
{
    int64_t begin, end;
    AXF_TRY(axf_json_expect(&p->json, '[', "'[' before data_offsets"));
    AXF_TRY(axf_json_integer(&p->json, &begin));
    AXF_TRY(axf_json_expect(&p->json, ',', "',' in data_offsets"));
    AXF_TRY(axf_json_integer(&p->json, &end));
    AXF_TRY(axf_json_expect(&p->json, ']', "']' after two data_offsets"));
    entry->offset = (uint64_t)begin;
    entry->size = (uint64_t)end;
    return AXF_OK;
}

static axf_status check_entry(parser *p, axf_stored *entry, uint64_t data_start, uint64_t file_size)
{
    const char *name = axf_strbuf_text(&p->name);
    const unsigned long long begin = entry->offset, end = entry->size, data = file_size - data_start;
    if (!axf_stored_product(entry->shape, entry->ndim, &entry->count)) {
        return axf_json_fail(&p->json, "tensor '%.200s': the product of its dims overflows", name);
    }
    if (begin > end || end > data) {
        return axf_json_fail(&p->json,
                             "tensor '%.200s': data_offsets [%llu, %llu] do not lie in the %llu bytes of data", name,
                             begin, end, data);
    }
    const unsigned long long need = (unsigned long long)entry->count * axf_stored_dtype_size(entry->dtype);
    if (end - begin != need) {
        return axf_json_fail(&p->json, "tensor '%.200s': its shape needs %llu bytes, its data_offsets give %llu", name,
                             need, end - begin);
    }
    entry->offset = data_start + begin;
    entry->size = need;
    return AXF_OK;
}

static axf_status parse_field(parser *p, axf_stored *entry, unsigned *seen)
{
    static const struct {
        const char *key;
        axf_status (*parse)(parser *, axf_stored *);
    } fields[] = {{"dtype", parse_dtype}, {"shape", parse_shape}, {"data_offsets", parse_offsets}};
    AXF_TRY(axf_json_string(&p->json, &p->text));
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(axf_strbuf_text(&p->text), fields[i].key) == 0) {
            if (*seen & 1u << i) {
                return axf_json_fail(&p->json, "tensor '%.200s' has '%s' twice", axf_strbuf_text(&p->name),
                                     fields[i].key);
            }
            *seen |= 1u << i;
            AXF_TRY(axf_json_expect(&p->json, ':', "':' after a key"));
            return fields[i].parse(p, entry);
        }
    }
    return axf_json_fail(&p->json, "tensor '%.200s' has the unknown key '%.50s'", axf_strbuf_text(&p->name),
                         axf_strbuf_text(&p->text));
}

static axf_status parse_entry(parser *p, uint64_t data_start, uint64_t file_size)
{
    axf_safetensors_header *header = p->header;
    if (header->list.count == AXF_STORED_TENSORS) {
        return axf_json_fail(&p->json, "more than %d tensors", AXF_STORED_TENSORS);
    }
    axf_stored entry = {0};
    unsigned seen = 0;
    AXF_TRY(axf_json_expect(&p->json, '{', "'{' of a tensor"));
    do {
        AXF_TRY(parse_field(p, &entry, &seen));
    } while (axf_json_take(&p->json, ','));
    AXF_TRY(axf_json_expect(&p->json, '}', "',' or '}' in a tensor"));
    if (seen != 7) {
        return axf_json_fail(&p->json, "tensor '%.200s' needs dtype, shape and data_offsets",
                             axf_strbuf_text(&p->name));
    }
    AXF_TRY(check_entry(p, &entry, data_start, file_size));
    axf_stored_list_add(&header->list, &entry, axf_strbuf_text(&p->name));
    return AXF_OK;
}

/* ---- the whole ---- */

static axf_status parse_metadata(parser *p)
{
    axf_safetensors_header *header = p->header;
    AXF_TRY(axf_json_expect(&p->json, '{', "'{' of __metadata__"));
    if (axf_json_take(&p->json, '}')) {
        return AXF_OK;
    }
    do {
        if (header->pairs == AXF_STORED_TENSORS) {
            return axf_json_fail(&p->json, "more than %d keys in __metadata__", AXF_STORED_TENSORS);
        }
        if (header->pairs == header->pair_capacity) {
            header->pair_capacity = header->pair_capacity > 0 ? header->pair_capacity * 2 : 16;
            header->metadata = axf_realloc(header->metadata, header->pair_capacity * sizeof *header->metadata);
        }
        axf_safetensors_pair *pair = &header->metadata[header->pairs];
        AXF_TRY(axf_json_string(&p->json, &p->text));
        pair->key = axf_arena_copy(&header->list.arena, axf_strbuf_text(&p->text));
        AXF_TRY(axf_json_expect(&p->json, ':', "':' after a key"));
        AXF_TRY(axf_json_string(&p->json, &p->text));
        pair->value = axf_arena_copy(&header->list.arena, axf_strbuf_text(&p->text));
        header->pairs++;
    } while (axf_json_take(&p->json, ','));
    return axf_json_expect(&p->json, '}', "',' or '}' in __metadata__");
}

static axf_status parse_all(parser *p, uint64_t data_start, uint64_t file_size)
{
    int metadata = 0;
    if (p->json.length == 0 || p->json.text[0] != '{') {
        return axf_json_fail(&p->json, "the header does not begin with '{': is this a safetensors file?");
    }
    p->json.at = 1;
    if (!axf_json_take(&p->json, '}')) {
        do {
            AXF_TRY(axf_json_string(&p->json, &p->name));
            AXF_TRY(axf_json_expect(&p->json, ':', "':' after a name"));
            if (strcmp(axf_strbuf_text(&p->name), "__metadata__") != 0) {
                AXF_TRY(parse_entry(p, data_start, file_size));
            } else if (metadata++) {
                return axf_json_fail(&p->json, "__metadata__ occurs twice");
            } else {
                AXF_TRY(parse_metadata(p));
            }
        } while (axf_json_take(&p->json, ','));
        AXF_TRY(axf_json_expect(&p->json, '}', "',' or '}' in the header"));
    }
    return axf_json_end(&p->json);
}

static int order_pairs(const void *a, const void *b)
{
    return strcmp((*(const axf_safetensors_pair *const *)a)->key, (*(const axf_safetensors_pair *const *)b)->key);
}

static axf_status check_metadata_keys(const char *path, axf_safetensors_header *header)
{
    const axf_safetensors_pair **sorted = axf_arena_alloc(&header->list.arena, header->pairs * sizeof *sorted);
    for (size_t i = 0; i < header->pairs; i++) {
        sorted[i] = &header->metadata[i];
    }
    qsort(sorted, header->pairs, sizeof *sorted, order_pairs);
    for (size_t i = 1; i < header->pairs; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
            return axf_fail(AXF_ERR_FORMAT, "'%s': the key '%.200s' occurs twice in __metadata__", path,
                            sorted[i]->key);
        }
    }
    return AXF_OK;
}

static axf_status check_together(const char *path, axf_safetensors_header *header)
{
    AXF_TRY(axf_stored_list_finish(&header->list, path));
    const axf_stored *before = NULL;
    for (size_t i = 0; i < header->list.count; i++) {
        const axf_stored *entry = &header->list.entries[i];
        if (entry->size > 0 && before != NULL && entry->offset < before->offset + before->size) {
            return axf_fail(AXF_ERR_FORMAT, "'%s': the bytes of the tensors '%.200s' and '%.200s' overlap", path,
                            before->name, entry->name);
        }
        before = entry->size > 0 ? entry : before;
    }
    return header->pairs > 1 ? check_metadata_keys(path, header) : AXF_OK;
}

axf_status axf_safetensors_header_parse(const char *path, const char *text, size_t length, uint64_t file_size,
                                        axf_safetensors_header *header)
{
    *header = (axf_safetensors_header){0};
    uint64_t data_start = 0;
    if (length > AXF_SAFETENSORS_HEADER || __builtin_add_overflow(length, 8, &data_start) || data_start > file_size) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': a header of %zu bytes does not fit (file: %llu bytes, limit: %d)", path,
                        length, (unsigned long long)file_size, AXF_SAFETENSORS_HEADER);
    }
    parser p = {.json = {.source = path, .text = text, .length = length}, .header = header};
    axf_status status = parse_all(&p, data_start, file_size);
    if (status == AXF_OK) {
        status = check_together(path, header);
    }
    axf_strbuf_free(&p.text);
    axf_strbuf_free(&p.name);
    if (status != AXF_OK) {
        axf_safetensors_header_free(header);
    }
    return status;
}

void axf_safetensors_header_free(axf_safetensors_header *header)
{
    axf_stored_list_free(&header->list);
    free(header->metadata);
    *header = (axf_safetensors_header){0};
}
