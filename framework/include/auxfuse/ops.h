/* The op table: the only way a plugin computes.
 *
 * Every function takes the pass first and returns a new tensor. On failure (shapes that do not fit, no memory) it
 * records the message and returns NULL. An op that gets NULL where it needs a tensor returns NULL too, so a forward
 * pass is written straight down, and only its last result is checked. A plugin never frees a result: a tensor lives
 * until the end of the step, or of the scope that it was made in.
 *
 * Letters in shapes: R rows, B posts, D columns; -> stands before the shape of the result. "Rows kept" means that the
 * result has the same `rows` as x, which say what row belongs to what post; "dense" means that its `rows` are NULL. */
#ifndef AUXFUSE_OPS_H
#define AUXFUSE_OPS_H

#include "auxfuse/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* activations, for linear and unary */
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
    /* scale · a b. A flag of 1 transposes the last two dims of that factor first: with transpose_b each row of a is
     * multiplied with each row of b. a and b are both [m, k] or both [n, m, k] (batched); dense. */
    axf_tensor *(*matmul)(const axf_pass *, axf_tensor *a, axf_tensor *b, int32_t transpose_a, int32_t transpose_b,
                          double scale);

    /* Rows `ids` (i32 [R]; -1 gives a zero row) of table [V, D] -> [R, D] with the given rows (NULL: dense). */
    axf_tensor *(*embedding)(const axf_pass *, axf_tensor *table, axf_tensor *ids, const axf_rows *rows);
    /* i32 tensor [count] from host memory, copied; not differentiable. */
    axf_tensor *(*index)(const axf_pass *, const int32_t *values, int64_t count);
    /* f32 tensor [rows, columns] from host memory (columns 0: [rows]), copied; not differentiable. */
    axf_tensor *(*constant)(const axf_pass *, const float *values, int64_t rows, int64_t columns);

    /* Row i of the result is x[index[i]] -> [count, D] dense; index -1 gives a row of zeros. The gradients of an index
     * that is repeated add up in the order of i. */
    axf_tensor *(*gather_rows)(const axf_pass *, axf_tensor *x, const int32_t *index, int64_t count);
    /* y[index[i]] += x[i] for y [rows, D] that starts as zeros; a row with index -1 is not added. */
    axf_tensor *(*scatter_rows)(const axf_pass *, axf_tensor *x, const int32_t *index, int64_t count, int64_t rows);
    /* The posts of x with the numbers `index`, which may repeat. x has rows, or is dense with one row for each post;
     * the result is like it, with `count` posts. */
    axf_tensor *(*gather_posts)(const axf_pass *, axf_tensor *x, const int32_t *index, int32_t count);
    /* Rows from … from+count-1 of each post; every post must have them. With count -1, all rows from `from` on. The
     * result has rows. */
    axf_tensor *(*slice_rows)(const axf_pass *, axf_tensor *x, int32_t from, int32_t count);

    /* Puts 2 to 4 tensors side by side: [R, D1], [R, D2], … -> [R, ΣD], rows kept. */
    axf_tensor *(*concat_columns)(const axf_pass *, axf_tensor *const *x, int32_t count);
    axf_tensor *(*slice_columns)(const axf_pass *, axf_tensor *x, int64_t from, int64_t count);
    /* Puts the rows of 2 to 4 tensors one after the other, post by post: all rows of post 0, then all of post 1, and so
     * on. A dense [B, D] has one row for each post. -> rows [Σ(R1+R2+…), D]. */
    axf_tensor *(*concat_rows)(const axf_pass *, axf_tensor *const *x, int32_t count);

    /* a + b and a · b for a [R, D]. b has the shape of a or is repeated: [D] or [1, D] for each row, [R] or [R, 1] for
     * each column, [1] for all elements, and, where a has rows, dense [B, D] for all rows of each post. Where R = D, a
     * b of the shape [R] is taken as [D]. */
    axf_tensor *(*add)(const axf_pass *, axf_tensor *a, axf_tensor *b);
    axf_tensor *(*multiply)(const axf_pass *, axf_tensor *a, axf_tensor *b);
    axf_tensor *(*scale)(const axf_pass *, axf_tensor *x, double factor, double offset); /* factor · x + offset */
    axf_tensor *(*unary)(const axf_pass *, axf_tensor *x, int32_t activation);

    /* Return x unchanged unless pass->training is 1 and rate > 0. The draws depend on `name`, so each name may be used
     * once in a pass of the component. x has rows, or one row for each post. dropout drops elements, drop_path whole
     * posts. The values that are kept are divided by 1 - rate. */
    axf_tensor *(*dropout)(const axf_pass *, axf_tensor *x, double rate, const char *name);
    axf_tensor *(*drop_path)(const axf_pass *, axf_tensor *x, double rate, const char *name);

    /* (x - mean)/sqrt(var + eps) · gamma + beta, with the mean and the biased variance of each row; rows kept. */
    axf_tensor *(*layer_norm)(const axf_pass *, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta, double eps);
    /* x [N, C, H, W]. In training it uses the statistics of the batch and updates the running ones (with `momentum` and
     * the unbiased variance); else it uses the running ones. */
    axf_tensor *(*batch_norm)(const axf_pass *, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta,
                              axf_tensor *running_mean, axf_tensor *running_var, double eps, double momentum);
    axf_tensor *(*l2_normalize)(const axf_pass *, axf_tensor *x); /* each row divided by its L2 norm, no epsilon */
    axf_tensor *(*softmax)(const axf_pass *, axf_tensor *x);      /* of each row; rows kept */
    /* rows -> [B, D]: for each post its FIRST row, or the MEAN or MAX of its rows from `from` on. FIRST returns a dense
     * x unchanged. */
    axf_tensor *(*pool_rows)(const axf_pass *, axf_tensor *x, int32_t kind, int32_t from);

    /* softmax(scale · q kᵀ + bias) v within each post and head. q has rows [Rq, D], or is dense [B, D] with one query
     * for each post; k [Rk, D] and v [Rk, Dv] have rows of the same posts. D and Dv are multiples of heads. bias is
     * NULL, or [heads, L, L] where every post has L rows. When training, probabilities are dropped at the rate
     * `dropout`, drawn under `name`. The result is like q, with Dv columns. */
    axf_tensor *(*attention)(const axf_pass *, axf_tensor *q, axf_tensor *k, axf_tensor *v, axf_tensor *bias,
                             int32_t heads, double scale, double dropout, const char *name);

    /* Cross-correlation of x [N, C, H, W] with w [O, C, kh, kw]; b is [O] or NULL. */
    axf_tensor *(*conv2d)(const axf_pass *, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t stride,
                          int32_t padding);
    axf_tensor *(*max_pool2d)(const axf_pass *, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
    axf_tensor *(*average_pool2d)(const axf_pass *, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
    /* [N, C, H, W] -> rows [N·H·W, C], the positions of each image line by line. */
    axf_tensor *(*image_rows)(const axf_pass *, axf_tensor *x);
    /* The images as [posts, 3, H, W]; they must all be of one size. */
    axf_tensor *(*image_tensor)(const axf_pass *, const axf_images *images);
    /* Cuts each image into squares of size x size pixels, line by line, each as one row of 3·size·size values in the
     * order of a convolution's weight -> rows [Σ(h/size)(w/size), 3·size·size]. Pixels at the right and lower edge that
     * do not fill a square are left out. */
    axf_tensor *(*patches)(const axf_pass *, const axf_images *images, int32_t size);
    /* table [h·w, D] -> [to_h·to_w, D]; where both sizes are equal, a copy. */
    axf_tensor *(*resample_grid)(const axf_pass *, axf_tensor *table, int32_t h, int32_t w, int32_t to_h, int32_t to_w,
                                 int32_t kind);

    axf_tensor *(*reshape)(const axf_pass *, axf_tensor *x, int32_t ndim,
                           const int64_t *shape); /* the same elements in another shape; dense */
    /* The same data as x [R, D] with other `rows`. */
    axf_tensor *(*with_rows)(const axf_pass *, axf_tensor *x, const axf_rows *rows);
    axf_tensor *(*detach)(const axf_pass *, axf_tensor *x); /* the same data; no gradient flows back through it */

    /* For each row -w[y] log softmax(logits)[y] -> [B], where targets are classes, i32 [B]; or, where they are
     * probabilities, f32 [B, K], -Σ_k w[k] p[k] log softmax(logits)[k]. weights w [K] or NULL. */
    axf_tensor *(*cross_entropy)(const axf_pass *, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
    /* Mean over K of -(w[k] y log σ(x) + (1-y) log(1-σ(x))) -> [B]; targets f32 [B, K]; weights [K] or NULL. */
    axf_tensor *(*binary_cross_entropy)(const axf_pass *, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
    axf_tensor *(*sum)(const axf_pass *, axf_tensor *x, double factor); /* factor · Σ x without padding -> [1] */

    /* An op of the plugin's own (backend.h). The result has this shape, and `rows`, which may be NULL. */
    axf_tensor *(*custom)(const axf_pass *, const axf_op_custom *op, axf_tensor *const *inputs, int32_t count,
                          int32_t ndim, const int64_t *shape, const axf_rows *rows, const void *parameters);

    /* Tensors made between scope_begin and scope_end may not be used after scope_end, except those in `kept` (a NULL
     * among them is skipped): their memory returns to the pool unless backward needs it. Scopes nest. */
    void (*scope_begin)(const axf_pass *);
    void (*scope_end)(const axf_pass *, axf_tensor *const *kept, int32_t count);

    /* Makes the axf_rows of host offsets [posts+1], which begin with 0 and never fall. They are copied. The result
     * lives as long as the step. */
    const axf_rows *(*rows)(const axf_pass *, int32_t posts, const int32_t *offset);
} axf_ops;

#ifdef __cplusplus
}
#endif
#endif
