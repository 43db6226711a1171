/* The tape's life: steps, passes, inputs and what is read back. */
#include "tensor/tape.h"

#include "core/error.h"
#include "core/philox.h"
#include "tensor/ops_internal.h"
#include "tensor/tape_internal.h"

#include <stdlib.h>
#include <string.h>

axf_status axf_tape_new(const axf_backend *backend, void *backend_self, axf_params *params,
                        const axf_tape_settings *settings, axf_tape **result)
{
    axf_tape *tape = axf_alloc_zero(1, sizeof *tape);
    tape->backend = backend;
    tape->backend_self = backend_self;
    tape->params = params;
    tape->settings = *settings;
    tape->real = params->real_dtype;
    axf_pool_init(&tape->pool, backend, backend_self);
    axf_pool_plan(&tape->plan);
    tape->memory = &tape->pool;
    *result = tape;
    return AXF_OK;
}

void axf_tape_free(axf_tape *tape)
{
    if (tape == NULL) {
        return;
    }
    axf_tape_end(tape);
    axf_pool_free(&tape->pool);
    axf_pool_free(&tape->plan);
    axf_step_arena_free(&tape->arena);
    axf_arena_free(&tape->texts);
    free(tape->nodes);
    free(tape->values);
    free(tape->scopes);
    free(tape->keys);
    free(tape->scope_texts);
    free(tape->scratch);
    free(tape);
}

/* Forgets the step's objects; the pool keeps its figures until the next begin. */
static void forget_step(axf_tape *tape)
{
    for (int32_t i = 0; i < tape->params->count; i++) {
        axf_param *param = tape->params->items[i];
        axf_gradient_drop(tape, param);
        param->uses = 0;
    }
    tape->node_count = 0;
    tape->value_count = 0;
    tape->scope_count = 0;
    axf_step_arena_reset(&tape->arena);
}

void axf_tape_begin(axf_tape *tape, int32_t recording, int32_t planning)
{
    forget_step(tape);
    tape->recording = recording;
    tape->planning = planning;
    tape->paused = 0;
    tape->status = AXF_OK;
    tape->memory = planning ? &tape->plan : &tape->pool;
    axf_pool_reset(tape->memory);
    for (int32_t i = 0; i < tape->params->count; i++) {
        axf_param *param = tape->params->items[i];
        param->tensor.wants_gradient = recording && param->trained;
    }
}

void axf_tape_end(axf_tape *tape)
{
    forget_step(tape);
    tape->recording = 0;
}

axf_status axf_tape_reserve(axf_tape *tape, size_t bytes)
{
    return axf_pool_reserve(&tape->pool, bytes);
}

size_t axf_tape_peak(const axf_tape *tape)
{
    return tape->memory->peak;
}

size_t axf_tape_extent(const axf_tape *tape)
{
    return tape->memory->extent;
}

size_t axf_tape_reserved(const axf_tape *tape)
{
    return tape->pool.reserved;
}

int64_t axf_tape_grown(const axf_tape *tape)
{
    return tape->pool.grown;
}

axf_status axf_tape_status(const axf_tape *tape)
{
    return tape->status;
}

/* The numbers where the backend's kernels find them: as they are, or copied there for the rest of the step. NULL after
 * a sticky failure. */
const int32_t *axf_tape_locate(axf_tape *tape, const int32_t *numbers, int64_t count)
{
    if (tape->backend->host_memory) {
        return numbers;
    }
    axf_block *block = axf_pool_take(tape->memory, (size_t)count * sizeof *numbers);
    if (block == NULL) {
        axf_tape_failed(tape, AXF_ERR_MEMORY, "ragged rows");
        return NULL;
    }
    if (!tape->planning) {
        const axf_status status =
            tape->backend->upload(tape->backend_self, block->data, numbers, (size_t)count * sizeof *numbers);
        if (status != AXF_OK) {
            axf_tape_failed(tape, status, "ragged rows");
            return NULL;
        }
    }
    return (const int32_t *)block->data;
}

/* One copy of each text for the life of the tape: a run has a few dozen. */
static const char *scope_text(axf_tape *tape, const char *component, int32_t scope)
{
    static const char *const suffixes[] = {"", "first", "second", "evaluation"};
    const char *suffix = scope >= AXF_PASS_FIRST && scope <= AXF_PASS_EVALUATION ? suffixes[scope] : "";
    const size_t length = strlen(component);
    for (int32_t i = 0; i < tape->scope_text_count; i++) {
        const char *text = tape->scope_texts[i];
        if (strncmp(text, component, length) == 0 && text[length] == '/' && strcmp(text + length + 1, suffix) == 0) {
            return text;
        }
    }
    if (tape->scope_text_count == tape->scope_text_capacity) {
        tape->scope_text_capacity = tape->scope_text_capacity > 0 ? 2 * tape->scope_text_capacity : 32;
        tape->scope_texts =
            axf_realloc(tape->scope_texts, (size_t)tape->scope_text_capacity * sizeof *tape->scope_texts);
    }
    const char *text = axf_arena_printf(&tape->texts, "%s/%s", component, suffix);
    tape->scope_texts[tape->scope_text_count++] = text;
    return text;
}

