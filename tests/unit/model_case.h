/* Golden values of models (tests/golden/models/README.md), and one component at a time on one backend. */
#ifndef AXF_TESTS_MODEL_CASE_H
#define AXF_TESTS_MODEL_CASE_H

#include "temp_folder.h"

#include "core/error.h"
#include "model/load_weights.h"
#include "spec/options.h"
#include "spec/yaml.h"
#include "tensor/param_values.h"
#include "tensor/passes.h"
#include "tensor/shape.h"
#include "tensor/tape.h"
#include "tensor/transfers.h"
#include "weights/safetensors.h"

#include <math.h>

#define GOLDEN AXF_SOURCE_DIR "/tests/golden/models/"

#define ck_ok(call)                                                                                                    \
    do {                                                                                                               \
        const axf_status ck_status_ = (call);                                                                          \
        ck_assert_msg(ck_status_ == AXF_OK, "%s: %s", #call, axf_error_message());                                     \
    } while (0)

/* ---- golden files ---- */

static inline axf_safetensors *golden_open(const char *name)
{
    axf_safetensors *file;
    ck_ok(axf_safetensors_open(name, &file));
    return file;
}

static inline const axf_stored *golden_entry(const axf_safetensors *file, const char *name)
{
    const axf_stored *entry = axf_safetensors_find(file, name);
    ck_assert_msg(entry != NULL, "%s: no tensor '%s'", axf_safetensors_file(file)->path, name);
    return entry;
}

static inline float *golden_entry_real(const axf_stored *entry)
{
    float *values = malloc((size_t)entry->count * sizeof *values + 1);
    ck_ok(axf_stored_read_f32(entry, values, entry->count));
    return values;
}

/* The caller frees. */
static inline float *golden_real(const axf_safetensors *file, const char *name)
{
    return golden_entry_real(golden_entry(file, name));
}

static inline int32_t *golden_index(const axf_safetensors *file, const char *name)
{
    const axf_stored *entry = golden_entry(file, name);
    ck_assert_int_eq(entry->dtype, AXF_STORED_I32);
    int32_t *values = malloc((size_t)entry->count * sizeof *values + 1);
    ck_ok(axf_stored_read_raw(entry, 0, values, (size_t)entry->count * sizeof *values));
    return values;
}

/* max|a - b| / max(max|b|, floor), leaving out elements where b is NaN. */
static inline double golden_error(const double *a, const float *b, int64_t count, double floor)
{
    double difference = 0, size = floor;
    for (int64_t i = 0; i < count; i++) {
        if (!isnan(b[i])) {
            const double here = fabs(a[i] - b[i]);
            difference = here > difference || isnan(here) ? here : difference;
            size = fabs((double)b[i]) > size ? fabs((double)b[i]) : size;
        }
    }
    return difference == 0 ? 0 : difference / size;
}

static inline void golden_close(const char *what, const double *a, const float *b, int64_t count, double floor,
                                double tolerance)
{
    const double error = golden_error(a, b, count, floor);
    ck_assert_msg(error <= tolerance, "%s differs by %g, more than %g", what, error, tolerance);
}

/* ---- a backend with the parameters of the component under test ---- */

typedef struct rig {
    const char *name;
    int32_t precision;
    double tolerance;
    axf_registry registry;
    axf_instance backend;
    axf_model model; /* its backend and params alone */
    axf_tape *tape;
    axf_arena arena;
} rig;

static const struct rig_kind {
    const char *backend;
    int32_t precision;
    double tolerance;
} rig_kinds[] = {
    {"reference", AXF_PRECISION_F64, 1e-5}, /* the stored values are float32 */
    {"reference", AXF_PRECISION_F32, 1e-4},
    {"cpu", AXF_PRECISION_F32, 1e-4},
};
enum { RIG_KINDS = 3 };

static inline axf_registered *rig_component(axf_registry *registry, const char *kind, const char *name)
{
    axf_registered *component = axf_registry_find(registry, kind, name);
    if (component == NULL) {
        char path[1024];
        snprintf(path, sizeof path, "%s/lib/auxfuse/%s.so", AXF_BUILD_DIR, name);
        ck_ok(axf_registry_add_file(registry, path));
        ck_ok(axf_registry_get(registry, kind, name, &component));
    }
    return component;
}

static inline int rig_has_backend(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/lib/auxfuse/%s.so", AXF_BUILD_DIR, name);
    return access(path, R_OK) == 0;
}

/* 0: this build has no such backend. The rig must not move. */
static inline int rig_open(rig *r, int kind)
{
    *r = (rig){.name = rig_kinds[kind].backend,
               .precision = rig_kinds[kind].precision,
               .tolerance = rig_kinds[kind].tolerance};
    if (!rig_has_backend(r->name)) {
        return 0;
    }
    ck_ok(axf_instance_init(&r->backend, rig_component(&r->registry, AXF_KIND_BACKEND, r->name), "backend", 0));
    const axf_options *table = r->backend.component->component.options;
    const axf_options_context context = {.owner = "backend"};
    if (table != NULL) {
        ck_ok(axf_options_parse(table, NULL, &r->backend.arena, r->backend.options, &context));
    }
    r->model.backend = r->backend.vtable;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = r->precision, .threads = 2};
    ck_ok(r->model.backend->create(&r->backend.host, r->backend.options, &request, &r->model.backend_self));
    axf_params_init(&r->model.params, r->model.backend, r->model.backend_self,
                    r->precision == AXF_PRECISION_F64 ? AXF_F64 : AXF_F32);
    return 1;
}

