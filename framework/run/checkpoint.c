/* Checkpoints: everything a run needs to go on as if nothing had happened, in one safetensors file with a checksum.
 *
 * checkpoints/step-<n>.safetensors, the last two kept. Tensors: "value:<name>" of trained parameters and buffers,
 * "m:<name>" and "v:<name>" of those that have moments, "average:<name>" where weights are averaged, "rows:<name>"
 * (ids) beside them for tables. The metadata entry "state" holds the rest as JSON; real numbers in it are written so
 * that they read back to the bit. */
#include "core/error.h"
#include "core/log.h"
#include "files/path.h"
#include "tensor/shape.h"
#include "train/session.h"
#include "weights/safetensors.h"
#include "weights/safetensors_write.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is written, collected first since the header comes before the data. */
typedef struct item_list {
    axf_arena arena;
    axf_safetensors_item *items;
    const void **data; /* backend memory, or host memory where host is 1 */
    size_t *bytes;
    uint8_t *host;
    size_t count, capacity;
} item_list;

static void add_item(item_list *list, const char *kind, const char *name, const axf_tensor *tensor, int host)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? list->capacity * 2 : 256;
        list->items = axf_realloc(list->items, list->capacity * sizeof *list->items);
        list->data = axf_realloc(list->data, list->capacity * sizeof *list->data);
        list->bytes = axf_realloc(list->bytes, list->capacity * sizeof *list->bytes);
        list->host = axf_realloc(list->host, list->capacity);
    }
    int64_t *shape = axf_arena_alloc(&list->arena, (size_t)tensor->ndim * sizeof *shape);
    memcpy(shape, tensor->shape, (size_t)tensor->ndim * sizeof *shape);
    const int32_t dtype = tensor->dtype == AXF_I32   ? AXF_STORED_I32
                          : tensor->dtype == AXF_F64 ? AXF_STORED_F64
                                                     : AXF_STORED_F32;
    list->items[list->count] =
        (axf_safetensors_item){axf_arena_printf(&list->arena, "%s%s", kind, name), dtype, tensor->ndim, shape};
    list->data[list->count] = tensor->data;
    list->bytes[list->count] = (size_t)axf_tensor_elements(tensor) * (tensor->dtype == AXF_F64 ? 8 : 4);
    list->host[list->count++] = (uint8_t)host;
}

static void free_items(item_list *list)
{
    axf_arena_free(&list->arena);
    free(list->items);
    free(list->data);
    free(list->bytes);
    free(list->host);
}

/* A trained table's moments have room for more rows than are taken. */
static axf_tensor taken_rows(const axf_moments *moments, const axf_tensor *tensor)
{
    axf_tensor view = *tensor;
    if (moments->place_of_row != NULL) {
        view.shape[0] = moments->count;
    }
    return view;
}

static void collect(const axf_session *session, int with_moments, item_list *list)
{
    for (int32_t i = 0; i < session->model.params.count; i++) {
        const axf_param *param = session->model.params.items[i];
        const axf_moments *moments = &session->optimizer.items[i];
        const int keeps = param->trained || moments->m.data != NULL || moments->frozen_epochs > 0 ||
                          (param->spec.flags & AXF_PARAM_BUFFER);
        if (keeps) {
            add_item(list, with_moments ? "value:" : "", param->name, &param->tensor, 0);
        }
        const axf_tensor *average = session->average.values != NULL ? &session->average.values[i] : NULL;
        if (with_moments && average != NULL && average->data != NULL) {
            add_item(list, "average:", param->name, average, 0);
        }
        if (!with_moments || moments->m.data == NULL || (moments->place_of_row != NULL && moments->count == 0)) {
            continue;
        }
        const axf_tensor m = taken_rows(moments, &moments->m), v = taken_rows(moments, &moments->v);
        add_item(list, "m:", param->name, &m, 0);
        add_item(list, "v:", param->name, &v, 0);
        if (moments->place_of_row != NULL) {
            const axf_tensor rows = {sizeof rows, AXF_I32, 1, 0, {moments->count, 1, 1, 1}, moments->ids, NULL};
            add_item(list, "rows:", param->name, &rows, 1);
        }
    }
}

