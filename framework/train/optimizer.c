#include "train/optimizer.h"

#include "core/error.h"
#include "core/text.h"
#include "tensor/shape.h"
#include "tensor/transfers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUM_BYTES = 64 }; /* memory for one number */

/* '*' stands for any text. */
static int matches(const char *pattern, const char *name)
{
    for (; *pattern != '\0'; pattern++, name++) {
        if (*pattern == '*') {
            for (; *name != '\0'; name++) {
                if (matches(pattern + 1, name)) {
                    return 1;
                }
            }
            return matches(pattern + 1, name);
        }
        if (*pattern != *name) {
            return 0;
        }
    }
    return *name == '\0';
}

static axf_status parse_frozen(const char *text, int32_t *epochs)
{
    char *end;
    if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0) {
        *epochs = 0;
        return AXF_OK;
    }
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0) {
        *epochs = -1;
        return AXF_OK;
    }
    const long n = strtol(text, &end, 10);
    if (end == text || n < 0 || n > 1000000 ||
        (*end != '\0' && strcmp(end, " epochs") != 0 && strcmp(end, " epoch") != 0)) {
        return axf_fail(AXF_ERR_SPEC, "train.groups: frozen: '%s' is neither yes, no nor a number of epochs", text);
    }
    *epochs = (int32_t)n;
    return AXF_OK;
}

static axf_status apply_groups(axf_optimizer *optimizer)
{
    const axf_experiment *experiment = optimizer->experiment;
    int32_t *used = axf_alloc_zero((size_t)experiment->group_count, sizeof *used);
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < optimizer->params->count && status == AXF_OK; i++) {
        axf_param *param = optimizer->params->items[i];
        axf_moments *item = &optimizer->items[i];
        item->learning_rate = item->weight_decay = NAN;
        if (experiment->train.decay_exclusions && (param->spec.flags & AXF_PARAM_NO_DECAY)) {
            item->weight_decay = 0;
        }
        for (int32_t g = 0; g < experiment->group_count; g++) {
            const axf_settings_group *group = &experiment->groups[g];
            if (!matches(group->match, param->name)) {
                continue;
            }
            used[g] = 1;
            item->learning_rate = group->learning_rate;
            item->weight_decay = isnan(group->weight_decay) ? item->weight_decay : group->weight_decay;
            status = parse_frozen(group->frozen, &item->frozen_epochs);
            if (item->frozen_epochs < 0) {
                param->trained = 0;
            }
            break;
        }
    }
    for (int32_t g = 0; g < experiment->group_count && status == AXF_OK; g++) {
        if (!used[g]) {
            axf_closest closest = {.word = experiment->groups[g].match};
            for (int32_t i = 0; i < optimizer->params->count; i++) {
                axf_closest_offer(&closest, optimizer->params->items[i]->name);
            }
            status = axf_fail(AXF_ERR_SPEC, "train.groups: \"%s\" matches no parameter%s%s%s",
                              experiment->groups[g].match, closest.name != NULL ? "; did you mean \"" : "",
                              closest.name != NULL ? closest.name : "", closest.name != NULL ? "\"?" : "");
        }
    }
    free(used);
    return status;
}

axf_status axf_optimizer_init(axf_optimizer *optimizer, axf_experiment *experiment, axf_params *params,
                              const axf_backend *backend, void *backend_self, int64_t total_steps)
{
    *optimizer = (axf_optimizer){.experiment = experiment,
                                 .params = params,
                                 .backend = backend,
                                 .backend_self = backend_self,
                                 .total_steps = total_steps};
    optimizer->items = axf_alloc_zero((size_t)params->count, sizeof *optimizer->items);
    for (int32_t i = 0; i < params->count; i++) {
        params->items[i]->optimizer = &optimizer->items[i];
    }
    return apply_groups(optimizer);
}

static size_t value_size(const axf_optimizer *optimizer)
{
    return optimizer->params->real_dtype == AXF_F64 ? 8 : 4;
}

static size_t tensor_bytes(const axf_optimizer *optimizer, const axf_tensor *tensor)
{
    return (size_t)axf_tensor_elements(tensor) * value_size(optimizer);
}

static void release_moments(axf_optimizer *optimizer, axf_moments *item)
{
    axf_tensor *const both[2] = {&item->m, &item->v};
    for (int i = 0; i < 2; i++) {
        if (both[i]->data != NULL) {
            optimizer->backend->release(optimizer->backend_self, both[i]->data, tensor_bytes(optimizer, both[i]));
            both[i]->data = NULL;
        }
    }
    free(item->place_of_row);
    free(item->ids);
}

