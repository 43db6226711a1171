#include "tensor/params.h"

#include "core/error.h"
#include "tensor/shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

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
        free(param->touched.place_of_row);
        free(param->touched.ids);
    }
    for (axf_slab *slab = params->slabs; slab != NULL; slab = slab->next) {
        params->backend->release(params->backend_self, slab->memory, slab->size);
    }
    free(params->items);
    axf_arena_free(&params->arena);
    *params = (axf_params){0};
}

static axf_status check_shape(const axf_params *params, const char *name, const axf_parameter *spec)
{
    if (spec->ndim < 1 || spec->ndim > AXF_MAX_DIMS) {
        return axf_fail(AXF_ERR_SHAPE, "parameter %s: %d dimensions, there may be 1 to %d", name, (int)spec->ndim,
                        AXF_MAX_DIMS);
    }
    int64_t bytes = (int64_t)axf_dtype_size(params->real_dtype);
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
    const size_t bytes = (size_t)axf_param_elements(param) * axf_dtype_size(param->owner->real_dtype);
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Called after the values have got memory, so that a table whose size comes from a broken file has been refused by
 * then. */
static void allocate_places(axf_param *param)
{
    if (param->spec.flags & AXF_PARAM_SPARSE && param->touched.place_of_row == NULL) {
        const size_t rows = (size_t)param->spec.shape[0];
        param->touched.ids = axf_alloc(rows * sizeof(int32_t));
        param->touched.place_of_row = axf_alloc(rows * sizeof(int32_t));
        memset(param->touched.place_of_row, 0xff, rows * sizeof(int32_t));
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
        allocate_places(params->items[i]);
    }
    return AXF_OK;
}

void axf_params_begin_step(axf_params *params)
{
    for (int32_t i = 0; i < params->count; i++) {
        axf_param *param = params->items[i];
        axf_touched *touched = &param->touched;
        param->has_gradient = 0;
        for (int32_t k = 0; k < touched->count; k++) {
            touched->place_of_row[touched->ids[k]] = -1;
        }
        touched->count = 0;
        touched->bound = 0;
    }
}
