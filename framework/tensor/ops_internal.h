/* The op front ends, one a field of axf_ops: each checks shapes, describes the result and calls axf_op_apply. */
#ifndef AXF_TENSOR_OPS_INTERNAL_H
#define AXF_TENSOR_OPS_INTERNAL_H

#include "tensor/tape_internal.h"

extern const axf_ops axf_ops_table;

/* --- helpers.c --- */
/* Rows rounded up to a multiple of 32, so that a run meets few shapes. */
int64_t axf_rows_padded(int64_t rows);
/* The same posts with the same numbers of rows. */
int32_t axf_rows_equal(const axf_rows *a, const axf_rows *b);
/* Posts of a tensor: of its rows, or one a row of a dense one. */
int32_t axf_tensor_posts(const axf_tensor *tensor);
/* 1 when the tensor is real with `ndim` dimensions, else a sticky failure. */
int32_t axf_op_check(const axf_pass *pass, const char *op, const char *what, const axf_tensor *tensor, int32_t ndim);
/* "op: a [2, 3] and b [4] do not fit: why" as a sticky failure. b may be NULL. Returns NULL. */
axf_tensor *axf_op_misfit(const axf_pass *pass, const char *op, const axf_tensor *a, const axf_tensor *b,
                          const char *why);
/* 1 when all numbers lie in lowest … limit-1, else a sticky failure. NULL (planning) passes. */
int32_t axf_op_check_index(const axf_pass *pass, const char *op, const int32_t *index, int64_t count, int64_t lowest,
                           int64_t limit);
/* Rows of x by index in host memory -> [count, D] with the given rows. */
axf_tensor *axf_op_gather(const axf_pass *pass, const char *op, axf_tensor *x, const int32_t *index, int64_t count,
                          const axf_rows *rows);

axf_tensor *axf_op_linear(const axf_pass *, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t activation);
axf_tensor *axf_op_matmul(const axf_pass *, axf_tensor *a, axf_tensor *b, int32_t transpose_a, int32_t transpose_b,
                          double scale);
axf_tensor *axf_op_attention(const axf_pass *, axf_tensor *q, axf_tensor *k, axf_tensor *v, axf_tensor *bias,
                             int32_t heads, double scale, double dropout, const char *name);
axf_tensor *axf_op_embedding(const axf_pass *, axf_tensor *table, axf_tensor *ids, const axf_rows *rows);
axf_tensor *axf_op_index(const axf_pass *, const int32_t *values, int64_t count);
axf_tensor *axf_op_constant(const axf_pass *, const float *values, int64_t rows, int64_t columns);
axf_tensor *axf_op_gather_rows(const axf_pass *, axf_tensor *x, const int32_t *index, int64_t count);
axf_tensor *axf_op_scatter_rows(const axf_pass *, axf_tensor *x, const int32_t *index, int64_t count, int64_t rows);
axf_tensor *axf_op_gather_posts(const axf_pass *, axf_tensor *x, const int32_t *index, int32_t count);
axf_tensor *axf_op_slice_rows(const axf_pass *, axf_tensor *x, int32_t from, int32_t count);
axf_tensor *axf_op_pool_rows(const axf_pass *, axf_tensor *x, int32_t kind, int32_t from);
axf_tensor *axf_op_concat_columns(const axf_pass *, axf_tensor *const *x, int32_t count);
axf_tensor *axf_op_slice_columns(const axf_pass *, axf_tensor *x, int64_t from, int64_t count);
axf_tensor *axf_op_concat_rows(const axf_pass *, axf_tensor *const *x, int32_t count);
axf_tensor *axf_op_add(const axf_pass *, axf_tensor *a, axf_tensor *b);
axf_tensor *axf_op_multiply(const axf_pass *, axf_tensor *a, axf_tensor *b);
axf_tensor *axf_op_scale(const axf_pass *, axf_tensor *x, double factor, double offset);
axf_tensor *axf_op_unary(const axf_pass *, axf_tensor *x, int32_t activation);
axf_tensor *axf_op_dropout(const axf_pass *, axf_tensor *x, double rate, const char *name);
axf_tensor *axf_op_drop_path(const axf_pass *, axf_tensor *x, double rate, const char *name);
axf_tensor *axf_op_layer_norm(const axf_pass *, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta, double eps);
axf_tensor *axf_op_batch_norm(const axf_pass *, axf_tensor *x, axf_tensor *gamma, axf_tensor *beta,
                              axf_tensor *running_mean, axf_tensor *running_var, double eps, double momentum);
axf_tensor *axf_op_l2_normalize(const axf_pass *, axf_tensor *x);
axf_tensor *axf_op_softmax(const axf_pass *, axf_tensor *x);
axf_tensor *axf_op_conv2d(const axf_pass *, axf_tensor *x, axf_tensor *w, axf_tensor *b, int32_t stride,
                          int32_t padding);
axf_tensor *axf_op_max_pool2d(const axf_pass *, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
axf_tensor *axf_op_average_pool2d(const axf_pass *, axf_tensor *x, int32_t kernel, int32_t stride, int32_t padding);
axf_tensor *axf_op_image_rows(const axf_pass *, axf_tensor *x);
axf_tensor *axf_op_image_tensor(const axf_pass *, const axf_images *images);
axf_tensor *axf_op_patches(const axf_pass *, const axf_images *images, int32_t size);
axf_tensor *axf_op_resample_grid(const axf_pass *, axf_tensor *table, int32_t h, int32_t w, int32_t to_h, int32_t to_w,
                                 int32_t kind);
axf_tensor *axf_op_reshape(const axf_pass *, axf_tensor *x, int32_t ndim, const int64_t *shape);
axf_tensor *axf_op_with_rows(const axf_pass *, axf_tensor *x, const axf_rows *rows);
axf_tensor *axf_op_detach(const axf_pass *, axf_tensor *x);
const axf_rows *axf_op_rows(const axf_pass *, int32_t posts, const int32_t *offset);
axf_tensor *axf_op_cross_entropy(const axf_pass *, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
axf_tensor *axf_op_binary_cross_entropy(const axf_pass *, axf_tensor *logits, axf_tensor *targets, axf_tensor *weights);
axf_tensor *axf_op_sum(const axf_pass *, axf_tensor *x, double factor);
axf_tensor *axf_op_custom_call(const axf_pass *, const axf_op_custom *op, axf_tensor *const *inputs, int32_t count,
                               int32_t ndim, const int64_t *shape, const axf_rows *rows, const void *parameters);

#endif
