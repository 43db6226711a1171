/* Compute backends: a backend owns the memory of tensors and computes the ops of the op table.
 *
 * The host checks the shapes, takes the memory of results from the step pool and records the tape. The backend only
 * computes. Every op is one axf_call, forward and backward alike. */
#ifndef AUXFUSE_BACKEND_H
#define AUXFUSE_BACKEND_H

#include "auxfuse/plugin.h"
#include "auxfuse/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_BACKEND "auxfuse.backend/1"

/* clang-format off, because this is a table.
 * X(name, inputs, kept): `kept` is the number of tensors that the forward call writes for the backward call. The list
 * gives the inputs of each op in order, then its integers (call->i), its real numbers (call->f), and what it keeps.
 * The shapes are those of ops.h. An input with a ? may be NULL.
 *  LINEAR        x w b?                   i: activation            keep: z [R,N] before GELU
 *  MATMUL        a b                      i: ta tb                 f: scale
 *  EMBEDDING     table ids slots?         (backward adds dY row r to row slots[r], or ids[r] where slots is NULL)
 *  GATHER_ROWS   x index                  (backward adds in order of the index)
 *  SCATTER_ROWS  x index
 *  CONCAT_COLUMNS x0 x1? x2? x3?
 *  SLICE_COLUMNS x                        i: from
 *  CONCAT_ROWS   x0 x1? x2? x3?           (post by post; x->rows of each tensor says which rows are whose)
 *  BINARY        a b                      i: 1 add, 2 multiply; broadcast (AXF_BROADCAST_…)
 *  SCALE         x                        f: factor offset
 *  UNARY         x                        i: activation
 *  DROPOUT       x                        i: 1 to drop whole posts f: rate    random
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
 *                                         correction2 (1 - beta^t). With ids i32 [U] and rows i32 [U], row u of m and
 *                                         of v belongs to row ids[u] of p and to row rows[u] of g; where rows[u] is
 *                                         -1, the gradient is zero
 *  ACCUMULATE    y x                      forward only: y += f[0] x
 *  SQUARE_SUM    x                        forward only: out[0] f64-accumulated Σ x² as f32 [1]
 *
 * A backward call can rely on every shape, but only on the data that is named here. All other data pointers may be
 * NULL, because the memory has gone back to the pool:
 *  LINEAR, CONV2D, MATMUL                for the gradient of one factor, the other factor; LINEAR also needs out (RELU,
 *                                        TANH) or keep (GELU)
 *  BINARY multiply                       the other factor
 *  UNARY                                 x (GELU), out (all others)
 *  LAYER_NORM, BATCH_NORM                x, keep, and for the gradient of x also gamma
 *  L2_NORMALIZE                          out keep
 *  SOFTMAX                               out
 *  ATTENTION                             q k v bias out keep
 *  POOL_ROWS, POOL2D                     keep
 *  EMBEDDING, GATHER_ROWS, SCATTER_ROWS  the index
 *  CROSS_ENTROPY, BINARY_CROSS_ENTROPY   all inputs
 *  all others                            no data
 * The memory of grad_out, of each grad_in and of the data that is read never overlaps.
 * Rows of padding: in a result, forward writes finite values there (zeros if it computes nothing for them); in a
 * gradient, backward writes zeros there. SUM does not add them. */
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

enum { /* BINARY: the shape of b, where a is [R, D] */
       AXF_BROADCAST_SAME = 1,
       AXF_BROADCAST_ROW = 2,    /* b [D]: the same for each row */
       AXF_BROADCAST_COLUMN = 3, /* b [R]: the same for each column */
       AXF_BROADCAST_ALL = 4,    /* b [1]: the same for all elements */
       AXF_BROADCAST_POST = 5,   /* b [B, D]: the same for all rows of a post of a */
};

enum { AXF_CALL_INPUTS = 8 };

