/* Sizes and shapes: what can be said of a tensor without a tape. */
#ifndef AXF_TENSOR_SHAPE_H
#define AXF_TENSOR_SHAPE_H

#include "auxfuse/tensor.h"

#include <stddef.h>

/* The shape of a tensor that does not exist yet. ndim 0 means that there is none. */
typedef struct axf_layout {
    int32_t dtype, ndim;
    int64_t shape[AXF_MAX_DIMS];
    const axf_rows *rows; /* NULL: dense */
} axf_layout;

/* Bytes of one element; 0 for a number that is not a dtype. */
size_t axf_dtype_size(int32_t dtype);

/* Bytes of a tensor of this layout. Fails with AXF_ERR_SHAPE where a dimension is negative or the product is too large
 * for memory. */
axf_status axf_layout_bytes(const axf_layout *layout, size_t *bytes);

/* Number of elements, rows of padding included. */
int64_t axf_tensor_elements(const axf_tensor *tensor);

/* Bytes of all elements. */
size_t axf_tensor_bytes(const axf_tensor *tensor);

/* Bytes of one row: all dimensions but the first. */
size_t axf_tensor_row_bytes(const axf_tensor *tensor);

/* Posts of a tensor: those of its ragged rows, or one post a row where it is dense. -1 where a dense tensor has more
 * than 2^31 - 1 rows. */
int32_t axf_tensor_posts(const axf_tensor *tensor);

/* Rows that belong to posts, without rows of padding. */
int64_t axf_tensor_own_rows(const axf_tensor *tensor);

/* 1 when both are NULL, or both hold the same posts with the same numbers of rows. */
int32_t axf_rows_equal(const axf_rows *a, const axf_rows *b);

#endif
