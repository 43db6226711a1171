/* The op table: the only way a plugin computes.
 *
 * Every function takes the pass first and returns a new tensor. On failure (shapes that do not fit, no memory) it
 * returns NULL after recording the message, and every op given a NULL where a tensor is required returns NULL too;
 * so a forward pass is written straight down and its caller checks the last result. Nothing returned is freed by a
 * plugin: tensors live until the end of the step, or of the scope they were made in.
 *
 * R rows, B posts, D columns. "rows kept" means that the result carries the ragged structure of the argument. */
#ifndef AUXFUSE_OPS_H
#define AUXFUSE_OPS_H

#include "auxfuse/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* activations: epilogues of linear, and unary ops */
       AXF_NONE = 0,
       AXF_RELU = 1,
       AXF_GELU = 2, /* x/2 (1 + erf(x/√2)) */
       AXF_TANH = 3,
       AXF_SIGMOID = 4,
       AXF_EXP = 5,
};

enum { /* which rows of a post a pooling reads */
       AXF_POOL_FIRST = 1,
       AXF_POOL_MEAN = 2,
       AXF_POOL_MAX = 3,
};

enum {                        /* resample_grid */
       AXF_GRID_BILINEAR = 1, /* corners aligned: source = i (n-1)/(m-1) (ViLT) */
       AXF_GRID_BICUBIC = 2,  /* a = -0.75, corners not aligned, as torch's interpolate (DINOv2) */
};

typedef struct axf_op_custom axf_op_custom; /* backend.h */

