#include "weights/torch_file.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "weights/torch_pickle.h"
#include "weights/torch_zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PICKLE = 16 * 1024 * 1024, MOST_VISITS = 1000000 };

typedef struct reader {
    const axf_stored_file *file;
    const axf_torch_zip *zip;
    axf_stored_list *list;
    axf_stored_bytes **bytes; /* [zip->count]: made when the first tensor lies in the member */
    axf_strbuf name;
    size_t visits;
} reader;

static int is_dict(const axf_pickle_value *value)
{
    return value->type == AXF_PICKLE_DICT || value->type == AXF_PICKLE_ORDERED_DICT;
}

/* ---- one tensor ---- */

static axf_status find_bytes(reader *r, const axf_pickle_storage *storage, axf_stored_bytes **bytes)
{
    char name[128];
    const int length = snprintf(name, sizeof name, "data/%s", storage->key);
    const axf_torch_member *member = length < (int)sizeof name ? axf_torch_zip_find(r->zip, name) : NULL;
    if (member == NULL) {
        return axf_fail(AXF_ERR_FORMAT,
                        "'%s': the tensor '%.200s' lies in data/%.100s, which the archive does not have", r->file->path,
                        axf_strbuf_text(&r->name), storage->key);
    }
    const uint64_t due = (uint64_t)storage->numel * axf_stored_dtype_size(storage->dtype);
    if (member->bytes.size != due) {
        return axf_fail(
            AXF_ERR_FORMAT,
            "'%s': the storage of the tensor '%.200s' needs %llu bytes (%lld elements of %s), data/%s has %llu",
            r->file->path, axf_strbuf_text(&r->name), (unsigned long long)due, (long long)storage->numel,
            axf_stored_dtype_name(storage->dtype), storage->key, (unsigned long long)member->bytes.size);
    }
    axf_stored_bytes **place = &r->bytes[member - r->zip->members];
    if (*place == NULL) {
        *place = axf_arena_alloc(&r->list->arena, sizeof **place);
        (*place)->offset = member->bytes.offset;
        (*place)->size = member->bytes.size;
        (*place)->crc = member->bytes.crc;
    }
    *bytes = *place;
    return AXF_OK;
}

/* Row-major without gaps, whatever the strides of dims of 1 say. */
static int is_plain(const axf_pickle_tensor *tensor)
{
    int64_t due = 1;
    for (int32_t i = tensor->ndim - 1; i >= 0; i--) {
        if (tensor->shape[i] != 1 && tensor->stride[i] != due) {
            return 0;
        }
        due *= tensor->shape[i];
    }
    return 1;
}

static axf_status add_tensor(reader *r, const axf_pickle_tensor *tensor)
{
    const size_t element = axf_stored_dtype_size(tensor->storage->dtype);
    axf_stored entry = {.dtype = tensor->storage->dtype, .ndim = tensor->ndim, .count = tensor->count, .file = r->file};
    if (r->list->count == AXF_STORED_TENSORS) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': more than %d tensors", r->file->path, AXF_STORED_TENSORS);
    }
    AXF_TRY(find_bytes(r, tensor->storage, &entry.within));
    memcpy(entry.shape, tensor->shape, sizeof entry.shape);
    entry.offset = entry.within->offset + (uint64_t)tensor->offset * element;
    entry.size = (uint64_t)tensor->count * element;
    if (tensor->count > 0 && !is_plain(tensor)) {
        int64_t *strides = axf_arena_alloc(&r->list->arena, (size_t)tensor->ndim * sizeof *strides);
        memcpy(strides, tensor->stride, (size_t)tensor->ndim * sizeof *strides);
        entry.strides = strides;
    }
    axf_stored_list_add(r->list, &entry, axf_strbuf_text(&r->name));
    return AXF_OK;
}

/* ---- the tree ---- */

static axf_status add_value(reader *r, const axf_pickle_value *value, int depth);

static axf_status add_named(reader *r, const char *part, const axf_pickle_value *value, int depth)
{
    const size_t length = r->name.length;
    enum { MOST_NAME = 1000 };
    if (length + strlen(part) > MOST_NAME) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': a tensor's name is longer than %d bytes", r->file->path, MOST_NAME);
    }
    axf_strbuf_printf(&r->name, "%s%s", depth > 0 ? "." : "", part);
    const axf_status status = add_value(r, value, depth + 1);
    if (r->name.data != NULL) { /* nothing was put yet when all keys so far are empty */
        r->name.length = length;
        r->name.data[length] = '\0';
    }
    return status;
}

