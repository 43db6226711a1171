/* Tensors, the rows of posts, and the pass: the structs that the forward code of a plugin works with.
 *
 * A tensor is a handle that the host owns. A plugin reads its fields and passes it on, and never writes or frees it.
 * The data is contiguous and row-major in the backend's memory. */
#ifndef AUXFUSE_TENSOR_H
#define AUXFUSE_TENSOR_H

#include "auxfuse/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* axf_tensor::dtype */
       AXF_F32 = 1,
       AXF_BF16 = 2,
       AXF_I32 = 3,
       AXF_U8 = 4,
       AXF_F64 = 5, /* only on the reference backend at precision f64, where every real tensor is f64 */
};

/* The number of rows of a tensor with rows is a multiple of this, so that a run computes with few different shapes. */
enum { AXF_ROWS_MULTIPLE = 32 };

/* `rows` rounded up to that multiple. */
static inline int64_t axf_rows_padded(int64_t rows)
{
    return (rows + AXF_ROWS_MULTIPLE - 1) / AXF_ROWS_MULTIPLE * AXF_ROWS_MULTIPLE;
}

/* Says which rows of a [R, D] tensor belong to which post: rows offset[b] … offset[b+1]-1 are those of post b. The
 * tensor may have more rows than `total`. These are rows of padding, up to a multiple of AXF_ROWS_MULTIPLE. They belong
 * to no post and hold finite values, and their gradient is zero because nothing reads them. */
typedef struct axf_rows {
    uint32_t struct_size;
    int32_t posts;           /* B */
    int64_t total;           /* ΣR = offset[B] */
    int64_t longest;         /* number of rows of the post that has most */
    const int32_t *offset;   /* [B+1], host memory */
    const int32_t *location; /* the same numbers in the backend's memory */
} axf_rows;

enum { AXF_MAX_DIMS = 4 };

typedef struct axf_tensor {
    uint32_t struct_size;
    int32_t dtype;               /* AXF_F32 … */
    int32_t ndim;                /* 1 … 4 */
    int32_t wants_gradient;      /* 1: it was computed from a parameter that is trained, while a tape records */
    int64_t shape[AXF_MAX_DIMS]; /* dims from ndim on are 1 */
    void *data;                  /* in the backend's memory: only backends and ops of a plugin's own may read it */
    const axf_rows *rows;        /* NULL: the tensor is dense; else shape[0] >= rows->total */
} axf_tensor;

enum {                          /* axf_pass::scope: equal names draw different random numbers in different scopes */
       AXF_PASS_FIRST = 1,      /* the pass of a training step */
       AXF_PASS_SECOND = 2,     /* posts that are paired anew, or a whole second pass */
       AXF_PASS_EVALUATION = 3, /* evaluation: there is no dropout, but losses may draw */
};

enum {                           /* outputs of an encoder, as bits: it computes only those that are wanted */
       AXF_WANT_FIRST = 1 << 0,  /* [B, D]: the first row of each post ("[CLS]") */
       AXF_WANT_ROWS = 1 << 1,   /* [ΣR, D]: all rows */
       AXF_WANT_POOLED = 1 << 2, /* [B, P]: one vector for each post that the model computes from its rows */
};

/* One call of encode, fuse, join or compute. [step] */
typedef struct axf_pass {
    uint32_t struct_size;
    const struct axf_ops *ops; /* ops.h */
    struct axf_tape *tape;     /* belongs to the host; opaque */
    int32_t training;          /* 1: dropout, DropPath and batch statistics are on; always 0 for a frozen part */
    int32_t scope;             /* AXF_PASS_… */
    uint32_t wanted;           /* AXF_WANT_… */
    int32_t posts;             /* number of posts of this call */
    const int32_t *slots;      /* [posts] slot of each post in the logical batch: its random draws depend on it */
    int64_t step;              /* the optimiser step, counted from 0 */
} axf_pass;

/* The texts of a batch, as the ids that the encoder's own tokenize made of them. For an encoder that takes padding,
 * `real` may be set. Each text is then filled up to max_length with the pad id, of type 0. Such a row is computed like
 * the others, but no row may attend to it. */
typedef struct axf_tokens {
    uint32_t struct_size;
    const axf_rows *rows;
    axf_tensor *ids;           /* i32 [R]; -1 in rows of padding */
    const int32_t *host_ids;   /* the same in host memory */
    const int32_t *host_types; /* [R] token types in host memory, NULL when the encoder has no types */
    const axf_rows *real;      /* NULL: no text was filled up. Else the rows that are left without the filling */
    const int32_t *real_rows;  /* with `real`: the numbers of those rows, then -1 for rows of padding; host memory */
} axf_tokens;

/* The images of a batch, as the encoder's recipe made them. */
typedef struct axf_images {
    uint32_t struct_size;
    int32_t posts;
    axf_tensor *pixels;    /* f32 [elements]: image b is [3, height[b], width[b]] from element offset[b] */
    const int32_t *height; /* [posts] host memory */
    const int32_t *width;
    const int64_t *offset;          /* [posts], counted in elements */
    const int32_t *size_location;   /* heights, then widths, in the backend's memory; NULL where that is host memory */
    const int64_t *offset_location; /* the offsets likewise */
    int32_t one_size;               /* 1: all images have the same size, so pixels is also [posts, 3, H, W] */
} axf_images;

/* The output of one side: a few named tensors, each with rows or with one vector for each post, so that the host can
 * gather it by post. Encoders use the names "first", "rows" and "pooled"; joint encoders choose their own names. */
enum { AXF_STATE_MAX = 8 };
typedef struct axf_state {
    uint32_t struct_size;
    uint32_t count;
    struct {
        const char *name; /* static storage */
        axf_tensor *tensor;
    } item[AXF_STATE_MAX];
} axf_state;

#ifdef __cplusplus
}
#endif
#endif
