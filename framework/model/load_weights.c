#include "model/load_weights.h"
#include "core/error.h"
#include "core/log.h"
#include "experiment/experiment.h"
#include "tensor/first_values.h"
#include "tensor/param_values.h"
#include "weights/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void shape_text(char *text, size_t size, int32_t ndim, const int64_t *shape)
{
    size_t at = 0;
    text[0] = '\0';
    for (int32_t i = 0; i < ndim && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%s%lld", i > 0 ? ", " : "", (long long)shape[i]);
    }
}

/* Dimensions of 1 are ignored: a 1×1 convolution is a linear layer, and a cls token [1, 1, D] is a row. */
int axf_weights_same_shape(const axf_stored *entry, const axf_param *param)
{
    const axf_tensor *tensor = &param->tensor;
    int64_t a[AXF_STORED_DIMS], b[AXF_MAX_DIMS];
    int32_t na = 0, nb = 0;
    for (int32_t i = 0; i < entry->ndim; i++) {
        if (entry->shape[i] != 1) {
            a[na++] = entry->shape[i];
        }
    }
    for (int32_t i = 0; i < tensor->ndim; i++) {
        if (tensor->shape[i] != 1) {
            b[nb++] = tensor->shape[i];
        }
    }
    return na == nb && memcmp(a, b, (size_t)na * sizeof *a) == 0;
}

/* Reads straight into the parameter where its memory is host memory in f32, so that a large table is never held twice. */
static axf_status read_values(const axf_model *model, const axf_stored *entry, axf_param *param)
{
    char ours[96], theirs[160];
    if (!axf_weights_same_shape(entry, param)) {
        shape_text(theirs, sizeof theirs, entry->ndim, entry->shape);
        shape_text(ours, sizeof ours, param->tensor.ndim, param->tensor.shape);
        return axf_fail(AXF_ERR_FORMAT, "%s: tensor '%s' is [%s], the configuration asks for [%s]", entry->file->path,
                        entry->name, theirs, ours);
    }
    if (model->backend->host_memory && model->params.real_dtype == AXF_F32) {
        AXF_TRY(axf_stored_read_f32(entry, param->tensor.data, entry->count));
        model->backend->changed(model->backend_self, &param->tensor);
        return AXF_OK;
    }
    float *values = malloc((size_t)entry->count * sizeof *values);
    if (values == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "no memory for tensor '%s'", entry->name);
    }
    axf_status status = axf_stored_read_f32(entry, values, entry->count);
    if (status == AXF_OK) {
        status = axf_param_set(param, values);
    }
    free(values);
    return status;
}

/* The index of a parameter among those declared under a folder, or -1. */
static int32_t find_declared(const axf_instance *instance, const char *folder, const char *name)
{
    for (int32_t k = instance->declared_count - 1; k >= 0; k--) {
        if (instance->declared_folder[k] == folder && strcmp(instance->declared[k]->spec.name, name) == 0) {
            return k;
        }
    }
    return -1;
}

int32_t axf_weights_target(const axf_instance *instance, const char *folder, const char *name)
{
    char buffer[512];
    const char *ours = axf_instance_key(instance, name, buffer, sizeof buffer);
    return ours != NULL ? find_declared(instance, folder, ours) : -1;
}

static axf_status load_folder(axf_model *model, axf_instance *instance, const char *folder, uint8_t *done,
                              axf_weights_summary *summary)
{
    axf_weights *weights;
    AXF_TRY(axf_weights_open(folder, &weights));
    axf_status status = AXF_OK;
    for (size_t i = 0; i < axf_weights_count(weights) && status == AXF_OK; i++) {
        const axf_stored *entry = axf_weights_entry_at(weights, i);
        const int32_t at = axf_weights_target(instance, folder, entry->name);
        if (at < 0) {
            if (summary->ignored++ == 0) {
                summary->first_ignored = axf_arena_copy(&instance->arena, entry->name);
            }
            axf_log(AXF_LOG_DEBUG, "%s: '%s' of %s is ignored", instance->prefix, entry->name, folder);
            continue;
        }
        if (done[at]) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: '%s' stands for parameter '%s', which another tensor gave already",
                              entry->file->path, entry->name, instance->declared[at]->spec.name);
        } else {
            status = read_values(model, entry, instance->declared[at]);
        }
        done[at] = 1;
        summary->loaded++;
    }
    axf_weights_close(weights);
    return status;
}

