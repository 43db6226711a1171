/* Backend `reference`: plain loops in portable C on one thread, the truth that other backends are tested against.
 * Reductions add up in double in a fixed order. F64 is for tests; BF16 rounds the inputs of matrix products and
 * convolutions to bf16, so that it is the truth for backends that compute so in hardware. */
#include "backends/reference/reference.h"

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

enum { ALIGNMENT = 64 };

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
    made->precision = precision;
    made->kernels = precision == AXF_PRECISION_F64 ? axf_reference_f64 : axf_reference_f32;
    *self = made;
    return AXF_OK;
}

static void destroy(void *self)
{
    axf_reference *reference = self;
    free(reference->scratch);
    reference->scratch = NULL;
    reference->scratch_size = 0;
}

static const char *name(void *self)
{
    static const char *const names[] = {"", "reference, f32, 1 thread", "reference, bf16 products, 1 thread",
                                        "reference, f64, 1 thread"};
    return names[((const axf_reference *)self)->precision];
}

static void *allocate_aligned(size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT) {
        return NULL;
    }
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return aligned_alloc(ALIGNMENT, rounded > 0 ? rounded : ALIGNMENT);
}

static axf_status allocate(void *self, size_t size, void **memory)
{
    const axf_host *host = ((const axf_reference *)self)->host;
    *memory = allocate_aligned(size);
    if (*memory == NULL) {
        return host->fail(host, AXF_ERR_MEMORY, "backend reference: no memory for %zu bytes", size);
    }
    return AXF_OK;
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

static int32_t supports(void *self, int32_t op)
{
    (void)self;
    return op > AXF_OP_NONE && op < AXF_OP_COUNT;
}

static axf_status forward(void *self, const axf_call *call)
{
    axf_reference *reference = self;
    if (!supports(self, call->op)) {
        return reference->host->fail(reference->host, AXF_ERR_UNSUPPORTED, "backend reference: no op has number %d",
                                     call->op);
    }
    return reference->kernels[call->op].forward(reference, call);
}

static axf_status backward(void *self, const axf_call *call)
{
    axf_reference *reference = self;
    if (!supports(self, call->op) || reference->kernels[call->op].backward == NULL) {
        return reference->host->fail(reference->host, AXF_ERR_UNSUPPORTED, "backend reference: %s has no gradient",
                                     axf_reference_op_name(call->op));
    }
    return reference->kernels[call->op].backward(reference, call);
}

static axf_status synchronize(void *self)
{
    (void)self;
    return AXF_OK;
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
    .supports = supports,
    .synchronize = synchronize,
    .changed = changed,
};

void *axf_reference_scratch(axf_reference *self, int64_t count, size_t size)
{
    size_t bytes = 0;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes)) {
        bytes = SIZE_MAX;
    }
    if (self->scratch == NULL || bytes > self->scratch_size) {
        free(self->scratch);
        self->scratch = allocate_aligned(bytes);
        self->scratch_size = self->scratch != NULL ? bytes : 0;
    }
    if (self->scratch == NULL) {
        self->host->fail(self->host, AXF_ERR_MEMORY, "backend reference: no memory for %zu bytes", bytes);
    }
    return self->scratch;
}

const char *axf_reference_op_name(int32_t op)
{
    static const char *const names[AXF_OP_COUNT] = {"no op",
#define OP_NAME(op_name, inputs, kept) #op_name,
                                                    AXF_OP_LIST(OP_NAME)
#undef OP_NAME
    };
    return op >= 0 && op < AXF_OP_COUNT ? names[op] : "no op";
}