static axf_status add_items(reader *r, const axf_pickle_value *value, int depth)
{
    const axf_pickle_items *items = value->items;
    const size_t step = is_dict(value) ? 2 : 1;
    for (size_t i = 0; i < items->count; i += step) {
        char number[24];
        const axf_pickle_value *key = &items->item[i];
        const int named = step == 2 && key->type == AXF_PICKLE_TEXT;
        snprintf(number, sizeof number, "%lld", step == 2 ? (long long)key->integer : (long long)i);
        AXF_TRY(add_named(r, named ? key->text : number, &items->item[i + step - 1], depth));
    }
    return AXF_OK;
}

/* Containers may hold each other, and themselves, so levels and steps are counted. */
static axf_status add_value(reader *r, const axf_pickle_value *value, int depth)
{
    if (value->type == AXF_PICKLE_TENSOR) {
        return add_tensor(r, value->tensor);
    }
    if (!is_dict(value) && value->type != AXF_PICKLE_LIST && value->type != AXF_PICKLE_TUPLE) {
        return AXF_OK; /* numbers, text: nothing to load */
    }
    if (depth == AXF_PICKLE_DEPTH) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': '%.200s' lies more than %d levels deep", r->file->path,
                        axf_strbuf_text(&r->name), AXF_PICKLE_DEPTH);
    }
    r->visits += value->items->count + 1;
    if (r->visits > MOST_VISITS) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': holds more than %d values", r->file->path, MOST_VISITS);
    }
    return add_items(r, value, depth);
}

/* A key that is set twice has the last value, as in Python. */
static const axf_pickle_value *find_key(const axf_pickle_items *items, const char *key)
{
    for (size_t i = items->count; i > 0; i -= 2) {
        if (items->item[i - 2].type == AXF_PICKLE_TEXT && strcmp(items->item[i - 2].text, key) == 0) {
            return &items->item[i - 1];
        }
    }
    return NULL;
}

/* A training program's checkpoint keeps the weights beside its optimizer: {"state_dict": {…}, "epoch": 3}. */
static const axf_pickle_value *find_weights(const axf_pickle_value *root)
{
    static const char *const wrappers[] = {"state_dict", "model_state_dict", "model", "weights"};
    for (size_t i = 0; is_dict(root) && i < root->items->count; i += 2) {
        if (root->items->item[i + 1].type == AXF_PICKLE_TENSOR) {
            return root;
        }
    }
    for (size_t i = 0; is_dict(root) && i < sizeof wrappers / sizeof *wrappers; i++) {
        const axf_pickle_value *inner = find_key(root->items, wrappers[i]);
        if (inner != NULL && is_dict(inner)) {
            return inner;
        }
    }
    return root;
}

/* ---- the whole ---- */

static axf_status check_byte_order(const axf_torch_zip *zip)
{
    const axf_torch_member *member = axf_torch_zip_find(zip, "byteorder");
    if (member == NULL) { /* torch before 2.1 */
        return AXF_OK;
    }
    char *text;
    AXF_TRY(axf_torch_zip_read(zip, member, 16, &text));
    const int little = member->bytes.size == 6 && memcmp(text, "little", 6) == 0;
    free(text);
    return little ? AXF_OK
                  : axf_fail(AXF_ERR_FORMAT, "'%s': was written on a big-endian machine; save it again on another one",
                             zip->file->path);
}

static axf_status list_archive(reader *r)
{
    axf_arena arena = {0};
    axf_pickle_value root;
    char *program = NULL;
    const axf_torch_member *member = axf_torch_zip_find(r->zip, "data.pkl");
    if (member == NULL) {
        return axf_fail(AXF_ERR_FORMAT, "'%s': is a zip archive without data.pkl: torch.save did not write it",
                        r->file->path);
    }
    AXF_TRY(check_byte_order(r->zip));
    AXF_TRY(axf_torch_zip_read(r->zip, member, MOST_PICKLE, &program));
    axf_status status = axf_pickle_run(r->file->path, program, (size_t)member->bytes.size, &arena, &root);
    if (status == AXF_OK) {
        status = add_value(r, find_weights(&root), 0);
    }
    if (status == AXF_OK) {
        status = axf_stored_list_finish(r->list, r->file->path);
    }
    free(program);
    axf_arena_free(&arena);
    return status;
}

axf_status axf_torch_file_list(const axf_stored_file *file, axf_stored_list *list)
{
    axf_torch_zip zip;
    *list = (axf_stored_list){0};
    AXF_TRY(axf_torch_zip_open(file, &zip));
    reader r = {.file = file, .zip = &zip, .list = list};
    r.bytes = axf_alloc_zero(zip.count, sizeof *r.bytes);
    const axf_status status = list_archive(&r);
    free(r.bytes);
    axf_strbuf_free(&r.name);
    axf_torch_zip_free(&zip);
    if (status != AXF_OK) {
        axf_stored_list_free(list);
    }
    return status;
}