axf_status axf_weights_load(axf_model *model, axf_instance *instance, axf_weights_summary *summary)
{
    *summary = (axf_weights_summary){0};
    uint8_t *done = axf_alloc_zero((size_t)instance->declared_count + 1, sizeof *done);
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < instance->declared_count && status == AXF_OK; i++) {
        const char *folder = instance->declared_folder[i];
        int32_t first = 0;
        while (first < i && instance->declared_folder[first] != folder) {
            first++;
        }
        if (folder != NULL && first == i) {
            status = load_folder(model, instance, folder, done, summary);
        }
    }
    for (int32_t i = 0; i < instance->declared_count && status == AXF_OK; i++) {
        axf_param *param = instance->declared[i];
        if (done[i]) {
            continue;
        }
        const int expected =
            instance->declared_folder[i] != NULL && !(param->spec.flags & (AXF_PARAM_OPTIONAL | AXF_PARAM_NEW));
        if (expected) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: no tensor for parameter '%s'", instance->declared_folder[i],
                              param->spec.name);
            break;
        }
        if (instance->declared_folder[i] != NULL && !(param->spec.flags & AXF_PARAM_NEW)) {
            axf_log(AXF_LOG_INFO, "%s: '%s' is not in the checkpoint: newly initialised", instance->prefix,
                    param->spec.name);
        }
        status = axf_param_draw(param, instance->seed);
        summary->drawn++;
    }
    free(done);
    return axf_instance_context(instance, status);
}

axf_status axf_weights_find_missing(const axf_instance *instance, uint8_t *missing)
{
    const char *folder = NULL;
    memset(missing, 1, (size_t)instance->declared_count);
    for (int32_t i = 0; i < instance->declared_count; i++) {
        if (instance->declared_folder[i] == NULL || instance->declared_folder[i] == folder) {
            continue;
        }
        folder = instance->declared_folder[i];
        axf_weights *weights;
        AXF_TRY(axf_weights_open(folder, &weights));
        for (size_t k = 0; k < axf_weights_count(weights); k++) {
            const int32_t at = axf_weights_target(instance, folder, axf_weights_entry_at(weights, k)->name);
            if (at >= 0) {
                missing[at] = 0;
            }
        }
        axf_weights_close(weights);
    }
    return AXF_OK;
}

axf_status axf_model_load(axf_model *model)
{
    for (int32_t i = 0;; i++) {
        const axf_component_use *use = axf_experiment_component(model->experiment, i);
        if (use == NULL) {
            break;
        }
        if (use->instance->declared_count == 0) {
            continue;
        }
        axf_weights_summary summary;
        AXF_TRY(axf_weights_load(model, use->instance, &summary));
        if (summary.loaded > 0) {
            axf_log(AXF_LOG_INFO, "%s: %lld tensors loaded, %lld initialised, %lld ignored%s%s", use->instance->prefix,
                    (long long)summary.loaded, (long long)summary.drawn, (long long)summary.ignored,
                    summary.ignored > 0 ? ", first " : "", summary.ignored > 0 ? summary.first_ignored : "");
        }
    }
    AXF_TRY(axf_param_draw(model->head_weight, model->experiment->seed));
    axf_param *const learned[] = {model->learned_vector, model->learned_pooled};
    for (int i = 0; i < 2; i++) {
        if (learned[i] != NULL) {
            AXF_TRY(axf_param_draw(learned[i], model->experiment->seed));
        }
    }
    return axf_param_draw(model->head_bias, model->experiment->seed);
}