/* Where a random op gets its numbers from: Philox4x32-10 with this key and the counter (step, slots[post], block, 0).
 * The elements of a post are numbered row by row; element e uses lane e % 4 of block e / 4, and is dropped when the
 * number drawn is less than rate · 2^32. Attention numbers its probabilities (head · Rq + query row) · Rk + key row
 * within the post. drop_path uses lane 0 of block 0. */
typedef struct axf_random {
    uint32_t key[2];
    uint32_t step;
    const int32_t *slots;    /* [posts] host memory */
    const int32_t *location; /* the same in the backend's memory */
} axf_random;

typedef struct axf_call {
    uint32_t struct_size;
    int32_t op;        /* AXF_OP_… */
    int32_t inputs;    /* how many entries of `in` are used; a NULL among them is an optional input that is absent */
    int32_t recording; /* 1: a backward call will follow, so `keep` must be written */
    const axf_tensor *in[AXF_CALL_INPUTS];
    axf_tensor *out;
    axf_tensor *keep; /* NULL where the op keeps nothing, or where this call is not recorded */
    /* Only in a backward call. grad_in[i] is NULL where no gradient is wanted. The kernel adds to grad_in[i] where bit
     * i of `add` is set, and overwrites it where the bit is not set. */
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

/* An op that a plugin brings with it. It is run on host memory: a backend whose memory is elsewhere copies the inputs
 * there and the results back. */
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
    int32_t precision;  /* AXF_PRECISION_…; a backend refuses BF16 where the hardware cannot compute it */
    int32_t threads;    /* compute threads to use; the host decides how many */
    int32_t local_rank; /* number of this process among those of the machine: it says which device to take */
} axf_backend_request;

typedef struct axf_profile_entry {
    const char *name; /* the name of an op; its backward calls have "/backward" behind the name */
    double seconds;
    double flops;
    int64_t calls;
} axf_profile_entry;

typedef struct axf_backend {
    uint32_t struct_size;
    /* How well the backend suits this machine; the host takes the one with the highest score. 0 means that it cannot
     * run here; `reference` has 1, `cpu` 10, `cuda` 100. `host` may be NULL. [describe] */
    int32_t (*score)(const axf_host *host);
    axf_status (*create)(const axf_host *host, const void *options, const axf_backend_request *request, void **self);
    void (*destroy)(void *self);
    /* One line for the log and environment.json: library versions, code path, device. It belongs to the backend. */
    const char *(*name)(void *self);

    axf_status (*allocate)(void *self, size_t size, void **memory); /* aligned to 64 bytes */
    void (*release)(void *self, void *memory, size_t size);
    axf_status (*upload)(void *self, void *to, const void *from, size_t size);   /* host -> backend */
    axf_status (*download)(void *self, void *to, const void *from, size_t size); /* backend -> host; waits until done */
    axf_status (*copy)(void *self, void *to, const void *from, size_t size);
    axf_status (*zero)(void *self, void *memory, size_t size);
    /* 1: the backend's memory is host memory, so that parameters and their gradients may be read by pointer after
     * synchronize. Results must be read with download, since a backend may keep them in an order of its own. */
    int32_t host_memory;

    axf_status (*forward)(void *self, const axf_call *call);
    axf_status (*backward)(void *self, const axf_call *call);
    int32_t (*supports)(void *self, int32_t op);
    axf_status (*synchronize)(void *self);
    /* The values of a parameter were written by something other than an op, such as loading: the backend forgets its
     * copies of them. */
    void (*changed)(void *self, const axf_tensor *parameter);

    /* Optional. The measured peak of the matrix product, in flop/s at the precision that was requested. */
    axf_status (*peak)(void *self, double *flops_per_second);
    /* Optional. Switches profiling on or off. The entries belong to the backend and live until the next switch. */
    axf_status (*profile)(void *self, int32_t on, const axf_profile_entry **entries, int32_t *count);
} axf_backend;

#ifdef __cplusplus
}
#endif
#endif
