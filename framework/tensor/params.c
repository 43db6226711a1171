#include "tensor/params.h"

#include "core/error.h"
#include "core/philox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16384, TRIES = 64, ALIGNMENT = 64 };

typedef struct axf_slab {
    struct axf_slab *next;
    void *memory;
    size_t size;
} axf_slab;

void axf_params_init(axf_params *params, const axf_backend *backend, void *backend_self, int32_t real_dtype)
{
    *params = (axf_params){.backend = backend, .backend_self = backend_self, .real_dtype = real_dtype};
}

void axf_params_free(axf_params *params)
{
    for (int32_t i = 0; i < params->count; i++) {
        axf_param *param = params->items[i];
        if (param->gradient_size > 0) {
            params->backend->release(params->backend_self, param->gradient.data, param->gradient_size);
        }
        free(param->touched.slot);
        free(param->touched.ids);
    }
    for (axf_slab *slab = params->slabs; slab != NULL; slab = slab->next) {
        params->backend->release(params->backend_self, slab->memory, slab->size);
    }
    free(params->items);
    axf_arena_free(&params->arena);
    *params = (axf_params){0};
}

static size_t real_size(const axf_params *params)
{
    return params->real_dtype == AXF_F64 ? sizeof(double) : sizeof(float);
}

static axf_status check_shape(const axf_params *params, const char *name, const axf_parameter *spec)
{
    if (spec->ndim < 1 || spec->ndim > AXF_MAX_DIMS) {
        return axf_fail(AXF_ERR_SHAPE, "parameter %s: %d dimensions, there may be 1 to %d", name, (int)spec->ndim,
                        AXF_MAX_DIMS);
    }
    int64_t bytes = (int64_t)real_size(params);
    for (int32_t i = 0; i < spec->ndim; i++) {
        if (spec->shape[i] < 1 || __builtin_mul_overflow(bytes, spec->shape[i], &bytes) || bytes > INT64_MAX / 4) {
            return axf_fail(AXF_ERR_SHAPE, "parameter %s: dimension %d is %lld; it must be positive and fit memory",
                            name, (int)i, (long long)spec->shape[i]);
        }
    }
    if (spec->flags & AXF_PARAM_SPARSE && (spec->ndim != 2 || spec->shape[0] > INT32_MAX)) {
        return axf_fail(AXF_ERR_SHAPE, "parameter %s: a sparse one is a table [V, D] of at most 2^31 - 1 rows", name);
    }
    return AXF_OK;
}

static axf_status check_initial(const char *name, const axf_parameter *spec)
{
    const int known = spec->initial >= AXF_INIT_ZEROS && spec->initial <= AXF_INIT_UNIFORM;
    if (!known || !isfinite(spec->a) || !isfinite(spec->b)) {
        return axf_fail(AXF_ERR_PLUGIN, "parameter %s: no such first values (%d, a = %g, b = %g)", name,
                        (int)spec->initial, spec->a, spec->b);
    }
    if (spec->initial >= AXF_INIT_NORMAL && spec->a < 0) {
        return axf_fail(AXF_ERR_PLUGIN, "parameter %s: its first values have a width of %g", name, spec->a);
    }
    if (spec->initial == AXF_INIT_TRUNCATED && spec->b < spec->a / 2) {
        return axf_fail(AXF_ERR_PLUGIN, "parameter %s: a normal of sigma %g cut at %g; cut at half a sigma or further",
                        name, spec->a, spec->b);
    }
    return AXF_OK;
}

static void add_item(axf_params *params, axf_param *param)
{
    if (params->count == params->capacity) {
        params->capacity = params->capacity > 0 ? 2 * params->capacity : 64;
        params->items = axf_realloc(params->items, (size_t)params->capacity * sizeof *params->items);
    }
    params->items[params->count++] = param;
}

