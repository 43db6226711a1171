#include "run/checkpoint.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "tensor/shape.h"
#include "weights/safetensors_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ---- */

static size_t bytes_of(const axf_tensor *tensor)
{
    return (size_t)axf_tensor_elements(tensor) * (tensor->dtype == AXF_F64 ? 8 : 4);
}

static int32_t stored_dtype(const axf_tensor *tensor)
{
    switch (tensor->dtype) {
    case AXF_I32:
        return AXF_STORED_I32;
    case AXF_F64:
        return AXF_STORED_F64;
    default:
        return AXF_STORED_F32;
    }
}

void axf_saved_list_add(axf_saved_list *list, const char *kind, const char *name, const axf_tensor *tensor, int in_host)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? list->capacity * 2 : 256;
        list->items = axf_realloc(list->items, list->capacity * sizeof *list->items);
        list->tensors = axf_realloc(list->tensors, list->capacity * sizeof *list->tensors);
    }
    int64_t *shape = axf_arena_alloc(&list->arena, (size_t)tensor->ndim * sizeof *shape);
    memcpy(shape, tensor->shape, (size_t)tensor->ndim * sizeof *shape);
    list->items[list->count] = (axf_safetensors_item){axf_arena_printf(&list->arena, "%s%s", kind, name),
                                                      stored_dtype(tensor), tensor->ndim, shape};
    list->tensors[list->count++] = (axf_saved_tensor){tensor->data, bytes_of(tensor), in_host};
}

void axf_saved_list_free(axf_saved_list *list)
{
    axf_arena_free(&list->arena);
    free(list->items);
    free(list->tensors);
    *list = (axf_saved_list){0};
}

/* Backend memory goes through a small piece of host memory, so that a large tensor is never there twice. */
static axf_status put_from_backend(axf_safetensors_writer *writer, const axf_saved_tensor *tensor, char *piece,
                                   size_t piece_size, const axf_backend *backend, void *backend_self)
{
    for (size_t at = 0; at < tensor->bytes;) {
        const size_t left = tensor->bytes - at, n = left < piece_size ? left : piece_size;
        AXF_TRY(backend->download(backend_self, piece, (const char *)tensor->data + at, n));
        AXF_TRY(axf_safetensors_put(writer, piece, n));
        at += n;
    }
    return AXF_OK;
}

static axf_status put_tensors(const axf_saved_list *list, axf_safetensors_writer *writer, const axf_backend *backend,
                              void *backend_self)
{
    enum { PIECE = 1 << 20 };
    char *piece = backend->host_memory ? NULL : axf_alloc(PIECE);
    axf_status status = AXF_OK;
    for (size_t i = 0; i < list->count && status == AXF_OK; i++) {
        const axf_saved_tensor *tensor = &list->tensors[i];
        status = tensor->in_host || backend->host_memory
                     ? axf_safetensors_put(writer, tensor->data, tensor->bytes)
                     : put_from_backend(writer, tensor, piece, PIECE, backend, backend_self);
    }
    free(piece);
    return status;
}

axf_status axf_saved_list_write(const axf_saved_list *list, const char *path, const char *state,
                                const axf_backend *backend, void *backend_self)
{
    const axf_safetensors_pair pairs[] = {{"format", "pt"}, {"auxfuse_state", state}};
    axf_safetensors_writer *writer;
    AXF_TRY(backend->synchronize(backend_self));
    AXF_TRY(axf_safetensors_create(path, pairs, state != NULL ? 2 : 1, list->items, list->count, &writer));
    const axf_status status = put_tensors(list, writer, backend, backend_self);
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}

/* ---- the files of a run ---- */

static int newest_first(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (y > x) - (y < x);
}