const axf_pass *axf_tape_pass(axf_tape *tape, const axf_pass_settings *settings)
{
    axf_pass_record *record = axf_step_arena_alloc(&tape->arena, sizeof *record);
    const int32_t posts = settings->posts > 0 ? settings->posts : 0;
    int32_t *slots = axf_step_arena_alloc(&tape->arena, (size_t)posts * sizeof *slots);
    for (int32_t i = 0; i < posts; i++) {
        slots[i] = settings->slots != NULL ? settings->slots[i] : i;
    }
    record->pass = (axf_pass){.struct_size = sizeof(axf_pass),
                              .ops = &axf_ops_table,
                              .tape = tape,
                              .training = settings->training,
                              .scope = settings->scope,
                              .wanted = settings->wanted,
                              .posts = posts,
                              .slots = slots,
                              .step = settings->step};
    record->scope_text = scope_text(tape, settings->component, settings->scope);
    record->location = axf_tape_locate(tape, slots, posts);
    record->record = settings->record;
    return &record->pass;
}

int axf_pass_trains(const axf_pass *pass, axf_tensor *const *tensors, int32_t count)
{
    if (!pass->training || ((const axf_pass_record *)pass)->record != AXF_RECORD_TRAINED) {
        return pass->training;
    }
    int trained = 0;
    for (int32_t i = 0; i < count; i++) {
        trained |= tensors[i] != NULL && tensors[i]->wants_gradient;
    }
    return trained;
}

/* Keys are asked for in the same order step after step: the search starts behind the last one found. */
static const uint32_t *find_key(axf_tape *tape, const char *scope, const char *name)
{
    for (int32_t i = 0; i < tape->key_count; i++) {
        const int32_t at = (tape->key_next + i) % tape->key_count;
        if (tape->keys[at].scope == scope && strcmp(tape->keys[at].name, name) == 0) {
            tape->key_next = at + 1;
            return tape->keys[at].key;
        }
    }
    if (tape->key_count == tape->key_capacity) {
        tape->key_capacity = tape->key_capacity > 0 ? 2 * tape->key_capacity : 64;
        tape->keys = axf_realloc(tape->keys, (size_t)tape->key_capacity * sizeof *tape->keys);
    }
    const axf_random_key key = axf_random_key_make(tape->settings.seed, scope, name);
    axf_key_entry *entry = &tape->keys[tape->key_count++];
    *entry = (axf_key_entry){scope, axf_arena_copy(&tape->texts, name), {key.k0, key.k1}};
    tape->key_next = tape->key_count;
    return entry->key;
}

axf_random axf_pass_random(const axf_pass *pass, const char *name)
{
    const axf_pass_record *record = (const axf_pass_record *)pass;
    const uint32_t *key = find_key(pass->tape, record->scope_text, name);
    return (axf_random){
        .key = {key[0], key[1]}, .step = (uint32_t)pass->step, .slots = pass->slots, .location = record->location};
}

void axf_tape_pause(axf_tape *tape, int32_t paused)
{
    tape->paused = paused;
}

int axf_tape_planning(const axf_tape *tape)
{
    return tape->planning;
}

const axf_rows *axf_tape_rows(axf_tape *tape, int32_t posts, const int32_t *offset)
{
    if (tape->status != AXF_OK) {
        return NULL;
    }
    if (posts < 0 || offset[0] != 0) {
        axf_tape_fail(tape, AXF_ERR_SHAPE, "rows of %d posts that begin at %d", (int)posts, (int)offset[0]);
        return NULL;
    }
    axf_rows *rows = axf_step_arena_alloc(&tape->arena, sizeof *rows);
    int32_t *copy = axf_step_arena_alloc(&tape->arena, ((size_t)posts + 1) * sizeof *copy);
    rows->struct_size = sizeof *rows;
    rows->posts = posts;
    for (int32_t i = 0; i < posts; i++) {
        copy[i + 1] = offset[i + 1];
        const int64_t length = (int64_t)offset[i + 1] - offset[i];
        if (length < 0) {
            axf_tape_fail(tape, AXF_ERR_SHAPE, "rows of post %d end at %d, before their begin at %d", (int)i,
                          (int)offset[i + 1], (int)offset[i]);
            return NULL;
        }
        rows->longest = length > rows->longest ? length : rows->longest;
    }
    rows->total = offset[posts];
    rows->offset = copy;
    rows->location = axf_tape_locate(tape, copy, (int64_t)posts + 1);
    return rows->location != NULL ? rows : NULL;
}