axf_status axf_params_add(axf_params *params, const char *prefix, const axf_parameter *spec, axf_param **result)
{
    if (spec == NULL || spec->name == NULL || spec->name[0] == '\0') {
        return axf_fail(AXF_ERR_PLUGIN, "a parameter of %s has no name", prefix != NULL ? prefix : "the model");
    }
    const char *name = prefix != NULL ? axf_arena_printf(&params->arena, "%s.%s", prefix, spec->name)
                                      : axf_arena_copy(&params->arena, spec->name);
    if (axf_params_find(params, name) != NULL) {
        return axf_fail(AXF_ERR_PLUGIN, "parameter %s is declared twice", name);
    }
    AXF_TRY(check_shape(params, name, spec));
    AXF_TRY(check_initial(name, spec));
    axf_param *param = axf_arena_alloc(&params->arena, sizeof *param);
    param->kind = AXF_HANDLE_PARAM;
    param->name = name;
    param->spec = *spec;
    param->spec.name = axf_arena_copy(&params->arena, spec->name);
    param->owner = params;
    param->trained = (spec->flags & AXF_PARAM_BUFFER) == 0;
    param->tensor = (axf_tensor){.struct_size = sizeof(axf_tensor), .dtype = params->real_dtype, .ndim = spec->ndim};
    for (int32_t i = 0; i < AXF_MAX_DIMS; i++) {
        param->tensor.shape[i] = i < spec->ndim ? spec->shape[i] : 1;
        param->spec.shape[i] = param->tensor.shape[i];
    }
    param->gradient = param->tensor;
    add_item(params, param);
    *result = param;
    return AXF_OK;
}

axf_param *axf_params_find(const axf_params *params, const char *name)
{
    for (int32_t i = 0; i < params->count; i++) {
        if (strcmp(params->items[i]->name, name) == 0) {
            return params->items[i];
        }
    }
    return NULL;
}

int64_t axf_param_elements(const axf_param *param)
{
    const int64_t *shape = param->tensor.shape;
    return shape[0] * shape[1] * shape[2] * shape[3];
}