typedef struct axf_ops {
    uint32_t struct_size;

    /* y = activation(x wᵀ + b): x [R, K] rows kept, w [N, K], b [N] or NULL -> [R, N]. Activation: NONE, RELU, GELU,
     * TANH. */
    axf_tensor *(*linear)(const axf_pass *, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t activation);
    /* scale · op(a) op(b), op = transpose of the last two dims where the flag is 1. a and b both [m, k] or both
     * [n, m, k] (batched); dense. Two row sets against each other: transpose_b = 1. */
    axf_tensor *(*matmul)(const axf_pass *, axf_tensor *a, axf_tensor *b, int32_t transpose_a, int32_t transpose_b,
                          double scale);

    /* Rows `ids` (i32 [R]; -1 gives a zero row) of table [V, D] -> [R, D] with the given rows (NULL: dense). */
    axf_tensor *(*embedding)(const axf_pass *, axf_tensor *table, axf_tensor *ids, const axf_rows *rows);
    /* i32 tensor [count] from host memory, copied; not differentiable. */
    axf_tensor *(*index)(const axf_pass *, const int32_t *values, int64_t count);
    /* f32 tensor [rows, columns] from host memory (columns 0: [rows]), copied; not differentiable. */
    axf_tensor *(*constant)(const axf_pass *, const float *values, int64_t rows, int64_t columns);

    /* Rows x[index[i]] -> [N, D] dense; gradients of repeated indices add up in order of i. -1 gives zeros. */
    axf_tensor *(*gather_rows)(const axf_pass *, axf_tensor *x, const int32_t *index, int64_t count);
    /* y[index[i]] += x[i]; y [R, D] starts at zero; -1 is dropped. */
    axf_tensor *(*scatter_rows)(const axf_pass *, axf_tensor *x, const int32_t *index, int64_t count, int64_t rows);
    /* Posts `index` of x (rows, or dense with a row a post), repeats allowed -> as x, with `count` posts. */
    axf_tensor *(*gather_posts)(const axf_pass *, axf_tensor *x, const int32_t *index, int32_t count);
    /* Rows from … from+count-1 of each post (every post must have them) -> rows; count -1: to the post's end. */
    axf_tensor *(*slice_rows)(const axf_pass *, axf_tensor *x, int32_t from, int32_t count);

    /* Side by side: [R, D1], [R, D2], … (2 to 4) -> [R, ΣD], rows kept. */
    axf_tensor *(*concat_columns)(const axf_pass *, axf_tensor *const *x, int32_t count);
    axf_tensor *(*slice_columns)(const axf_pass *, axf_tensor *x, int64_t from, int64_t count);
    /* Post by post, one after the other (2 to 4; a dense [B, D] counts as one row a post) -> rows [Σ(R1+R2+…), D]. */
    axf_tensor *(*concat_rows)(const axf_pass *, axf_tensor *const *x, int32_t count);

    /* a + b and a · b. b has a's shape, or broadcasts: [D] (or [1, D]) over the rows, [R] (or [R, 1]) over the
     * columns, [1] over all, or, where a has rows, dense [B, D] over the rows of each post. Where R = D = 1 or the
     * like is ambiguous the result is the same; where R = D and b is [R], the columns' meaning [D] is taken. */
    axf_tensor *(*add)(const axf_pass *, axf_tensor *a, axf_tensor *b);
    axf_tensor *(*multiply)(const axf_pass *, axf_tensor *a, axf_tensor *b);
    axf_tensor *(*scale)(const axf_pass *, axf_tensor *x, double factor, double offset); /* factor · x + offset */
    axf_tensor *(*unary)(const axf_pass *, axf_tensor *x, int32_t activation);

    /* Identity unless pass->training and rate > 0. `name` keys the draws: unique within the component's pass. x has
     * rows or a row a post. drop_path drops whole posts. Kept values are divided by 1 - rate. */
    axf_tensor *(*dropout)(const axf_pass *, axf_tensor *x, double rate, const char *name);
    axf_tensor *(*drop_path)(const axf_pass *, axf_tensor *x, double rate, const char *name);

    /* (x - mean)/sqrt(var + eps) · gamma + beta over D, biased variance; rows kept. */
    axf_tensor *(*layer_norm)(const axf_pass *, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta, double eps);
    /* x [N, C, H, W]. Training: batch statistics, running ones updated (momentum, unbiased variance); else running. */
    axf_tensor *(*batch_norm)(const axf_pass *, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta,
                              axf_tensor *running_mean, axf_tensor *running_var, double eps, double momentum);
    axf_tensor *(*l2_normalize)(const axf_pass *, axf_tensor *x); /* each row divided by its L2 norm, no epsilon */
    axf_tensor *(*softmax)(const axf_pass *, axf_tensor *x);      /* over columns; rows kept */
    /* rows -> [B, D]: FIRST row, MEAN or MAX of the rows from `from` on. A dense x is returned as it is for FIRST. */
    axf_tensor *(*pool_rows)(const axf_pass *, axf_tensor *x, int32_t kind, int32_t from);

    /* softmax(scale · q kᵀ + bias) v a post and head. q rows [Rq, D] or dense [B, D] (one query a post); k [Rk, D] and
     * v [Rk, Dv] rows of the same posts; D and Dv multiples of heads; bias NULL or [heads, L, L] where every post has
     * L rows. `dropout` on the probabilities, drawn under `name` when training. Result as q, with Dv columns. */
    axf_tensor *(*attention)(const axf_pass *, axf_tensor *q, axf_tensor *k, axf_tensor *v, axf_tensor *bias,
                             int32_t heads, double scale, double dropout, const char *name);

    /* x [N, C, H, W], w [O, C, kh, kw], b [O] or NULL; cross-correlation. */
    axf_tensor *(*conv2d)(const axf_pass *, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t stride,
                          int32_t padding);
    axf_tensor *(*max_pool2d)(const axf_pass *, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
    axf_tensor *(*average_pool2d)(const axf_pass *, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
    /* [N, C, H, W] -> rows [N·H·W, C], positions row by row. */
    axf_tensor *(*image_rows)(const axf_pass *, axf_tensor *x);
    /* Images as [posts, 3, H, W], where they are of one size. */
    axf_tensor *(*image_tensor)(const axf_pass *, const axf_images *images);
    /* Squares of `size` pixels, row by row, each as [3·size·size] in the order of a convolution's weight
     * -> rows [Σ(h/size)(w/size), 3·size·size]. What does not fill a square is left out. */
    axf_tensor *(*patches)(const axf_pass *, const axf_images *images, int32_t size);
    /* table [h·w, D] -> [to_h·to_w, D]; the same size is a copy. */
    axf_tensor *(*resample_grid)(const axf_pass *, axf_tensor *table, int32_t h, int32_t w, int32_t to_h, int32_t to_w,
                                 int32_t kind);

    axf_tensor *(*reshape)(const axf_pass *, axf_tensor *x, int32_t ndim,
                           const int64_t *shape); /* same elements; dense */
    /* Dense [R, D] seen as rows, or rows under another structure; the same data. */
    axf_tensor *(*with_rows)(const axf_pass *, axf_tensor *x, const axf_rows *rows);
    axf_tensor *(*detach)(const axf_pass *, axf_tensor *x);

    /* -w[y] log softmax(logits)[y] a row -> [B]. targets i32 [B], or probabilities f32 [B, K]: then
     * -Σ_k w[k] p[k] log softmax(logits)[k]. weights [K] or NULL. */
    axf_tensor *(*cross_entropy)(const axf_pass *, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
    /* Mean over K of -(w[k] y log σ(x) + (1-y) log(1-σ(x))) -> [B]; targets f32 [B, K]; weights [K] or NULL. */
    axf_tensor *(*binary_cross_entropy)(const axf_pass *, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
    axf_tensor *(*sum)(const axf_pass *, axf_tensor *x, double factor); /* factor · Σ, padding left out -> [1] */

    /* A plugin's own op (backend.h); rows of the result: `rows`, or NULL. */
    axf_tensor *(*custom)(const axf_pass *, const axf_op_custom *op, axf_tensor *const *inputs, int32_t count,
                          int32_t ndim, const int64_t *shape, const axf_rows *rows, const void *parameters);

    /* Everything made between scope_begin and scope_end is done with at scope_end, but for `kept` (NULLs are skipped):
     * its memory returns to the pool unless backward needs it. Scopes nest. */
    void (*scope_begin)(const axf_pass *);
    void (*scope_end)(const axf_pass *, axf_tensor *const *kept, int32_t count);

    /* Ragged structure from host offsets [posts+1] (offset[0] 0, rising), copied; lives as long as the step. */
    const axf_rows *(*rows)(const axf_pass *, int32_t posts, const int32_t *offset);
} axf_ops;

#ifdef __cplusplus
}
#endif
#endif