/* The component with its options as YAML ("" for the defaults), about to declare. */
static inline void rig_instance(rig *r, axf_instance *instance, const char *kind, const char *name, const char *options)
{
    ck_ok(axf_instance_init(instance, rig_component(&r->registry, kind, name), name, 7));
    const axf_options *table = instance->component->component.options;
    const axf_options_context context = {.owner = name};
    const axf_node *map = NULL;
    if (options[0] != '\0') {
        axf_source *source = axf_arena_alloc(&r->arena, sizeof *source);
        *source = (axf_source){.name = "options", .folder = "/", .text = options, .length = strlen(options)};
        ck_ok(axf_yaml_parse(&r->arena, source, &map));
    }
    if (table != NULL) {
        ck_ok(axf_options_parse(table, map, &instance->arena, instance->options, &context));
    }
    instance->params = &r->model.params;
}

/* A golden tensor as a parameter [rows, columns], so that it gets a gradient. */
static inline axf_param *rig_input(rig *r, const axf_safetensors *file, const char *name, int64_t rows, int64_t columns)
{
    const axf_parameter spec = {
        .struct_size = sizeof spec, .name = name, .ndim = 2, .shape = {rows, columns}, .initial = AXF_INIT_ZEROS};
    axf_param *param;
    ck_assert_int_eq(golden_entry(file, name)->count, rows * columns);
    ck_ok(axf_params_add(&r->model.params, NULL, &spec, &param));
    return param;
}

static inline void rig_set(axf_param *param, const axf_stored *entry)
{
    ck_assert_int_eq(entry->count, axf_param_elements(param));
    float *values = golden_entry_real(entry);
    ck_ok(axf_param_set(param, values));
    free(values);
}

/* Allocates, sets "input.*" and every parameter that the file has under "initial.NAME", and makes the tape. */
static inline void rig_ready(rig *r, const axf_safetensors *file)
{
    ck_ok(axf_params_allocate(&r->model.params));
    for (int32_t i = 0; i < r->model.params.count; i++) {
        axf_param *param = r->model.params.items[i];
        char name[256];
        snprintf(name, sizeof name, "initial.%s", param->spec.name);
        const axf_stored *entry = axf_safetensors_find(file, param->name);
        entry = entry != NULL ? entry : axf_safetensors_find(file, name);
        if (entry != NULL) {
            rig_set(param, entry);
        }
        param->trained = !(param->spec.flags & AXF_PARAM_BUFFER);
        param->tensor.wants_gradient = param->trained;
    }
    const axf_tape_settings settings = {.seed = 7, .keep_gradients = 1};
    ck_ok(axf_tape_new(r->model.backend, r->model.backend_self, &r->model.params, &settings, &r->tape));
}

static inline const axf_pass *rig_begin(rig *r, const char *component, int training, uint32_t wanted, int32_t posts)
{
    axf_params_begin_step(&r->model.params);
    axf_tape_begin(r->tape, 1, 0);
    const axf_pass_settings settings = {component, training, AXF_PASS_FIRST, wanted, posts, NULL, 0, 1};
    return axf_tape_pass(r->tape, &settings);
}