static size_t aligned_bytes(const axf_param *param)
{
    const size_t bytes = (size_t)axf_param_elements(param) * real_size(param->owner);
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* After the values have found room: a table of a size out of a broken file is refused there, not here. */
static void allocate_slots(axf_param *param)
{
    if (param->spec.flags & AXF_PARAM_SPARSE && param->touched.slot == NULL) {
        const size_t rows = (size_t)param->spec.shape[0];
        param->touched.slot = axf_alloc(rows * sizeof(int32_t));
        memset(param->touched.slot, 0xff, rows * sizeof(int32_t));
    }
}

axf_status axf_params_allocate(axf_params *params)
{
    size_t size = 0;
    for (int32_t i = 0; i < params->count; i++) {
        const size_t bytes = params->items[i]->tensor.data == NULL ? aligned_bytes(params->items[i]) : 0;
        if (__builtin_add_overflow(size, bytes, &size)) {
            return axf_fail(AXF_ERR_MEMORY, "the parameters are too many for memory");
        }
    }
    if (size == 0) {
        return AXF_OK;
    }
    void *memory = NULL;
    if (params->backend->allocate(params->backend_self, size, &memory) != AXF_OK) {
        return axf_context(AXF_ERR_MEMORY, "%zu bytes of parameters", size);
    }
    axf_slab *slab = axf_arena_alloc(&params->arena, sizeof *slab);
    *slab = (axf_slab){.next = params->slabs, .memory = memory, .size = size};
    params->slabs = slab;
    params->bytes += size;
    size_t at = 0;
    for (int32_t i = 0; i < params->count; i++) {
        if (params->items[i]->tensor.data == NULL) {
            params->items[i]->tensor.data = (char *)memory + at;
            at += aligned_bytes(params->items[i]);
        }
        allocate_slots(params->items[i]);
    }
    return AXF_OK;
}

/* Elements from `first` on; converts to f64 where that is the real type. */
static axf_status write_part(axf_param *param, int64_t first, int64_t count, const float *values)
{
    const axf_params *params = param->owner;
    const size_t size = real_size(params);
    char *to = (char *)param->tensor.data + (size_t)first * size;
    if (params->real_dtype != AXF_F64) {
        return params->backend->upload(params->backend_self, to, values, (size_t)count * size);
    }
    double wide[CHUNK];
    for (int64_t i = 0; i < count; i++) {
        wide[i] = values[i];
    }
    return params->backend->upload(params->backend_self, to, wide, (size_t)count * size);
}

static axf_status check_memory(const axf_param *param)
{
    return param->tensor.data != NULL ? AXF_OK : axf_fail(AXF_ERR_INTERNAL, "%s has no memory yet", param->name);
}

static void tell_changed(axf_param *param)
{
    if (param->owner->backend->changed != NULL) {
        param->owner->backend->changed(param->owner->backend_self, &param->tensor);
    }
}

axf_status axf_param_set(axf_param *param, const float *values)
{
    AXF_TRY(check_memory(param));
    const int64_t total = axf_param_elements(param);
    for (int64_t first = 0; first < total; first += CHUNK) {
        const int64_t count = total - first < CHUNK ? total - first : CHUNK;
        AXF_TRY(write_part(param, first, count, values + first));
    }
    tell_changed(param);
    return AXF_OK;
}

axf_status axf_param_get(const axf_param *param, float *values)
{
    AXF_TRY(check_memory(param));
    const axf_params *params = param->owner;
    const int64_t total = axf_param_elements(param);
    if (params->real_dtype != AXF_F64) {
        return params->backend->download(params->backend_self, values, param->tensor.data,
                                         (size_t)total * sizeof(float));
    }
    double wide[CHUNK];
    for (int64_t first = 0; first < total; first += CHUNK) {
        const int64_t count = total - first < CHUNK ? total - first : CHUNK;
        AXF_TRY(params->backend->download(params->backend_self, wide, (const double *)param->tensor.data + first,
                                          (size_t)count * sizeof(double)));
        for (int64_t i = 0; i < count; i++) {
            values[first + i] = (float)wide[i];
        }
    }
    return AXF_OK;
}

/* Four elements of a normal with sigma 1 from one Philox block. */
static void normal_block(axf_random_key key, uint32_t block, uint32_t attempt, float out[4])
{
    uint32_t bits[4];
    axf_philox(bits, key, 0, 0, block, attempt);
    axf_random_normal_pair(bits[0], bits[1], out);
    axf_random_normal_pair(bits[2], bits[3], out + 2);
}

static void draw_block(const axf_parameter *spec, axf_random_key key, uint32_t block, float out[4])
{
    if (spec->initial == AXF_INIT_UNIFORM) {
        uint32_t bits[4];
        axf_philox(bits, key, 0, 0, block, 0);
        for (int lane = 0; lane < 4; lane++) {
            out[lane] = (float)(spec->a * (2.0 * axf_random_open(bits[lane]) - 1.0));
        }
        return;
    }
    normal_block(key, block, 0, out);
    for (int lane = 0; lane < 4; lane++) {
        out[lane] = (float)(spec->a * out[lane]);
    }
    for (uint32_t attempt = 1; spec->initial == AXF_INIT_TRUNCATED && attempt < TRIES; attempt++) {
        float again[4];
        normal_block(key, block, attempt, again);
        for (int lane = 0; lane < 4; lane++) {
            out[lane] = fabs((double)out[lane]) > spec->b ? (float)(spec->a * again[lane]) : out[lane];
        }
        if (fabs((double)out[0]) <= spec->b && fabs((double)out[1]) <= spec->b && fabs((double)out[2]) <= spec->b &&
            fabs((double)out[3]) <= spec->b) {
            break;
        }
    }
}

static float constant_value(const axf_parameter *spec)
{
    return spec->initial == AXF_INIT_ONES ? 1.0f : spec->initial == AXF_INIT_CONSTANT ? (float)spec->a : 0.0f;
}

axf_status axf_param_draw(axf_param *param, uint64_t seed)
{
    AXF_TRY(check_memory(param));
    const axf_random_key key = axf_random_key_make(seed, "init", param->name);
    const int64_t total = axf_param_elements(param);
    float values[CHUNK];
    for (int64_t first = 0; first < total; first += CHUNK) {
        const int64_t count = total - first < CHUNK ? total - first : CHUNK;
        for (int64_t i = 0; i < count; i += 4) { /* CHUNK is a multiple of 4: a block never straddles two chunks */
            if (param->spec.initial >= AXF_INIT_NORMAL) {
                draw_block(&param->spec, key, (uint32_t)((first + i) / 4), values + i);
            } else {
                const float value = constant_value(&param->spec);
                values[i] = values[i + 1] = values[i + 2] = values[i + 3] = value;
            }
        }
        AXF_TRY(write_part(param, first, count, values));
    }
    tell_changed(param);
    return AXF_OK;
}

void axf_params_begin_step(axf_params *params)
{
    for (int32_t i = 0; i < params->count; i++) {
        axf_param *param = params->items[i];
        axf_touched *touched = &param->touched;
        param->has_gradient = 0;
        for (int32_t k = 0; k < touched->count; k++) {
            touched->slot[touched->ids[k]] = -1;
        }
        touched->count = 0;
        touched->bound = 0;
    }
}