static axf_status write_items(const axf_session *session, const item_list *list, axf_safetensors_writer *writer)
{
    enum { PIECE = 1 << 20 };
    char *piece = session->backend->host_memory ? NULL : axf_alloc(PIECE);
    axf_status status = AXF_OK;
    for (size_t i = 0; i < list->count && status == AXF_OK; i++) {
        if (list->host[i] || session->backend->host_memory) {
            status = axf_safetensors_put(writer, list->data[i], list->bytes[i]);
            continue;
        }
        for (size_t at = 0; at < list->bytes[i] && status == AXF_OK; at += PIECE) {
            const size_t n = list->bytes[i] - at < PIECE ? list->bytes[i] - at : PIECE;
            status = session->backend->download(session->backend_self, piece, (const char *)list->data[i] + at, n);
            if (status == AXF_OK) {
                status = axf_safetensors_put(writer, piece, n);
            }
        }
    }
    free(piece);
    return status;
}

static axf_status write_file(const axf_session *session, const char *path, const item_list *list, const char *state)
{
    const axf_safetensors_pair pairs[] = {{"format", "pt"}, {"auxfuse_state", state}};
    axf_safetensors_writer *writer;
    AXF_TRY(session->backend->synchronize(session->backend_self));
    AXF_TRY(axf_safetensors_create(path, pairs, state != NULL ? 2 : 1, list->items, list->count, &writer));
    const axf_status status = write_items(session, list, writer);
    if (status != AXF_OK) {
        axf_safetensors_abort(writer);
        return status;
    }
    return axf_safetensors_commit(writer);
}

/* A double as text that reads back to the same bits. */
static json_t *exact(double value)
{
    char text[64];
    snprintf(text, sizeof text, "%a", value);
    return json_string(text);
}

static double exact_value(const json_t *json)
{
    return json_is_string(json) ? strtod(json_string_value(json), NULL) : 0;
}

static json_t *sums_json(const axf_session *session)
{
    const axf_sums *sums = &session->sums;
    json_t *part = json_array(), *weight = json_array(), *counts = json_array();
    for (int32_t i = 0; i < session->model.loss_count; i++) {
        json_array_append_new(part, exact(sums->part[i]));
        json_array_append_new(weight, exact(sums->weight[i]));
    }
    for (int64_t i = 0; i < axf_tally_size(&sums->tally); i++) {
        json_array_append_new(counts, json_integer(sums->tally.counts[i]));
    }
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "posts", (json_int_t)sums->posts,
                     "loss", exact(sums->loss), "shares", exact(sums->shares), "part", part, "weight", weight, "counts",
                     counts, "counted", (json_int_t)sums->tally.posts, "exact", (json_int_t)sums->tally.exact,
                     "sample_precision", exact(sums->tally.sample_precision), "sample_recall",
                     exact(sums->tally.sample_recall), "sample_f1", exact(sums->tally.sample_f1));
}

static char *state_text(const axf_session *session)
{
    json_t *steps = json_object();
    for (int32_t i = 0; i < session->model.params.count; i++) {
        if (session->optimizer.items[i].steps > 0) {
            json_object_set_new(steps, session->model.params.items[i]->name,
                                json_integer(session->optimizer.items[i].steps));
        }
    }
    json_t *root = json_pack(
        "{s:s, s:s, s:i, s:I, s:i, s:i, s:o, s:i, s:i, s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:i}", "run_id",
        session->run_id, "backend", session->backend->name(session->backend_self), "threads", (int)session->threads,
        "step", (json_int_t)session->optimizer.step, "epoch", (int)session->epoch, "position", (int)session->position,
        "best", exact(session->best), "best_epoch", (int)session->best_epoch, "bad_epochs", (int)session->bad_epochs,
        "metrics_bytes", (json_int_t)axf_append_length(session->metrics), "events_bytes",
        (json_int_t)axf_append_length(session->events), "sums", sums_json(session), "steps", steps, "train_seconds",
        exact(session->train_seconds), "trained_posts", (json_int_t)session->trained_posts, "averaged",
        (json_int_t)session->average.count, "averaged_epoch", (int)session->average.epoch);
    char *text = root != NULL ? json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(root);
    return text;
}

