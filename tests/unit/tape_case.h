/* A tape over the reference backend for tests: allocations counted, gradients noted by the hook. */
#ifndef AXF_TESTS_TAPE_CASE_H
#define AXF_TESTS_TAPE_CASE_H

#include "auxfuse/ops.h"
#include "core/error.h"
#include "tensor/first_values.h"
#include "tensor/shape.h"
#include "tensor/tape.h"
#include "tensor/transfers.h"

#include <check.h>
#include <dlfcn.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PARAMS = 32 };

typedef struct noted {
    char name[32];
    int calls, rows, columns; /* of the hook; shape of the gradient when it was called */
    int32_t ids[64];          /* of a sparse one */
    double *values;
} noted;

typedef struct rig {
    axf_backend backend; /* the plugin's, but for allocate and release */
    void *self;
    axf_params params;
    axf_tape *tape;
    noted gradients[MOST_PARAMS]; /* in order of the first call of the hook */
    int count;
} rig;

static axf_backend plugin_backend;
static int backend_allocations, backend_releases;
static int backend_failure; /* this many allocations and kernels more succeed, -1: all */

static int counting_mallocs; /* 1: assertions, which call malloc even where they hold, are left out */

static inline int fails_now(void)
{
    return backend_failure >= 0 && backend_failure-- == 0;
}

static inline axf_status counted_allocate(void *self, size_t size, void **memory)
{
    backend_allocations++;
    if (fails_now()) {
        return axf_fail(AXF_ERR_MEMORY, "no memory for the test");
    }
    const axf_status status = plugin_backend.allocate(self, size, memory);
    if (status == AXF_OK) {
        memset(*memory, 0xff, size); /* NaN: what is read before it is written shows */
    }
    return status;
}

static inline void counted_release(void *self, void *memory, size_t size)
{
    backend_releases++;
    plugin_backend.release(self, memory, size);
}

static inline axf_status failing_forward(void *self, const axf_call *call)
{
    return fails_now() ? axf_fail(AXF_ERR_INTERNAL, "no forward for the test") : plugin_backend.forward(self, call);
}

/* The backends' contract: what a kernel writes shares no memory with anything else it is given. */
static inline void check_apart(const axf_call *call)
{
    for (int32_t i = 0; i < call->inputs; i++) {
        const void *written = call->grad_in[i] != NULL ? call->grad_in[i]->data : NULL;
        ck_assert(written == NULL || written != call->grad_out->data);
        for (int32_t k = 0; written != NULL && k < call->inputs; k++) {
            ck_assert(k == i || call->grad_in[k] == NULL || call->grad_in[k]->data != written);
            ck_assert(call->in[k] == NULL || call->in[k]->data != written);
        }
    }
}

static inline axf_status failing_backward(void *self, const axf_call *call)
{
    if (counting_mallocs == 0) {
        check_apart(call);
    }
    return fails_now() ? axf_fail(AXF_ERR_INTERNAL, "no backward for the test") : plugin_backend.backward(self, call);
}

static inline axf_status host_fail(const axf_host *host, axf_status status, const char *format, ...)
{
    (void)host;
    va_list arguments;
    va_start(arguments, format);
    axf_fail_v(status, format, arguments);
    va_end(arguments);
    return status;
}

static axf_arena host_arena;

static inline void *host_allocate(const axf_host *host, size_t size)
{
    (void)host;
    return axf_arena_alloc(&host_arena, size);
}

static inline void host_log(const axf_host *host, int32_t level, const char *format, ...)
{
    (void)host, (void)level, (void)format;
}

static const axf_host test_host = {
    .struct_size = sizeof(axf_host), .fail = host_fail, .log = host_log, .allocate = host_allocate};