axf_status axf_checkpoint_list(const char *folder, int64_t **steps, int32_t *count)
{
    bool there;
    char **names;
    size_t names_count;
    *steps = NULL;
    *count = 0;
    AXF_TRY(axf_is_there_in(folder, "checkpoints", &there));
    if (!there) {
        return AXF_OK;
    }
    char *path = axf_path_join(folder, "checkpoints");
    const axf_status status = axf_folder_list(path, &names, &names_count);
    free(path);
    AXF_TRY(status);
    *steps = axf_alloc(names_count * sizeof **steps);
    for (size_t i = 0; i < names_count; i++) {
        int64_t step;
        int length = 0;
        if (sscanf(names[i], "step-%" SCNd64 ".safetensors%n", &step, &length) == 1 && length > 0 &&
            names[i][length] == '\0') {
            (*steps)[(*count)++] = step;
        }
    }
    axf_names_free(names, names_count);
    qsort(*steps, (size_t)*count, sizeof **steps, newest_first);
    return AXF_OK;
}

char *axf_checkpoint_named_path(const char *folder, const char *name)
{
    axf_strbuf path = {0};
    axf_strbuf_printf(&path, "%s/checkpoints/%s.safetensors", folder, name);
    return axf_strbuf_take(&path);
}

char *axf_checkpoint_path(const char *folder, int64_t step)
{
    char name[64];
    snprintf(name, sizeof name, "step-%" PRId64, step);
    return axf_checkpoint_named_path(folder, name);
}

void axf_checkpoint_remove(const char *folder, int keep_newest)
{
    int64_t *steps;
    int32_t count;
    if (axf_checkpoint_list(folder, &steps, &count) != AXF_OK) {
        axf_error_clear();
        return;
    }
    for (int32_t i = keep_newest; steps != NULL && i < count; i++) {
        char *path = axf_checkpoint_path(folder, steps[i]);
        unlink(path);
        free(path);
    }
    free(steps);
}

/* ---- reading ---- */

axf_status axf_checkpoint_open(const char *path, axf_safetensors **file)
{
    AXF_TRY(axf_safetensors_open(path, file));
    const axf_status status = axf_safetensors_verify(*file);
    if (status != AXF_OK) {
        axf_safetensors_close(*file);
        *file = NULL;
    }
    return status;
}

const axf_stored *axf_checkpoint_find(const axf_safetensors *file, const char *kind, const char *name)
{
    axf_arena arena = {0};
    const axf_stored *entry = axf_safetensors_find(file, axf_arena_printf(&arena, "%s%s", kind, name));
    axf_arena_free(&arena);
    return entry;
}

axf_status axf_checkpoint_read(const axf_safetensors *file, const char *kind, const char *name, axf_tensor *tensor,
                               const axf_backend *backend, void *backend_self)
{
    const axf_stored *entry = axf_checkpoint_find(file, kind, name);
    const size_t bytes = bytes_of(tensor);
    if (entry == NULL || entry->size != bytes) {
        return axf_fail(AXF_ERR_FORMAT, "%s: '%s%s' is missing or of another size", axf_safetensors_file(file)->path,
                        kind, name);
    }
    if (backend->host_memory) {
        return axf_stored_read_raw(entry, 0, tensor->data, bytes);
    }
    void *copy = axf_alloc(bytes);
    axf_status status = axf_stored_read_raw(entry, 0, copy, bytes);
    if (status == AXF_OK) {
        status = backend->upload(backend_self, tensor->data, copy, bytes);
    }
    free(copy);
    return status;
}

axf_status axf_checkpoint_read_values(const axf_safetensors *file, const char *kind, const axf_params *params)
{
    for (int32_t i = 0; i < params->count; i++) {
        axf_param *param = params->items[i];
        if (axf_checkpoint_find(file, kind, param->name) == NULL) {
            continue;
        }
        AXF_TRY(axf_checkpoint_read(file, kind, param->name, &param->tensor, params->backend, params->backend_self));
        params->backend->changed(params->backend_self, &param->tensor);
    }
    return AXF_OK;
}

axf_status axf_checkpoint_read_weights(const char *path, const axf_params *params)
{
    axf_safetensors *file;
    AXF_TRY(axf_checkpoint_open(path, &file));
    const axf_status status = axf_checkpoint_read_values(file, "", params);
    axf_safetensors_close(file);
    return status;
}