static char *checkpoint_folder(const axf_session *session)
{
    return axf_path_join(session->folder, "checkpoints");
}

/* Steps of the resume states in the folder, newest first; at most 16. */
static int list_states(const axf_session *session, long long steps[16])
{
    char *folder = checkpoint_folder(session);
    DIR *handle = opendir(folder);
    int count = 0;
    for (struct dirent *entry = handle != NULL ? readdir(handle) : NULL; entry != NULL; entry = readdir(handle)) {
        long long step;
        int length = 0;
        if (sscanf(entry->d_name, "step-%lld.safetensors%n", &step, &length) == 1 && entry->d_name[length] == '\0' &&
            length > 0 && count < 16) {
            int at = count++;
            for (; at > 0 && steps[at - 1] < step; at--) {
                steps[at] = steps[at - 1];
            }
            steps[at] = step;
        }
    }
    if (handle != NULL) {
        closedir(handle);
    }
    free(folder);
    return count;
}

static char *state_path(const axf_session *session, long long step)
{
    char name[64];
    snprintf(name, sizeof name, "checkpoints/step-%lld.safetensors", step);
    return axf_path_join(session->folder, name);
}

static void remove_states(const axf_session *session, int keep)
{
    long long steps[16];
    const int count = list_states(session, steps);
    for (int i = keep; i < count; i++) {
        char *path = state_path(session, steps[i]);
        unlink(path);
        free(path);
    }
}

void axf_checkpoint_remove(axf_session *session)
{
    remove_states(session, 0);
}

axf_status axf_checkpoint_save(axf_session *session)
{
    AXF_TRY(axf_append_sync(session->metrics));
    AXF_TRY(axf_append_sync(session->events));
    item_list list = {0};
    collect(session, 1, &list);
    char *state = state_text(session), *path = state_path(session, session->optimizer.step);
    axf_status status = state != NULL ? write_file(session, path, &list, state)
                                      : axf_fail(AXF_ERR_INTERNAL, "the state of the run cannot be written as JSON");
    if (status == AXF_OK) {
        remove_states(session, 2);
    } else {
        axf_context(status, "checkpoint");
    }
    free(state);
    free(path);
    free_items(&list);
    return status;
}

static axf_status save_named(axf_session *session, const char *path)
{
    item_list list = {0};
    collect(session, 0, &list);
    const axf_status status = write_file(session, path, &list, NULL);
    free_items(&list);
    return status;
}

static char *named_path(const axf_session *session, const char *name)
{
    axf_arena arena = {0};
    char *path = axf_path_join(session->folder, axf_arena_printf(&arena, "checkpoints/%s.safetensors", name));
    axf_arena_free(&arena);
    return path;
}

axf_status axf_checkpoint_save_weights(axf_session *session, const char *name)
{
    char *path = named_path(session, name);
    const axf_status status = save_named(session, path);
    free(path);
    return status;
}

/* ---- reading ---- */

static axf_status read_tensor(const axf_session *session, const axf_safetensors *file, const char *kind,
                              const char *name, axf_tensor *tensor)
{
    axf_arena arena = {0};
    const char *full = axf_arena_printf(&arena, "%s%s", kind, name);
    const axf_stored *entry = axf_safetensors_find(file, full);
    const size_t bytes = (size_t)axf_tensor_elements(tensor) * (tensor->dtype == AXF_F64 ? 8 : 4);
    axf_status status = AXF_OK;
    if (entry == NULL || entry->size != bytes) {
        status =
            axf_fail(AXF_ERR_FORMAT, "%s: '%s' is missing or of another size", axf_safetensors_file(file)->path, full);
    } else if (session->backend->host_memory) {
        status = axf_stored_read_raw(entry, 0, tensor->data, bytes);
    } else {
        void *copy = axf_alloc(bytes);
        status = axf_stored_read_raw(entry, 0, copy, bytes);
        if (status == AXF_OK) {
            status = session->backend->upload(session->backend_self, tensor->data, copy, bytes);
        }
        free(copy);
    }
    axf_arena_free(&arena);
    return status;
}

