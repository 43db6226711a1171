/* Compute backends: memory, and kernels behind the op table.
 *
 * The host's front end checks shapes, allocates results from the step pool and records the tape; a backend only
 * computes. Every op is one axf_call, forward and backward alike. */
#ifndef AUXFUSE_BACKEND_H
#define AUXFUSE_BACKEND_H

#include "auxfuse/plugin.h"
#include "auxfuse/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_BACKEND "auxfuse.backend/1"

/* clang-format off: a table
 * X(name, inputs, kept): kept = tensors the forward call writes for the backward call. Inputs, results, integer and
 * real parameters of each op, in order (shapes as in ops.h; a trailing ? may be NULL):
 *  LINEAR        x w b?                   i: activation            keep: z [R,N] before GELU
 *  MATMUL        a b                      i: ta tb                 f: scale
 *  EMBEDDING     table ids slots?         (backward adds dY row r to row slots[r], or ids[r] where slots is NULL)
 *  GATHER_ROWS   x index                  (backward adds in order of the index)
 *  SCATTER_ROWS  x index
 *  CONCAT_COLUMNS x0 x1? x2? x3?
 *  SLICE_COLUMNS x                        i: from
 *  CONCAT_ROWS   x0 x1? x2? x3?           post by post; structures in the tensors' rows
 *  BINARY        a b                      i: 1 add, 2 multiply; broadcast (AXF_BROADCAST_…)
 *  SCALE         x                        f: factor offset
 *  UNARY         x                        i: activation
 *  DROPOUT       x                        i: 1 whole posts         f: rate    random
 *  LAYER_NORM    x gamma beta             f: eps                   keep: [R,2] mean and 1/sqrt(var+eps)
 *  BATCH_NORM    x gamma beta mean var    i: training              f: eps momentum  keep: [2,C] batch mean, 1/sqrt
 *  L2_NORMALIZE  x                        keep: [R] 1/norm
 *  SOFTMAX       x
 *  POOL_ROWS     x                        i: kind from             keep: i32 [B,D] row of the maximum (MAX only)
 *  ATTENTION     q k v bias?              i: heads                 f: scale dropout  random  keep: [Rq,heads] log Σ exp
 *  CONV2D        x w b?                   i: stride padding
 *  POOL2D        x                        i: kind kernel stride padding     keep: i32 as y (MAX)
 *  IMAGE_ROWS    x
 *  PATCHES       pixels                   i: size; call->images    no gradient
 *  RESAMPLE_GRID table                    i: h w to_h to_w kind
 *  CROSS_ENTROPY logits targets weights?
 *  BINARY_CROSS_ENTROPY logits targets weights?
 *  SUM           x                        f: factor
 *  CUSTOM        up to 8                  call->custom
 *  ADAMW         p m v g ids? rows?       forward only, in place on p m v. f: lr decay beta1 beta2 eps correction1
 *                                         correction2 (1 - beta^t). ids i32 [U] and rows i32 [U]: place u of m and
 *                                         v is row ids[u] of p and row rows[u] of g; -1: its gradient is zero
 *  ACCUMULATE    y x                      forward only: y += f[0] x
 *  SQUARE_SUM    x                        forward only: out[0] f64-accumulated Σ x² as f32 [1]
 *
 * Backward finds every shape, but only the data named here; all other data pointers may be NULL, for the memory has
 * gone back to the pool. LINEAR, CONV2D, MATMUL: the one factor for the gradient of the other; LINEAR also out (RELU,
 * TANH) or keep (GELU). BINARY multiply: the other factor. UNARY: x (GELU), else out. LAYER_NORM, BATCH_NORM: x and
 * gamma (gamma only for the gradient of x), keep. L2_NORMALIZE: out, keep. SOFTMAX: out. ATTENTION: q k v bias out keep.
 * POOL_ROWS, POOL2D: keep. EMBEDDING, GATHER_ROWS, SCATTER_ROWS: the index. CROSS_ENTROPY, BINARY_CROSS_ENTROPY: all
 * inputs. The rest: nothing. No two of grad_out, grad_in and the data read share memory.
 * In a result with rows, forward writes finite values (zeros where it knows none) to rows of padding; in a gradient
 * that it writes, backward writes zeros there. SUM leaves them out. */
#define AXF_OP_LIST(X)                                                                                                 \
    X(LINEAR, 3, 1)                                                                                                    \
    X(MATMUL, 2, 0)                                                                                                    \
    X(EMBEDDING, 3, 0)                                                                                                 \
    X(GATHER_ROWS, 2, 0)                                                                                               \
    X(SCATTER_ROWS, 2, 0)                                                                                              \
    X(CONCAT_COLUMNS, 4, 0)                                                                                            \
    X(SLICE_COLUMNS, 1, 0)                                                                                             \
    X(CONCAT_ROWS, 4, 0)                                                                                               \
    X(BINARY, 2, 0)                                                                                                    \
    X(SCALE, 1, 0)                                                                                                     \
    X(UNARY, 1, 0)                                                                                                     \
    X(DROPOUT, 1, 0)                                                                                                   \
    X(LAYER_NORM, 3, 1)                                                                                                \
    X(BATCH_NORM, 5, 1)                                                                                                \
    X(L2_NORMALIZE, 1, 1)                                                                                              \
    X(SOFTMAX, 1, 0)                                                                                                   \
    X(POOL_ROWS, 1, 1)                                                                                                 \
    X(ATTENTION, 4, 1)                                                                                                 \
    X(CONV2D, 3, 0)                                                                                                    \
    X(POOL2D, 1, 1)                                                                                                    \
    X(IMAGE_ROWS, 1, 0)                                                                                                \
    X(PATCHES, 1, 0)                                                                                                   \
    X(RESAMPLE_GRID, 1, 0)                                                                                             \
    X(CROSS_ENTROPY, 3, 0)                                                                                             \
    X(BINARY_CROSS_ENTROPY, 3, 0)                                                                                      \
    X(SUM, 1, 0)                                                                                                       \
    X(CUSTOM, 8, 0)                                                                                                    \
    X(ADAMW, 6, 0)                                                                                                     \
    X(ACCUMULATE, 2, 0)                                                                                                \
    X(SQUARE_SUM, 1, 0)
