/* The cpu backend inside: one instance, the memory its kernels share, and the kernel table. */
#ifndef AXF_BACKENDS_CPU_IMPL_CPU_H
#define AXF_BACKENDS_CPU_IMPL_CPU_H

#include "auxfuse/backend.h"
#include "backends/cpu/impl/copies.h"
#include "backends/cpu/impl/dnnl.h"
#include "backends/cpu/impl/hot/hot.h"
#include "backends/cpu/impl/maps.h"

typedef struct axf_cpu axf_cpu;
typedef axf_status (*axf_cpu_function)(axf_cpu *self, const axf_call *call);

typedef struct axf_cpu_kernel {
    axf_cpu_function forward;
    axf_cpu_function backward; /* NULL: forward only */
} axf_cpu_kernel;

enum { /* scratch memories: one kernel call may use several at once */
       AXF_CPU_SCRATCH_GRADIENT = 0,
       AXF_CPU_SCRATCH_PARTS, /* partial sums, attention's blocks of each thread */
       AXF_CPU_SCRATCH_LEFT,  /* operands of products */
       AXF_CPU_SCRATCH_RIGHT,
       AXF_CPU_SCRATCH_INPUT, /* the last layer input in bf16 (copies.h) */
       AXF_CPU_SCRATCHES,
};

struct axf_cpu {
    const axf_host *host;
    const axf_cpu_hot *hot;
    int32_t precision, threads;
    char name[192];
    struct {
        void *memory;
        size_t size;
    } scratch[AXF_CPU_SCRATCHES];
    axf_dnnl *dnnl;
    axf_cpu_copies copies;
    axf_cpu_maps maps;
    axf_profile_entry *profile; /* [2 · AXF_OP_COUNT] while profiling, else NULL */
    int32_t profiling;
};

/* The kernels by op; every file of a subject defines its own. */
extern const axf_cpu_kernel axf_cpu_kernels[AXF_OP_COUNT];

axf_status axf_cpu_linear(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_linear_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_matmul(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_matmul_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pick_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_embedding_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_gather_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scatter_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scatter_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_columns(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_columns_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_slice_columns(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_slice_columns_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_concat_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scaling(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_scaling_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_unary(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_unary_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_dropout(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_dropout_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_layer_norm_forward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_layer_norm_gradients(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_batch_norm(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_batch_norm_backward(axf_cpu *self, const axf_call *call);
/* The same where x and the gradients are in memory with the channels last. */
axf_status axf_cpu_batch_norm_last(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_batch_norm_last_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_max_pool_last(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_max_pool_last_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_l2_normalize(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_l2_normalize_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_softmax_forward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_softmax_gradient(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_attention(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_attention_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_conv2d(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_conv2d_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool2d(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_pool2d_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_image_rows(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_image_rows_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_patches(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_resample_grid(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_resample_grid_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_cross_entropy(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_cross_entropy_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary_cross_entropy(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_binary_cross_entropy_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_sum_elements(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_sum_elements_backward(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_adamw_step(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_accumulate(axf_cpu *self, const axf_call *call);
axf_status axf_cpu_sum_of_squares(axf_cpu *self, const axf_call *call);

/* `count` times `size` bytes, aligned to 64, valid until the next request for the same scratch; it grows and is kept.
 * NULL when there is no memory (the message is recorded). */
void *axf_cpu_scratch(axf_cpu *self, int which, int64_t count, size_t size);

/* Aligned to 64 bytes; from 2 MiB on to 2 MiB, with huge pages asked for. NULL when there is none. */
void *axf_cpu_allocate(size_t size);

/* The loops for this machine. */
const axf_cpu_hot *axf_cpu_hot_choose(void);
/* The level they are compiled for: "x86-64-v4 bf16". */
const char *axf_cpu_hot_name(void);
/* 1 where the machine multiplies bf16 (AVX-512 BF16). */
int axf_cpu_has_bf16(void);

/* The name of an op as in AXF_OP_LIST. */
const char *axf_cpu_op_name(int32_t op);

#endif