static axf_status read_moments(axf_session *session, const axf_safetensors *file, axf_param *param,
                               axf_moments *moments)
{
    axf_arena arena = {0};
    const axf_stored *m = axf_safetensors_find(file, axf_arena_printf(&arena, "m:%s", param->name));
    const axf_stored *rows = axf_safetensors_find(file, axf_arena_printf(&arena, "rows:%s", param->name));
    axf_arena_free(&arena);
    if (m == NULL) {
        return AXF_OK;
    }
    if (rows != NULL) {
        int32_t *ids = axf_alloc((size_t)rows->size + 1);
        axf_status status = axf_stored_read_raw(rows, 0, ids, rows->size);
        for (int64_t i = 0; i < rows->count && status == AXF_OK; i++) {
            if (ids[i] < 0 || ids[i] >= param->tensor.shape[0]) {
                status = axf_fail(AXF_ERR_FORMAT, "%s: row %d of '%s'", axf_safetensors_file(file)->path, ids[i],
                                  param->name);
            }
        }
        if (status == AXF_OK) {
            status = axf_moments_take_rows(&session->optimizer, param, ids, (int32_t)rows->count);
        }
        free(ids);
        AXF_TRY(status);
    } else {
        AXF_TRY(axf_moments_make_dense(&session->optimizer, param));
    }
    axf_tensor first = taken_rows(moments, &moments->m), second = taken_rows(moments, &moments->v);
    AXF_TRY(read_tensor(session, file, "m:", param->name, &first));
    return read_tensor(session, file, "v:", param->name, &second);
}

static axf_status read_values(axf_session *session, const axf_safetensors *file, const char *kind, int with_moments)
{
    for (int32_t i = 0; i < session->model.params.count; i++) {
        axf_param *param = session->model.params.items[i];
        axf_arena arena = {0};
        const int there = axf_safetensors_find(file, axf_arena_printf(&arena, "%s%s", kind, param->name)) != NULL;
        axf_arena_free(&arena);
        if (there) {
            AXF_TRY(read_tensor(session, file, kind, param->name, &param->tensor));
            session->backend->changed(session->backend_self, &param->tensor);
        }
        axf_tensor *average = session->average.values != NULL ? &session->average.values[i] : NULL;
        if (with_moments && average != NULL && average->data != NULL) {
            AXF_TRY(read_tensor(session, file, "average:", param->name, average));
        }
        if (with_moments) {
            AXF_TRY(read_moments(session, file, param, &session->optimizer.items[i]));
        }
    }
    return AXF_OK;
}

axf_status axf_checkpoint_read_weights(axf_session *session, const char *path)
{
    axf_safetensors *file;
    AXF_TRY(axf_safetensors_open(path, &file));
    axf_status status = axf_safetensors_verify(file);
    if (status == AXF_OK) {
        status = read_values(session, file, "", 0);
    }
    axf_safetensors_close(file);
    return status;
}

axf_status axf_checkpoint_load_weights(axf_session *session, const char *name)
{
    char *path = named_path(session, name);
    const axf_status status = axf_checkpoint_read_weights(session, path);
    free(path);
    return status;
}

static void read_sums(axf_session *session, const json_t *json)
{
    axf_sums *sums = &session->sums;
    sums->posts = json_integer_value(json_object_get(json, "posts"));
    sums->loss = exact_value(json_object_get(json, "loss"));
    sums->shares = exact_value(json_object_get(json, "shares"));
    for (int32_t i = 0; i < session->model.loss_count; i++) {
        sums->part[i] = exact_value(json_array_get(json_object_get(json, "part"), (size_t)i));
        sums->weight[i] = exact_value(json_array_get(json_object_get(json, "weight"), (size_t)i));
    }
    axf_tally *tally = &sums->tally;
    for (int64_t i = 0; i < axf_tally_size(tally); i++) {
        tally->counts[i] = json_integer_value(json_array_get(json_object_get(json, "counts"), (size_t)i));
    }
    tally->posts = json_integer_value(json_object_get(json, "counted"));
    tally->exact = json_integer_value(json_object_get(json, "exact"));
    tally->sample_precision = exact_value(json_object_get(json, "sample_precision"));
    tally->sample_recall = exact_value(json_object_get(json, "sample_recall"));
    tally->sample_f1 = exact_value(json_object_get(json, "sample_f1"));
}

