#include "train/resume.h"

#include "core/error.h"
#include "core/log.h"
#include "run/checkpoint.h"
#include "train/state.h"

#include <stdlib.h>

/* ---- writing ---- */

/* A trained table's moments have room for more rows than are taken. */
static axf_tensor taken_rows(const axf_moments *moments, const axf_tensor *tensor)
{
    axf_tensor view = *tensor;
    if (moments->place_of_row != NULL) {
        view.shape[0] = moments->count;
    }
    return view;
}

static void collect_moments(const axf_moments *moments, const char *name, axf_saved_list *list)
{
    if (moments->m.data == NULL || (moments->place_of_row != NULL && moments->count == 0)) {
        return;
    }
    const axf_tensor m = taken_rows(moments, &moments->m), v = taken_rows(moments, &moments->v);
    axf_saved_list_add(list, "m:", name, &m, 0);
    axf_saved_list_add(list, "v:", name, &v, 0);
    if (moments->place_of_row != NULL) {
        const axf_tensor rows = {sizeof rows, AXF_I32, 1, 0, {moments->count, 1, 1, 1}, moments->ids, NULL};
        axf_saved_list_add(list, "rows:", name, &rows, 1);
    }
}

/* The average of parameter i, or NULL where it has none. */
static axf_tensor *average_of(const axf_trainer *trainer, int32_t i)
{
    axf_tensor *average = trainer->average.values != NULL ? &trainer->average.values[i] : NULL;
    return average != NULL && average->data != NULL ? average : NULL;
}

/* Frozen weights are left out: they are found again by their hash. */
static int is_saved(const axf_param *param, const axf_moments *moments, const axf_group_values *values)
{
    return param->trained || moments->m.data != NULL || values->frozen_epochs > 0 ||
           (param->spec.flags & AXF_PARAM_BUFFER);
}

static void collect(const axf_trainer *trainer, int with_state, axf_saved_list *list)
{
    const axf_params *params = &trainer->bench.model.params;
    for (int32_t i = 0; i < params->count; i++) {
        const axf_param *param = params->items[i];
        const axf_moments *moments = &trainer->optimizer.moments[i];
        const axf_tensor *average = average_of(trainer, i);
        if (is_saved(param, moments, &trainer->optimizer.values[i])) {
            axf_saved_list_add(list, with_state ? "value:" : "", param->name, &param->tensor, 0);
        }
        if (with_state && average != NULL) {
            axf_saved_list_add(list, "average:", param->name, average, 0);
        }
        if (with_state) {
            collect_moments(moments, param->name, list);
        }
    }
}

static axf_status write(const axf_trainer *trainer, const axf_saved_list *list, const char *path, const char *state)
{
    return axf_saved_list_write(list, path, state, trainer->bench.backend, trainer->bench.backend_self);
}

axf_status axf_resume_save(axf_trainer *trainer)
{
    const axf_run_folder *folder = &trainer->folder;
    AXF_TRY(axf_append_sync(folder->metrics));
    AXF_TRY(axf_append_sync(folder->events));
    axf_saved_list list = {0};
    collect(trainer, 1, &list);
    char *state = axf_state_text(trainer), *path = axf_checkpoint_path(folder->path, trainer->optimizer.step);
    const axf_status status = state != NULL
                                  ? write(trainer, &list, path, state)
                                  : axf_fail(AXF_ERR_INTERNAL, "the state of the run cannot be written as JSON");
    free(state);
    free(path);
    axf_saved_list_free(&list);
    if (status != AXF_OK) {
        return axf_context(status, "checkpoint");
    }
    axf_checkpoint_remove(folder->path, 2);
    return AXF_OK;
}

axf_status axf_resume_save_weights(const axf_trainer *trainer, const char *name)
{
    axf_saved_list list = {0};
    collect(trainer, 0, &list);
    char *path = axf_checkpoint_named_path(trainer->folder.path, name);
    const axf_status status = write(trainer, &list, path, NULL);
    free(path);
    axf_saved_list_free(&list);
    return status;
}

/* ---- reading ---- */