static size_t list_bytes(const axf_optimizer *optimizer)
{
    return 2 * (size_t)optimizer->row_capacity * sizeof(int32_t);
}

static void release_lists(axf_optimizer *optimizer)
{
    if (optimizer->lists.data != NULL) {
        optimizer->backend->release(optimizer->backend_self, optimizer->lists.data, list_bytes(optimizer));
        optimizer->lists.data = NULL;
    }
}

void axf_optimizer_free(axf_optimizer *optimizer)
{
    for (int32_t i = 0; optimizer->items != NULL && i < optimizer->params->count; i++) {
        release_moments(optimizer, &optimizer->items[i]);
    }
    release_lists(optimizer);
    if (optimizer->square_sum.data != NULL) {
        optimizer->backend->release(optimizer->backend_self, optimizer->square_sum.data, SUM_BYTES);
    }
    free(optimizer->rows);
    free(optimizer->items);
    *optimizer = (axf_optimizer){0};
}

static int is_sparse(const axf_param *param)
{
    return (param->spec.flags & AXF_PARAM_SPARSE) != 0;
}

static axf_status allocate_zero(axf_optimizer *optimizer, const axf_tensor *like, axf_tensor *tensor)
{
    *tensor = *like;
    tensor->data = NULL;
    tensor->wants_gradient = 0;
    const size_t bytes = tensor_bytes(optimizer, tensor);
    AXF_TRY(optimizer->backend->allocate(optimizer->backend_self, bytes, &tensor->data));
    optimizer->bytes += bytes;
    return optimizer->backend->zero(optimizer->backend_self, tensor->data, bytes);
}

/* Scratch for lists of `capacity` rows, which grows with the tables alone. */
static axf_status grow_lists(axf_optimizer *optimizer, int32_t capacity)
{
    if (capacity <= optimizer->row_capacity) {
        return AXF_OK;
    }
    release_lists(optimizer);
    optimizer->row_capacity = capacity;
    optimizer->rows = axf_realloc(optimizer->rows, (size_t)capacity * sizeof *optimizer->rows);
    return optimizer->backend->allocate(optimizer->backend_self, list_bytes(optimizer), &optimizer->lists.data);
}

/* Room for `count` rows of moments; half as much again, so that a run grows a table a few times only. */
static axf_status grow_rows(axf_optimizer *optimizer, axf_param *param, axf_moments *item, int32_t count)
{
    if (item->place_of_row == NULL) {
        const int64_t vocabulary = param->tensor.shape[0];
        item->place_of_row = axf_alloc((size_t)vocabulary * sizeof *item->place_of_row);
        for (int64_t i = 0; i < vocabulary; i++) {
            item->place_of_row[i] = -1;
        }
    }
    if (count <= item->capacity) {
        return AXF_OK;
    }
    int64_t capacity = item->capacity > 0 ? item->capacity : 1024;
    while (capacity < count) {
        capacity += capacity / 2;
    }
    capacity = capacity < param->tensor.shape[0] ? capacity : param->tensor.shape[0];
    axf_tensor like = param->tensor;
    like.shape[0] = capacity;
    axf_tensor *const old[2] = {&item->m, &item->v};
    for (int i = 0; i < 2; i++) {
        axf_tensor fresh;
        AXF_TRY(allocate_zero(optimizer, &like, &fresh));
        if (old[i]->data != NULL) {
            const size_t bytes = tensor_bytes(optimizer, old[i]);
            AXF_TRY(optimizer->backend->copy(optimizer->backend_self, fresh.data, old[i]->data, bytes));
            optimizer->backend->release(optimizer->backend_self, old[i]->data, bytes);
            optimizer->bytes -= bytes;
        }
        *old[i] = fresh;
    }
    item->ids = axf_realloc(item->ids, (size_t)capacity * sizeof *item->ids);
    item->capacity = (int32_t)capacity;
    return grow_lists(optimizer, item->capacity);
}

axf_status axf_moments_take_rows(axf_optimizer *optimizer, axf_param *param, const int32_t *ids, int32_t count)
{
    axf_moments *item = param->optimizer;
    AXF_TRY(grow_rows(optimizer, param, item, item->count + count));
    for (int32_t i = 0; i < count; i++) {
        if (item->place_of_row[ids[i]] < 0) {
            item->place_of_row[ids[i]] = item->count;
            item->ids[item->count++] = ids[i];
        }
    }
    return AXF_OK;
}

