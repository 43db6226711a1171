/* Backend `reference`: plain loops in portable C on one thread. Other backends are tested against its results. Sums are
 * taken in double in a fixed order. F64 is for tests. BF16 rounds the inputs of matrix products and convolutions to
 * bf16, as backends do that compute with bf16 in hardware. */
#include "backends/reference/kernels_f32.h"
#include "backends/reference/kernels_f64.h"
#include "common/backend/ops.h"

#include <stdlib.h>
#include <string.h>

static const axf_backend vtable;

static const axf_component components[] = {{
    .struct_size = sizeof(axf_component),
    .kind = AXF_KIND_BACKEND,
    .name = "reference",
    .version = "1",
    .summary = "plain loops in portable C: slow, exact, needs nothing",
    .vtable_size = sizeof(axf_backend),
    .vtable = &vtable,
}};

AXF_PLUGIN(reference, "1", "MIT", components)

static const char BACKEND[] = "reference";

static int32_t score(const axf_host *host)
{
    (void)host;
    return 1;
}

static axf_status create(const axf_host *host, const void *options, const axf_backend_request *request, void **self)
{
    (void)options;
    const int32_t precision = request->precision;
    if (precision != AXF_PRECISION_F32 && precision != AXF_PRECISION_BF16 && precision != AXF_PRECISION_F64) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "backend reference: precision %d is not known; it computes in f32, bf16 and f64", precision);
    }
    axf_reference *made = host->allocate(host, sizeof *made);
    made->host = host;
    made->scratch = (axf_scratch){.host = host, .backend = BACKEND};
    made->precision = precision;
    made->kernels = precision == AXF_PRECISION_F64 ? axf_reference_f64 : axf_reference_f32;
    *self = made;
    return AXF_OK;
}

static void destroy(void *self)
{
    axf_scratch_free(&((axf_reference *)self)->scratch);
}

static const char *name(void *self)
{
    static const char *const names[] = {"", "reference, f32, 1 thread", "reference, bf16 products, 1 thread",
                                        "reference, f64, 1 thread"};
    return names[((const axf_reference *)self)->precision];
}

static axf_status allocate(void *self, size_t size, void **memory)
{
    return axf_host_memory_allocate(((const axf_reference *)self)->host, BACKEND, size, memory);
}

static void release(void *self, void *memory, size_t size)
{
    (void)self;
    (void)size;
    free(memory);
}

static axf_status copy(void *self, void *to, const void *from, size_t size)
{
    (void)self;
    if (size > 0) {
        memmove(to, from, size);
    }
    return AXF_OK;
}

static axf_status zero(void *self, void *memory, size_t size)
{
    (void)self;
    if (size > 0) {
        memset(memory, 0, size);
    }
    return AXF_OK;
}

static axf_status forward(void *self, const axf_call *call)
{
    axf_reference *reference = self;
    if (!axf_all_ops_supports(self, call->op)) {
        return reference->host->fail(reference->host, AXF_ERR_UNSUPPORTED, "backend reference: no op has number %d",
                                     call->op);
    }
    return reference->kernels[call->op].forward(reference, call);
}

static axf_status backward(void *self, const axf_call *call)
{
    axf_reference *reference = self;
    if (!axf_all_ops_supports(self, call->op) || reference->kernels[call->op].backward == NULL) {
        return reference->host->fail(reference->host, AXF_ERR_UNSUPPORTED, "backend reference: %s has no gradient",
                                     axf_op_name(call->op));
    }
    return reference->kernels[call->op].backward(reference, call);
}

static void changed(void *self, const axf_tensor *parameter)
{
    (void)self;
    (void)parameter;
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
    .download = copy,
    .copy = copy,
    .zero = zero,
    .host_memory = 1,
    .forward = forward,
    .backward = backward,
    .supports = axf_all_ops_supports,
    .synchronize = axf_at_once_synchronize,
    .changed = changed,
};
