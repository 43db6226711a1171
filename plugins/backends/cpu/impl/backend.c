/* Backend `cpu`: the vtable, memory, precision, profile and peak. */
#include "backends/cpu/impl/cpu.h"
#include "backends/cpu/impl/dispatch.h"
#include "backends/cpu/impl/kernels.h"
#include "common/backend/ops.h"
#include "common/backend/tensors.h"

#include <dnnl.h>

#ifdef _OPENMP
#include <omp.h>
#else
/* Also where this file is built without OpenMP, oneDNN may use it, and must be told the number of threads. */
extern void omp_set_num_threads(int threads) __attribute__((weak));
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const axf_backend vtable;

static const axf_component components[] = {{
    .struct_size = sizeof(axf_component),
    .kind = AXF_KIND_BACKEND,
    .name = "cpu",
    .version = "2",
    .summary = "oneDNN and vector loops on the cores of this machine, f32 or bf16 products",
    .vtable_size = sizeof(axf_backend),
    .vtable = &vtable,
}};

AXF_PLUGIN(cpu, "2", "MIT", components)

static const char BACKEND[] = "cpu";

static int32_t score(const axf_host *host)
{
    (void)host;
    return 10;
}

/* "model name" of /proc/cpuinfo. It is part of the backend's name, on which cached features depend. */
static void read_cpu_model(char *model, size_t size)
{
    snprintf(model, size, "unknown CPU");
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (colon != NULL && strncmp(line, "model name", 10) == 0) {
            snprintf(model, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* OpenMP remembers the number of threads for each calling thread, so each call of the host sets it again. */
static void use_threads(const axf_cpu *self)
{
#ifdef _OPENMP
    if (omp_get_max_threads() != self->threads) {
        omp_set_num_threads(self->threads);
    }
#else
    if (omp_set_num_threads != NULL) {
        omp_set_num_threads(self->threads);
    }
#endif
}

static axf_status create(const axf_host *host, const void *options, const axf_backend_request *request, void **self)
{
    (void)options;
    const int32_t precision = request->precision;
    if (precision != AXF_PRECISION_F32 && precision != AXF_PRECISION_BF16) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "backend cpu: precision %d is not known; it computes in f32 and bf16", precision);
    }
    char model[96];
    read_cpu_model(model, sizeof model);
    if (precision == AXF_PRECISION_BF16 && !axf_cpu_has_bf16()) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "backend cpu: %s has no bf16 products (AVX-512 BF16), and they are not emulated: choose "
                          "precision f32",
                          model);
    }
    axf_cpu *made = host->allocate(host, sizeof *made);
    *made = (axf_cpu){.host = host, .hot = axf_cpu_hot_choose(), .precision = precision};
    for (int i = 0; i < AXF_CPU_SCRATCHES; i++) {
        made->scratch[i] = (axf_scratch){.host = host, .backend = BACKEND};
    }
    made->copies = (axf_cpu_copies){.hot = made->hot, .rounded_input = made->scratch[0]};
    made->maps = (axf_cpu_maps){.host = host, .turned = {.host = host, .backend = BACKEND}};
    made->threads = request->threads > 0 ? request->threads : 1;
    snprintf(made->name, sizeof made->name, "oneDNN %d.%d.%d, %s, %s products, %s", dnnl_version()->major,
             dnnl_version()->minor, dnnl_version()->patch, axf_cpu_hot_name(),
             precision == AXF_PRECISION_BF16 ? "bf16" : "f32", model);
    use_threads(made);
    made->dnnl = axf_dnnl_open(host);
    if (made->dnnl == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "backend cpu: oneDNN does not start (no memory?)");
    }
    *self = made;
    return AXF_OK;
}

static void destroy(void *self)
{
    axf_cpu *cpu = self;
    axf_dnnl_close(cpu->dnnl);
    axf_cpu_copies_free(&cpu->copies);
    axf_cpu_maps_free(&cpu->maps);
    for (int i = 0; i < AXF_CPU_SCRATCHES; i++) {
        axf_scratch_free(&cpu->scratch[i]);
    }
    free(cpu->profile);
    memset(cpu, 0, sizeof *cpu);
}