/* clang-format on */

enum {
    AXF_OP_NONE = 0,
#define AXF_OP_ENUM(name, inputs, kept) AXF_OP_##name,
    AXF_OP_LIST(AXF_OP_ENUM)
#undef AXF_OP_ENUM
        AXF_OP_COUNT
};

enum { /* BINARY: the shape of b beside a [R, D] */
       AXF_BROADCAST_SAME = 1,
       AXF_BROADCAST_ROW = 2,    /* b [D], over the rows */
       AXF_BROADCAST_COLUMN = 3, /* b [R], over the columns */
       AXF_BROADCAST_ALL = 4,    /* b [1] */
       AXF_BROADCAST_POST = 5,   /* b [B, D], over the rows of each post of a */
};

enum { AXF_CALL_INPUTS = 8 };

/* Where a random op finds its numbers: Philox4x32-10 with this key and counter (step, slots[post], block, 0), where the
 * post's elements are numbered row by row and block = element/4, lane = element%4. Element dropped when
 * draw < rate · 2^32. Attention: element = (head · Rq + query row) · Rk + key row of the post. drop_path: block 0, lane
 * 0. */
typedef struct axf_random {
    uint32_t key[2];
    uint32_t step;
    const int32_t *slots;    /* [posts] host memory */
    const int32_t *location; /* the same in the backend's memory */
} axf_random;

typedef struct axf_call {
    uint32_t struct_size;
    int32_t op;        /* AXF_OP_… */
    int32_t inputs;    /* entries used of `in` (NULLs in between are absent optional ones) */
    int32_t recording; /* 1: a backward call follows, write `keep` */
    const axf_tensor *in[AXF_CALL_INPUTS];
    axf_tensor *out;
    axf_tensor *keep; /* NULL where the op keeps nothing or nothing is recorded */
    /* Backward only. grad_in[i] is NULL where no gradient is wanted; where bit i of `add` is set the kernel adds to it,
     * else it writes it. */
    const axf_tensor *grad_out;
    axf_tensor *grad_in[AXF_CALL_INPUTS];
    uint32_t add;
    int64_t i[8];
    double f[8];
    axf_random random;
    const axf_images *images;
    const struct axf_op_custom *custom;
    const void *parameters; /* of a custom op */
} axf_call;

/* A plugin's own op, run on host memory (reference and cpu backends; others copy there and back). */
struct axf_op_custom {
    uint32_t struct_size;
    const char *name;
    axf_status (*forward)(const axf_call *call);
    axf_status (*backward)(const axf_call *call);
    uint32_t backward_reads_inputs; /* bit i: backward needs in[i] */
    uint32_t backward_reads_output;
};

enum { AXF_PRECISION_F32 = 1, AXF_PRECISION_BF16 = 2, AXF_PRECISION_F64 = 3 };

typedef struct axf_backend_request {
    uint32_t struct_size;
    int32_t precision;  /* AXF_PRECISION_…; bf16 refused where the hardware has none */
    int32_t threads;    /* decided by the host */
    int32_t local_rank; /* of this process among those of the machine: which device to take */
} axf_backend_request;

typedef struct axf_profile_entry {
    const char *name; /* an op, "/backward" behind it */
    double seconds;
    double flops;
    int64_t calls;
} axf_profile_entry;

typedef struct axf_backend {
    uint32_t struct_size;
    /* [describe] How well this machine suits the backend: 0 not at all; `reference` 1, `cpu` 10, `cuda` 100. */
    int32_t (*score)(const axf_host *host);
    axf_status (*create)(const axf_host *host, const void *options, const axf_backend_request *request, void **self);
    void (*destroy)(void *self);
    /* One line for the log and environment.json: library versions, code path, device. Borrowed. */
    const char *(*name)(void *self);

    axf_status (*allocate)(void *self, size_t size, void **memory); /* aligned to 64 bytes */
    void (*release)(void *self, void *memory, size_t size);
    axf_status (*upload)(void *self, void *to, const void *from, size_t size);   /* host -> backend */
    axf_status (*download)(void *self, void *to, const void *from, size_t size); /* waits */
    axf_status (*copy)(void *self, void *to, const void *from, size_t size);
    axf_status (*zero)(void *self, void *memory, size_t size);
    /* 1: the backend's memory is host memory. Parameters and their gradients may be read by pointer after synchronize;
     * results are had by download, for a backend may hold them in an order of its own. */
    int32_t host_memory;

    axf_status (*forward)(void *self, const axf_call *call);
    axf_status (*backward)(void *self, const axf_call *call);
    int32_t (*supports)(void *self, int32_t op);
    axf_status (*synchronize)(void *self);
    /* A parameter's values were written from outside (load, optimiser by another path): forget copies of it. */
    void (*changed)(void *self, const axf_tensor *parameter);

    /* Optional. Measured peak of the matrix product in flop/s at the request's precision. */
    axf_status (*peak)(void *self, double *flops_per_second);
    /* Optional. Profiling on or off; entries are the backend's and live until it is switched again. */
    axf_status (*profile)(void *self, int32_t on, const axf_profile_entry **entries, int32_t *count);
} axf_backend;

#ifdef __cplusplus
}
#endif
#endif