static axf_status upload_real(axf_tape *tape, void *to, const float *data, int64_t count)
{
    if (tape->real != AXF_F64) {
        return tape->backend->upload(tape->backend_self, to, data, (size_t)count * sizeof *data);
    }
    double *wide = axf_tape_scratch(tape, (size_t)count * sizeof *wide);
    for (int64_t i = 0; i < count; i++) {
        wide[i] = data[i];
    }
    return tape->backend->upload(tape->backend_self, to, wide, (size_t)count * sizeof *wide);
}

axf_tensor *axf_tape_input(axf_tape *tape, int32_t dtype, int32_t ndim, const int64_t *shape, const void *data,
                           const axf_rows *rows)
{
    if (tape->status != AXF_OK) {
        return NULL;
    }
    axf_layout layout = axf_layout_real(tape, ndim, shape);
    const int32_t real = dtype == AXF_F32;
    layout.dtype = real ? tape->real : dtype;
    layout.rows = rows;
    axf_value *value = axf_value_new(tape, "input", &layout);
    if (value == NULL) {
        return NULL;
    }
    if (rows != NULL && shape[0] < rows->total) {
        axf_tape_fail(tape, AXF_ERR_SHAPE, "input: %s has fewer rows than the %lld of its posts",
                      axf_tensor_text(&value->tensor).text, (long long)rows->total);
        return NULL;
    }
    const int64_t count = axf_tensor_elements(&value->tensor);
    if (tape->planning || count == 0) {
        return &value->tensor;
    }
    axf_status status;
    if (real) {
        status = upload_real(tape, value->tensor.data, data, count);
    } else {
        const size_t size = (size_t)count * axf_dtype_size(dtype);
        status = tape->backend->upload(tape->backend_self, value->tensor.data, data, size);
        if (dtype == AXF_I32) {
            value->host = memcpy(axf_step_arena_alloc(&tape->arena, size), data, size);
        }
    }
    if (status != AXF_OK) {
        axf_tape_failed(tape, status, "input");
        return NULL;
    }
    return &value->tensor;
}

static axf_status check_read(axf_tape *tape, const axf_tensor *tensor, int32_t dtype)
{
    if (tensor == NULL || tensor->data == NULL || tape->planning) {
        return axf_fail(AXF_ERR_INTERNAL, "a tensor that is to be read has no memory (any more)");
    }
    if (tensor->dtype != dtype) {
        return axf_fail(AXF_ERR_INTERNAL, "a tensor of dtype %d is to be read as %d", (int)tensor->dtype, (int)dtype);
    }
    return AXF_OK;
}

static axf_status download(axf_tape *tape, const axf_tensor *tensor, void *to)
{
    const size_t size = (size_t)axf_tensor_elements(tensor) * axf_dtype_size(tensor->dtype);
    return size > 0 ? tape->backend->download(tape->backend_self, to, tensor->data, size) : AXF_OK;
}

axf_status axf_tape_read(axf_tape *tape, const axf_tensor *tensor, float *values)
{
    AXF_TRY(check_read(tape, tensor, tape->real));
    if (tape->real == AXF_F32) {
        return download(tape, tensor, values);
    }
    const int64_t count = axf_tensor_elements(tensor);
    double *wide = axf_tape_scratch(tape, (size_t)count * sizeof *wide);
    AXF_TRY(download(tape, tensor, wide));
    for (int64_t i = 0; i < count; i++) {
        values[i] = (float)wide[i];
    }
    return AXF_OK;
}

axf_status axf_tape_read_double(axf_tape *tape, const axf_tensor *tensor, double *values)
{
    AXF_TRY(check_read(tape, tensor, tape->real));
    if (tape->real == AXF_F64) {
        return download(tape, tensor, values);
    }
    const int64_t count = axf_tensor_elements(tensor);
    float *narrow = axf_tape_scratch(tape, (size_t)count * sizeof *narrow);
    AXF_TRY(download(tape, tensor, narrow));
    for (int64_t i = 0; i < count; i++) {
        values[i] = narrow[i];
    }
    return AXF_OK;
}

axf_status axf_tape_read_index(axf_tape *tape, const axf_tensor *tensor, int32_t *values)
{
    AXF_TRY(check_read(tape, tensor, AXF_I32));
    return download(tape, tensor, values);
}

const int32_t *axf_tape_host_index(axf_tape *tape, const char *op, axf_tensor *tensor)
{
    axf_value *value = axf_tensor_value(tensor);
    if (value == NULL || tape->planning) {
        return NULL;
    }
    if (value->host == NULL) {
        int32_t *copy = axf_step_arena_alloc(&tape->arena, (size_t)axf_tensor_elements(tensor) * sizeof *copy);
        const axf_status status = axf_tape_read_index(tape, tensor, copy);
        if (status != AXF_OK) {
            axf_tape_failed(tape, status, op);
            return NULL;
        }
        value->host = copy;
    }
    return value->host;
}