static const char *name(void *self)
{
    return ((const axf_cpu *)self)->name;
}

static axf_status allocate(void *self, size_t size, void **memory)
{
    return axf_host_memory_allocate(((const axf_cpu *)self)->host, BACKEND, size, memory);
}

static void release(void *self, void *memory, size_t size)
{
    axf_cpu *cpu = self;
    axf_cpu_copies_written(&cpu->copies, memory, size, 1);
    axf_cpu_maps_forget(&cpu->maps, memory, size);
    free(memory);
}

static axf_status copy(void *self, void *to, const void *from, size_t size)
{
    axf_cpu *cpu = self;
    AXF_TRY(axf_cpu_maps_order(&cpu->maps, from, size));
    axf_cpu_maps_forget(&cpu->maps, to, size);
    axf_cpu_copies_written(&cpu->copies, to, size, 0);
    if (size > 0) {
        memmove(to, from, size);
    }
    return AXF_OK;
}

static axf_status download(void *self, void *to, const void *from, size_t size)
{
    axf_cpu *cpu = self;
    AXF_TRY(axf_cpu_maps_order(&cpu->maps, from, size));
    if (size > 0) {
        memmove(to, from, size);
    }
    return AXF_OK;
}

static axf_status zero(void *self, void *memory, size_t size)
{
    axf_cpu *cpu = self;
    axf_cpu_copies_written(&cpu->copies, memory, size, 0);
    axf_cpu_maps_forget(&cpu->maps, memory, size);
    if (size > 0) {
        memset(memory, 0, size);
    }
    return AXF_OK;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The number of multiplications and additions in the products of a call; 0 for ops without products. */
static double flops_of(const axf_call *call, int backward)
{
    const axf_tensor *y = backward ? call->grad_out : call->out;
    double one = 0;
    int gradients = 0;
    if (call->op == AXF_OP_LINEAR || call->op == AXF_OP_CONV2D) {
        one = 2.0 * (double)element_count(y) * (double)element_count(call->in[1]) / (double)call->in[1]->shape[0];
        gradients = (call->grad_in[0] != NULL) + (call->grad_in[1] != NULL);
    } else if (call->op == AXF_OP_MATMUL) {
        const axf_tensor *a = call->in[0];
        one = 2.0 * (double)element_count(y) * (double)a->shape[a->ndim - (call->i[0] ? 2 : 1)];
        gradients = (call->grad_in[0] != NULL) + (call->grad_in[1] != NULL);
    } else if (call->op == AXF_OP_ATTENTION) {
        for (int32_t b = 0; b < post_count(call->in[0]); b++) {
            one += 2.0 * (double)rows_of_post(call->in[0], b).count * (double)rows_of_post(call->in[1], b).count *
                   (double)(column_count(call->in[0]) + column_count(call->in[2]));
        }
        gradients = 2; /* it computes the scores again, and one product for each gradient */
    }
    return backward ? one * gradients : one;
}

static axf_status run(axf_cpu *self, const axf_call *call, int backward)
{
    const axf_cpu_kernel *kernel = &axf_cpu_kernels[call->op];
    const axf_cpu_function function = backward ? kernel->backward : kernel->forward;
    use_threads(self);
    if (call->op != AXF_OP_LINEAR) {
        axf_cpu_copies_new_input(&self->copies);
    }
    AXF_TRY(axf_cpu_maps_prepare(&self->maps, call, backward));
    if (!self->profiling) {
        return function(self, call);
    }
    const double start = now();
    const axf_status status = function(self, call);
    axf_profile_entry *entry = &self->profile[2 * call->op + backward];
    entry->seconds += now() - start;
    entry->flops += flops_of(call, backward);
    entry->calls++;
    return status;
}

static axf_status forward(void *self, const axf_call *call)
{
    const axf_host *host = ((const axf_cpu *)self)->host;
    if (!axf_all_ops_supports(self, call->op)) {
        return host->fail(host, AXF_ERR_UNSUPPORTED, "backend cpu: no op has number %d", call->op);
    }
    return run(self, call, 0);
}

static axf_status backward(void *self, const axf_call *call)
{
    const axf_host *host = ((const axf_cpu *)self)->host;
    if (!axf_all_ops_supports(self, call->op) || axf_cpu_kernels[call->op].backward == NULL) {
        return host->fail(host, AXF_ERR_UNSUPPORTED, "backend cpu: %s has no gradient", axf_op_name(call->op));
    }
    return run(self, call, 1);
}

static void changed(void *self, const axf_tensor *parameter)
{
    axf_cpu *cpu = self;
    if (cpu->precision == AXF_PRECISION_BF16 && parameter->dtype == AXF_F32 && parameter->data != NULL) {
        axf_cpu_copies_new_input(&cpu->copies);
        axf_cpu_copies_changed(&cpu->copies, parameter->data, element_count(parameter));
    }
}

/* Measures the fastest of many products of 640³. Such a product is long enough to reach the peak, and short enough that
 * one of them runs while the machine does nothing else. */
static axf_status peak(void *self, double *flops_per_second)
{
    enum { SIDE = 640, TIMES = 60 };
    axf_cpu *cpu = self;
    const int bf16 = cpu->precision == AXF_PRECISION_BF16;
    const size_t elements = (size_t)SIDE * SIDE;
    const axf_dnnl_matmul what = {
        .batch = 1, .m = SIDE, .n = SIDE, .k = SIDE, .transpose_b = 1, .bf16 = bf16, .scale = 1};
    float *memory = axf_host_memory(3 * elements * sizeof *memory);
    if (memory == NULL) {
        return cpu->host->fail(cpu->host, AXF_ERR_MEMORY, "backend cpu: no memory to measure the peak");
    }
    memset(memory, 0, 3 * elements * sizeof *memory);
    use_threads(cpu);
    axf_status status = AXF_OK;
    double best = 0;
    for (int i = 0; i < TIMES && status == AXF_OK; i++) {
        const double start = now();
        status = axf_dnnl_run_matmul(cpu->dnnl, &what, memory, memory + elements, NULL, memory + 2 * elements);
        const double rate = 2.0 * SIDE * SIDE * SIDE / (now() - start);
        best = rate > best ? rate : best;
    }
    free(memory);
    *flops_per_second = best;
    return status;
}

/* Makes the names of the profile's entries, once. */
static const char *profile_name(int32_t op, int backward)
{
    static const char *const backwards[AXF_OP_COUNT] = {"no op/backward",
#define BACKWARD_NAME(op_name, inputs, kept) #op_name "/backward",
                                                        AXF_OP_LIST(BACKWARD_NAME)
#undef BACKWARD_NAME
    };
    return backward ? backwards[op] : axf_op_name(op);
}

static axf_status profile(void *self, int32_t on, const axf_profile_entry **entries, int32_t *count)
{
    axf_cpu *cpu = self;
    if (cpu->profile == NULL) {
        cpu->profile = calloc(2 * AXF_OP_COUNT, sizeof *cpu->profile);
        if (cpu->profile == NULL) {
            return cpu->host->fail(cpu->host, AXF_ERR_MEMORY, "backend cpu: no memory for a profile");
        }
    }
    if (on) {
        for (int32_t i = 0; i < 2 * AXF_OP_COUNT; i++) {
            cpu->profile[i] = (axf_profile_entry){.name = profile_name(i / 2, i % 2)};
        }
    }
    cpu->profiling = on != 0;
    if (entries != NULL) {
        *entries = cpu->profile;
    }
    if (count != NULL) {
        *count = 2 * AXF_OP_COUNT;
    }
    return AXF_OK;
}

static const axf_backend vtable = {
    .struct_size = sizeof(axf_backend),
    .score = score,
    .create = create,
    .destroy = destroy,
    .name = name,
    .allocate = allocate,
    .release = release,
    .upload = copy,
    .download = download,
    .copy = copy,
    .zero = zero,
    .host_memory = 1,
    .forward = forward,
    .backward = backward,
    .supports = axf_all_ops_supports,
    .synchronize = axf_at_once_synchronize,
    .changed = changed,
    .peak = peak,
    .profile = profile,
};