static axf_status read_state(axf_session *session, const axf_safetensors *file)
{
    const char *text = axf_safetensors_metadata(file, "auxfuse_state");
    json_error_t error;
    json_t *root = text != NULL ? json_loads(text, 0, &error) : NULL;
    const char *run_id = json_string_value(json_object_get(root, "run_id"));
    if (run_id == NULL || strcmp(run_id, session->run_id) != 0) {
        json_decref(root);
        return axf_fail(AXF_ERR_FORMAT, "%s: holds no state of run %s", axf_safetensors_file(file)->path,
                        session->run_id);
    }
    const char *backend = json_string_value(json_object_get(root, "backend"));
    if (backend != NULL && strcmp(backend, session->backend->name(session->backend_self)) != 0) {
        axf_log(AXF_LOG_WARNING,
                "this run began on another backend or machine (%s): it goes on, close to but not bit for bit as "
                "it would have there",
                backend);
    }
    session->optimizer.step = json_integer_value(json_object_get(root, "step"));
    session->epoch = (int32_t)json_integer_value(json_object_get(root, "epoch"));
    session->position = (int32_t)json_integer_value(json_object_get(root, "position"));
    session->best = exact_value(json_object_get(root, "best"));
    session->best_epoch = (int32_t)json_integer_value(json_object_get(root, "best_epoch"));
    session->bad_epochs = (int32_t)json_integer_value(json_object_get(root, "bad_epochs"));
    session->train_seconds = exact_value(json_object_get(root, "train_seconds"));
    session->trained_posts = json_integer_value(json_object_get(root, "trained_posts"));
    session->average.count = json_integer_value(json_object_get(root, "averaged"));
    session->average.epoch = (int32_t)json_integer_value(json_object_get(root, "averaged_epoch"));
    read_sums(session, json_object_get(root, "sums"));
    const json_t *steps = json_object_get(root, "steps");
    for (int32_t i = 0; i < session->model.params.count; i++) {
        session->optimizer.items[i].steps =
            json_integer_value(json_object_get(steps, session->model.params.items[i]->name));
    }
    axf_status status =
        axf_append_truncate(session->metrics, (uint64_t)json_integer_value(json_object_get(root, "metrics_bytes")));
    if (status == AXF_OK) {
        status =
            axf_append_truncate(session->events, (uint64_t)json_integer_value(json_object_get(root, "events_bytes")));
    }
    json_decref(root);
    return status;
}

static axf_status restore_from(axf_session *session, const char *path)
{
    axf_safetensors *file;
    AXF_TRY(axf_safetensors_open(path, &file));
    axf_status status = axf_safetensors_verify(file);
    if (status == AXF_OK) {
        status = read_values(session, file, "value:", 1);
    }
    if (status == AXF_OK) {
        status = read_state(session, file);
    }
    axf_safetensors_close(file);
    return status;
}

axf_status axf_checkpoint_restore(axf_session *session, int *found)
{
    long long steps[16];
    const int count = list_states(session, steps);
    char *folder = checkpoint_folder(session);
    axf_status status = axf_durable_clean(folder);
    free(folder);
    *found = 0;
    for (int i = 0; i < count && status == AXF_OK && !*found; i++) {
        char *path = state_path(session, steps[i]);
        if (restore_from(session, path) == AXF_OK) {
            *found = 1;
            axf_log(AXF_LOG_INFO, "resumed at step %lld (epoch %d, %d of %d posts)", (long long)session->optimizer.step,
                    session->epoch + 1, session->position, session->train_count);
        } else if (i + 1 < count) {
            axf_log(AXF_LOG_WARNING, "%s; trying the one before it", axf_error_message());
        } else {
            status = axf_context(AXF_ERR_FORMAT, "no checkpoint can be read; --force starts the run anew");
        }
        free(path);
    }
    if (status == AXF_OK && !*found) { /* a start that was killed before its first checkpoint left partial outputs */
        AXF_TRY(axf_append_truncate(session->metrics, 0));
        status = axf_append_truncate(session->events, 0);
    }
    return status;
}