axf_status axf_moments_make_dense(axf_optimizer *optimizer, axf_param *param)
{
    axf_moments *item = param->optimizer;
    if (item->m.data == NULL) {
        AXF_TRY(allocate_zero(optimizer, &param->tensor, &item->m));
        AXF_TRY(allocate_zero(optimizer, &param->tensor, &item->v));
    }
    return AXF_OK;
}

void axf_optimizer_begin_epoch(axf_optimizer *optimizer, int32_t epoch)
{
    for (int32_t i = 0; i < optimizer->params->count; i++) {
        const axf_moments *item = &optimizer->items[i];
        if (item->frozen_epochs > 0) {
            optimizer->params->items[i]->trained = epoch >= item->frozen_epochs;
            optimizer->params->items[i]->tensor.wants_gradient = optimizer->params->items[i]->trained;
        }
    }
}

void axf_optimizer_begin_step(axf_optimizer *optimizer)
{
    const axf_settings_train *train = &optimizer->experiment->train;
    const double total = (double)(optimizer->total_steps > 0 ? optimizer->total_steps : 1);
    const double at = (double)optimizer->step, warm = floor(train->warmup * total);
    if (at < warm) {
        optimizer->rate_factor = (at + 1) / warm;
        return;
    }
    const double done = total > warm ? (at - warm) / (total - warm) : 0;
    optimizer->rate_factor = train->schedule == AXF_SCHEDULE_LINEAR   ? 1 - done
                             : train->schedule == AXF_SCHEDULE_COSINE ? 0.5 * (1 + cos(3.14159265358979323846 * done))
                                                                      : 1;
}

/* i32 lists for a kernel: in the backend's memory, in one scratch buffer that is written anew for each table. */
static axf_status upload_lists(axf_optimizer *optimizer, const int32_t *ids, const int32_t *gradient_row, int32_t count,
                               axf_tensor *id_tensor, axf_tensor *row_tensor)
{
    const size_t bytes = (size_t)count * sizeof(int32_t);
    *id_tensor = (axf_tensor){sizeof *id_tensor, AXF_I32, 1, 0, {count, 1, 1, 1}, optimizer->lists.data, NULL};
    *row_tensor = *id_tensor;
    row_tensor->data = (char *)optimizer->lists.data + bytes;
    AXF_TRY(optimizer->backend->upload(optimizer->backend_self, id_tensor->data, ids, bytes));
    return optimizer->backend->upload(optimizer->backend_self, row_tensor->data, gradient_row, bytes);
}

/* w ← w · f for the whole table, when f is not 1 in fp32: rows without moments only ever decay. */
static axf_status decay_table(axf_optimizer *optimizer, axf_param *param, double factor)
{
    if (optimizer->params->real_dtype == AXF_F32) {
        factor = (float)factor; /* as the kernel's own decay rounds it */
        if (factor == 1) {
            return AXF_OK;
        }
    }
    axf_call call = {
        .struct_size = sizeof call, .op = AXF_OP_SCALE, .inputs = 1, .in = {&param->tensor}, .out = &param->tensor};
    call.f[0] = factor;
    return optimizer->backend->forward(optimizer->backend_self, &call);
}

static axf_call adamw_call(const axf_optimizer *optimizer, axf_param *param, axf_moments *item)
{
    const axf_settings_train *train = &optimizer->experiment->train;
    const double rate =
        (isnan(item->learning_rate) ? train->learning_rate : item->learning_rate) * optimizer->rate_factor;
    const double decay = isnan(item->weight_decay) ? train->weight_decay : item->weight_decay;
    axf_call call = {.struct_size = sizeof call, .op = AXF_OP_ADAMW, .inputs = 4};
    call.in[0] = &param->tensor;
    call.in[1] = &item->m;
    call.in[2] = &item->v;
    call.in[3] = &param->gradient;
    call.f[0] = rate;
    call.f[1] = decay;
    call.f[2] = train->beta1;
    call.f[3] = train->beta2;
    call.f[4] = train->epsilon;
    call.f[5] = 1 - pow(train->beta1, (double)item->steps);
    call.f[6] = 1 - pow(train->beta2, (double)item->steps);
    return call;
}

/* Every row that ever had a gradient; those without one now see a zero gradient. Decay is done for the whole table
 * before, so the kernel's own is switched off: the same factors in the same order, the same bits. */