/* The ids of a table's rows that have moments, checked, and given places in this order. */
static axf_status read_rows(axf_moments *moments, const axf_param *param, const axf_safetensors *file,
                            const axf_stored *rows)
{
    int32_t *ids = axf_alloc((size_t)rows->size + 1);
    axf_status status = axf_stored_read_raw(rows, 0, ids, rows->size);
    for (int64_t i = 0; i < rows->count && status == AXF_OK; i++) {
        if (ids[i] < 0 || ids[i] >= param->tensor.shape[0]) {
            status =
                axf_fail(AXF_ERR_FORMAT, "%s: row %d of '%s'", axf_safetensors_file(file)->path, ids[i], param->name);
        }
    }
    if (status == AXF_OK) {
        status = axf_moments_take_rows(moments, param, ids, (int32_t)rows->count);
    }
    free(ids);
    return status;
}

static axf_status read_moments(axf_trainer *trainer, const axf_safetensors *file, int32_t i)
{
    const axf_workbench *bench = &trainer->bench;
    axf_param *param = bench->model.params.items[i];
    axf_moments *moments = &trainer->optimizer.moments[i];
    if (axf_checkpoint_find(file, "m:", param->name) == NULL) {
        return AXF_OK;
    }
    const axf_stored *rows = axf_checkpoint_find(file, "rows:", param->name);
    AXF_TRY(rows != NULL ? read_rows(moments, param, file, rows) : axf_moments_make(moments, param));
    axf_tensor m = taken_rows(moments, &moments->m), v = taken_rows(moments, &moments->v);
    AXF_TRY(axf_checkpoint_read(file, "m:", param->name, &m, bench->backend, bench->backend_self));
    return axf_checkpoint_read(file, "v:", param->name, &v, bench->backend, bench->backend_self);
}

static axf_status read_tensors(axf_trainer *trainer, const axf_safetensors *file)
{
    const axf_workbench *bench = &trainer->bench;
    const axf_params *params = &bench->model.params;
    AXF_TRY(axf_checkpoint_read_values(file, "value:", params));
    for (int32_t i = 0; i < params->count; i++) {
        axf_tensor *average = average_of(trainer, i);
        if (average != NULL) {
            AXF_TRY(axf_checkpoint_read(file, "average:", params->items[i]->name, average, bench->backend,
                                        bench->backend_self));
        }
        AXF_TRY(read_moments(trainer, file, i));
    }
    return AXF_OK;
}

static axf_status restore_from(axf_trainer *trainer, const char *path)
{
    axf_safetensors *file;
    AXF_TRY(axf_checkpoint_open(path, &file));
    axf_status status = read_tensors(trainer, file);
    if (status == AXF_OK) {
        status = axf_state_read(trainer, file);
    }
    axf_safetensors_close(file);
    return status;
}

/* The newest state that can be read; *found 1 when there was one. */
static axf_status restore_newest(axf_trainer *trainer, int *found)
{
    int64_t *steps;
    int32_t count;
    *found = 0;
    AXF_TRY(axf_checkpoint_list(trainer->folder.path, &steps, &count));
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < count && status == AXF_OK && !*found; i++) {
        char *path = axf_checkpoint_path(trainer->folder.path, steps[i]);
        if (restore_from(trainer, path) == AXF_OK) {
            *found = 1;
        } else if (i + 1 < count) {
            axf_log(AXF_LOG_WARNING, "%s; trying the one before it", axf_error_message());
        } else {
            status = axf_context(AXF_ERR_FORMAT, "no checkpoint can be read; --force starts the run anew");
        }
        free(path);
    }
    free(steps);
    return status;
}

axf_status axf_resume(axf_trainer *trainer)
{
    int found;
    char *folder = axf_run_folder_file(&trainer->folder, "checkpoints");
    const axf_status cleaned = axf_durable_clean(folder);
    free(folder);
    AXF_TRY(cleaned);
    AXF_TRY(restore_newest(trainer, &found));
    if (found) {
        axf_log(AXF_LOG_INFO, "resumed at step %lld (epoch %d, %d of %d posts)", (long long)trainer->optimizer.step,
                trainer->at.epoch + 1, trainer->at.position, trainer->train_count);
        return AXF_OK;
    }
    AXF_TRY(axf_append_truncate(trainer->folder.metrics, 0));
    return axf_append_truncate(trainer->folder.events, 0);
}