static inline void rig_close(rig *r, axf_instance *instance)
{
    axf_tape_free(r->tape);
    axf_params_free(&r->model.params);
    r->model.backend->destroy(r->model.backend_self);
    if (instance != NULL) {
        axf_instance_free(instance);
    }
    axf_instance_free(&r->backend);
    axf_arena_free(&r->arena);
    axf_registry_free(&r->registry);
}

/* ---- comparing ---- */

/* Gradient of the step as doubles, zeros where there is none; the caller frees. */
static inline double *rig_gradient(axf_tape *tape, const axf_param *param)
{
    const int64_t count = axf_param_elements(param), width = param->tensor.shape[1];
    double *gradient = calloc((size_t)count, sizeof *gradient);
    if (!param->has_gradient) {
        return gradient;
    }
    if (!(param->spec.flags & AXF_PARAM_SPARSE)) {
        ck_ok(axf_tape_read_double(tape, &param->gradient, gradient));
        return gradient;
    }
    double *rows = calloc((size_t)axf_tensor_elements(&param->gradient) + 1, sizeof *rows);
    ck_ok(axf_tape_read_double(tape, &param->gradient, rows));
    for (int32_t i = 0; i < param->touched.count; i++) {
        memcpy(gradient + param->touched.ids[i] * width, rows + i * width, (size_t)width * sizeof *rows);
    }
    free(rows);
    return gradient;
}

/* A result, rows of padding left out, against a golden tensor. */
static inline void rig_check(rig *r, const char *what, const axf_tensor *tensor, const axf_safetensors *file)
{
    ck_ok(axf_tape_status(r->tape));
    ck_assert_msg(tensor != NULL, "%s is missing", what);
    const axf_stored *entry = golden_entry(file, what);
    ck_assert_int_ge(axf_tensor_elements(tensor), entry->count);
    double *got = calloc((size_t)axf_tensor_elements(tensor), sizeof *got);
    ck_ok(axf_tape_read_double(r->tape, tensor, got));
    float *want = golden_entry_real(entry);
    golden_close(what, got, want, entry->count, 0, r->tolerance);
    free(got);
    free(want);
}

static inline double golden_largest(const axf_safetensors *file, const char *prefix)
{
    double largest = 0;
    for (size_t i = 0; i < axf_safetensors_count(file); i++) {
        const axf_stored *entry = axf_safetensors_entry_at(file, i);
        if (strncmp(entry->name, prefix, strlen(prefix)) == 0) {
            float *values = golden_entry_real(entry);
            for (int64_t k = 0; k < entry->count; k++) {
                largest = fabs((double)values[k]) > largest ? fabs((double)values[k]) : largest;
            }
            free(values);
        }
    }
    return largest;
}

/* Every gradient of the file against the parameters', and none where the file has none.
 *
 * The gradient of a key's bias is zero but for rounding, in the file too, so a small tensor is measured by G, the
 * largest gradient of the model: by 1e-3 G, or by as much more as makes two roundings of a float32 number of the size
 * of G just pass. Which sums round so depends on the processor's vectors. */
static inline void rig_check_gradients(rig *r, const axf_safetensors *file)
{
    const double floor = fmax(1e-3, 2 * 0x1p-23 / r->tolerance) * golden_largest(file, "grad");
    int compared = 0;
    ck_assert(floor > 0);
    for (int32_t i = 0; i < r->model.params.count; i++) {
        axf_param *param = r->model.params.items[i];
        const int input = strncmp(param->name, "input.", 6) == 0;
        char name[256];
        snprintf(name, sizeof name, "%s.%s", input ? "grad_input" : "grad", param->spec.name + (input ? 6 : 0));
        const axf_stored *entry = axf_safetensors_find(file, name);
        if (entry == NULL) {
            ck_assert_msg(!param->has_gradient, "%s has a gradient, the reference gives none", param->name);
            continue;
        }
        ck_assert_int_eq(entry->count, axf_param_elements(param));
        double *got = rig_gradient(r->tape, param);
        float *want = golden_entry_real(entry);
        golden_close(name, got, want, entry->count, floor, r->tolerance);
        free(got);
        free(want);
        compared++;
    }
    size_t due = 0;
    for (size_t i = 0; i < axf_safetensors_count(file); i++) {
        due += strncmp(axf_safetensors_entry_at(file, i)->name, "grad", 4) == 0;
    }
    ck_assert_int_eq(compared, due);
}

#endif