static inline void load_backend(void)
{
    if (plugin_backend.struct_size > 0) {
        return;
    }
    void *file = dlopen(AXF_BUILD_DIR "/lib/auxfuse/reference.so", RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(file != NULL, "%s", dlerror());
    axf_plugin_entry_function entry;
    *(void **)&entry = dlsym(file, "axf_plugin_entry");
    ck_assert_ptr_nonnull(entry);
    plugin_backend = *(const axf_backend *)entry()->first->vtable;
}

static inline void rig_open(rig *r, int32_t precision, int32_t keep_gradients)
{
    load_backend();
    backend_failure = -1;
    *r = (rig){.backend = plugin_backend};
    r->backend.allocate = counted_allocate;
    r->backend.release = counted_release;
    r->backend.forward = failing_forward;
    r->backend.backward = failing_backward;
    const axf_backend_request request = {.struct_size = sizeof request, .precision = precision, .threads = 1};
    ck_assert_int_eq(r->backend.create(&test_host, NULL, &request, &r->self), AXF_OK);
    axf_params_init(&r->params, &r->backend, r->self, precision == AXF_PRECISION_F64 ? AXF_F64 : AXF_F32);
    const axf_tape_settings settings = {.seed = 40, .keep_gradients = keep_gradients};
    ck_assert_int_eq(axf_tape_new(&r->backend, r->self, &r->params, &settings, &r->tape), AXF_OK);
}

static inline void rig_forget(rig *r)
{
    for (int i = 0; i < r->count; i++) {
        free(r->gradients[i].values);
    }
    memset(r->gradients, 0, sizeof r->gradients);
    r->count = 0;
}

static inline void rig_close(rig *r)
{
    rig_forget(r);
    axf_tape_free(r->tape);
    axf_params_free(&r->params);
    r->backend.destroy(r->self);
    axf_arena_free(&host_arena);
}

static inline axf_tensor *add_param(rig *r, const char *name, uint32_t flags, int64_t rows, int64_t columns)
{
    const axf_parameter spec = {.struct_size = sizeof spec,
                                .name = name,
                                .ndim = columns > 0 ? 2 : 1,
                                .shape = {rows, columns},
                                .initial = AXF_INIT_NORMAL,
                                .a = 0.5,
                                .flags = flags};
    axf_param *param = NULL;
    ck_assert_msg(axf_params_add(&r->params, NULL, &spec, &param) == AXF_OK, "%s", axf_error_message());
    return &param->tensor;
}

static inline void rig_draw(rig *r)
{
    ck_assert_int_eq(axf_params_allocate(&r->params), AXF_OK);
    for (int32_t i = 0; i < r->params.count; i++) {
        ck_assert_int_eq(axf_param_draw(r->params.items[i], 7), AXF_OK);
    }
}

static inline noted *find_gradient(rig *r, const char *name)
{
    for (int i = 0; i < r->count; i++) {
        if (strcmp(r->gradients[i].name, name) == 0) {
            return &r->gradients[i];
        }
    }
    return NULL;
}

/* Copies the gradient as double; the last call's values stay. */
static inline axf_status note_gradient(void *context, axf_param *param)
{
    rig *r = context;
    noted *note = find_gradient(r, param->name);
    if (note == NULL) {
        note = &r->gradients[r->count++];
        snprintf(note->name, sizeof note->name, "%s", param->name);
    }
    note->calls++;
    ck_assert_int_eq(param->uses, 0);
    ck_assert_int_eq(param->has_gradient, 1);
    const int64_t count = axf_tensor_elements(&param->gradient);
    note->rows = (int)param->gradient.shape[0];
    note->columns = (int)param->gradient.shape[1];
    if (param->spec.flags & AXF_PARAM_SPARSE) {
        note->rows = param->touched.count;
        memcpy(note->ids, param->touched.ids, (size_t)note->rows * sizeof *note->ids);
    }
    note->values = realloc(note->values, (size_t)count * sizeof *note->values);
    for (int64_t i = 0; i < count; i++) {
        note->values[i] = param->gradient.dtype == AXF_F64 ? ((const double *)param->gradient.data)[i]
                                                           : ((const float *)param->gradient.data)[i];
    }
    return AXF_OK;
}

static inline double read_scalar(rig *r, const axf_tensor *tensor)
{
    double value = NAN;
    ck_assert_msg(axf_tape_status(r->tape) == AXF_OK, "%s", axf_error_message());
    ck_assert_msg(axf_tape_read_double(r->tape, tensor, &value) == AXF_OK, "%s", axf_error_message());
    return value;
}

/* Element i of a parameter's gradient as noted, whichever form it has. */
static inline double dense_gradient(const noted *note, const axf_param *param, int64_t i)
{
    if (!(param->spec.flags & AXF_PARAM_SPARSE)) {
        return note->values[i];
    }
    const int64_t width = param->tensor.shape[1];
    for (int k = 0; k < note->rows; k++) {
        if (note->ids[k] == i / width) {
            return note->values[k * width + i % width];
        }
    }
    return 0;
}

/* The loss of a forward pass with the parameters as they are. */
typedef double (*loss_function)(void *context);

/* Fourth-order central difference of the loss by one number in memory. */
static inline double difference(double *at, loss_function loss, void *context)
{
    static const double steps[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
    const double value = *at, h = 1e-5; /* small: relu and max have corners */
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        *at = value + steps[i] * h;
        sum += weights[i] * loss(context);
    }
    *at = value;
    return sum / (12 * h);
}

/* Every element of every trained parameter (f64) against the gradients noted by one step. */
static inline void check_noted_gradients(rig *r, loss_function loss, void *context)
{
    for (int32_t p = 0; p < r->params.count; p++) {
        axf_param *param = r->params.items[p];
        if (!param->trained) {
            continue;
        }
        const noted *note = find_gradient(r, param->name);
        ck_assert_msg(note != NULL && note->calls == 1, "%s: hook", param->name);
        for (int64_t i = 0; i < axf_param_elements(param); i++) {
            const double expected = difference((double *)param->tensor.data + i, loss, context);
            const double got = dense_gradient(note, param, i);
            ck_assert_msg(fabs(got - expected) <= 1e-6 * fmax(1, fabs(expected)), "%s[%lld]: %.12g, difference %.12g",
                          param->name, (long long)i, got, expected);
        }
    }
}

#endif