static axf_status update_rows(axf_optimizer *optimizer, axf_param *param, axf_moments *item)
{
    if (param->has_gradient) {
        AXF_TRY(axf_moments_take_rows(optimizer, param, param->touched.ids, param->touched.count));
    }
    if (item->count == 0) {
        return AXF_OK;
    }
    axf_call call = adamw_call(optimizer, param, item);
    AXF_TRY(decay_table(optimizer, param, 1 - call.f[0] * call.f[1]));
    call.f[1] = 0;
    for (int32_t i = 0; i < item->count; i++) {
        optimizer->rows[i] = param->has_gradient ? param->touched.place_of_row[item->ids[i]] : -1;
    }
    axf_tensor ids, rows;
    AXF_TRY(upload_lists(optimizer, item->ids, optimizer->rows, item->count, &ids, &rows));
    call.inputs = 6;
    call.in[4] = &ids;
    call.in[5] = &rows;
    return optimizer->backend->forward(optimizer->backend_self, &call);
}

axf_status axf_optimizer_update(void *context, axf_param *param)
{
    axf_optimizer *optimizer = context;
    axf_moments *item = param->optimizer;
    if (!param->trained || !param->has_gradient) {
        return AXF_OK;
    }
    item->steps++;
    if (is_sparse(param)) {
        AXF_TRY(update_rows(optimizer, param, item));
    } else {
        AXF_TRY(axf_moments_make_dense(optimizer, param));
        const axf_call call = adamw_call(optimizer, param, item);
        AXF_TRY(optimizer->backend->forward(optimizer->backend_self, &call));
    }
    optimizer->backend->changed(optimizer->backend_self, &param->tensor);
    return AXF_OK;
}

void axf_optimizer_end_step(axf_optimizer *optimizer)
{
    optimizer->step++;
}

/* The gradient as far as it counts: of a table the touched rows. */
static axf_tensor whole_gradient(const axf_param *param)
{
    axf_tensor gradient = param->gradient;
    gradient.shape[0] = is_sparse(param) ? param->touched.count : gradient.shape[0];
    return gradient;
}

/* Σ over all gradients of the squares of their elements. */
static axf_status square_sum(axf_optimizer *optimizer, axf_tape *tape, double *sum)
{
    axf_tensor *result = &optimizer->square_sum;
    if (result->data == NULL) {
        *result = (axf_tensor){sizeof *result, optimizer->params->real_dtype, 1, 0, {1, 1, 1, 1}, NULL, NULL};
        AXF_TRY(optimizer->backend->allocate(optimizer->backend_self, SUM_BYTES, &result->data));
    }
    *sum = 0;
    for (int32_t i = 0; i < optimizer->params->count; i++) {
        const axf_param *param = optimizer->params->items[i];
        if (param->trained && param->has_gradient) {
            const axf_tensor gradient = whole_gradient(param);
            const axf_call call = {
                .struct_size = sizeof call, .op = AXF_OP_SQUARE_SUM, .inputs = 1, .in = {&gradient}, .out = result};
            float value;
            AXF_TRY(optimizer->backend->forward(optimizer->backend_self, &call));
            AXF_TRY(axf_tape_read(tape, result, &value));
            *sum += value;
        }
    }
    return AXF_OK;
}

axf_status axf_optimizer_clip(axf_optimizer *optimizer, axf_tape *tape, double clip, double *norm)
{
    double sum;
    AXF_TRY(square_sum(optimizer, tape, &sum));
    *norm = sqrt(sum);
    for (int32_t i = 0; !(*norm <= clip) && i < optimizer->params->count; i++) {
        const axf_param *param = optimizer->params->items[i];
        if (param->trained && param->has_gradient) {
            axf_tensor gradient = whole_gradient(param);
            axf_call call = {
                .struct_size = sizeof call, .op = AXF_OP_SCALE, .inputs = 1, .in = {&gradient}, .out = &gradient};
            call.f[0] = clip / (*norm + 1e-6); /* torch.nn.utils.clip_grad_norm_ */
            AXF_TRY(optimizer->backend->forward(optimizer->backend_self, &call));
        }
    }
    return AXF_OK;
}

size_t axf_optimizer_estimate(const axf_params *params)
{
    size_t bytes = 0;
    for (int32_t i = 0; i < params->count; i++) {
        const axf_param *param = params->items[i];
        if (param->trained && !is_sparse(param)) {
            bytes += 2 * 4 * (size_t)axf_param_elements(param);
        }
    }
    return bytes;
}
