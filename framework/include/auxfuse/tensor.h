/* Tensors, ragged rows and the pass: what a plugin's forward code holds in its hands.
 *
 * A tensor is a handle that the host owns; a plugin reads its public fields and passes it on, and never
 * writes or frees it. Data is contiguous and row-major in the backend's memory. */
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
       AXF_F64 = 5, /* only on the reference backend in its test mode: every real tensor is then f64 */
};

/* A tensor over rows of posts has a multiple of this many rows, so that a run meets few different shapes. */
enum { AXF_ROWS_MULTIPLE = 32 };

/* `rows` rounded up to that multiple. */
static inline int64_t axf_rows_padded(int64_t rows)
{
    return (rows + AXF_ROWS_MULTIPLE - 1) / AXF_ROWS_MULTIPLE * AXF_ROWS_MULTIPLE;
}

/* Which rows of a [R, D] tensor belong to which post. Post b owns rows offset[b] … offset[b+1]-1. The tensor may have
 * more rows than `total`: rows of padding, up to a multiple of AXF_ROWS_MULTIPLE, which belong to no post, hold finite values, and
 * have gradient zero since nothing reads them. */
typedef struct axf_rows {
    uint32_t struct_size;
    int32_t posts;           /* B */
    int64_t total;           /* ΣR = offset[B] */
    int64_t longest;         /* most rows of one post */
    const int32_t *offset;   /* [B+1], host memory */
    const int32_t *location; /* the same numbers in the backend's memory */
} axf_rows;

enum { AXF_MAX_DIMS = 4 };

typedef struct axf_tensor {
    uint32_t struct_size;
    int32_t dtype;               /* AXF_F32 … */
    int32_t ndim;                /* 1 … 4 */
    int32_t wants_gradient;      /* 1 when some trained parameter lies behind it and a tape is recording */
    int64_t shape[AXF_MAX_DIMS]; /* unused trailing dims are 1 */
    void *data;                  /* backend memory: only backends and a plugin's own ops look behind it */
    const axf_rows *rows;        /* NULL: dense; else shape[0] >= rows->total */
} axf_tensor;

enum {                          /* axf_pass::scope: which draws of the random numbers are meant */
       AXF_PASS_FIRST = 1,      /* the training step's pass */
       AXF_PASS_SECOND = 2,     /* re-paired posts, or a whole second pass */
       AXF_PASS_EVALUATION = 3, /* no dropout; draws of losses in evaluation */
};

enum {                           /* outputs of an encoder, as bits: compute what is wanted and nothing else */
       AXF_WANT_FIRST = 1 << 0,  /* [B, D] first row of each post ("[CLS]") */
       AXF_WANT_ROWS = 1 << 1,   /* rows [ΣR, D] */
       AXF_WANT_POOLED = 1 << 2, /* [B, P] the model's pooled vector */
};

/* One call of encode, fuse, join or compute. [step] */
typedef struct axf_pass {
    uint32_t struct_size;
    const struct axf_ops *ops; /* ops.h */
    struct axf_tape *tape;     /* the host's; opaque */
    int32_t training;          /* 1: dropout, DropPath and batch statistics are on (0 for a frozen part) */
    int32_t scope;             /* AXF_PASS_… */
    uint32_t wanted;           /* AXF_WANT_… */
    int32_t posts;             /* posts of this call */
    const int32_t *slots;      /* [posts] slot of each in the logical batch: the key of its random draws */
    int64_t step;              /* optimiser step, from 0 */
} axf_pass;

/* Texts of a batch: ids as the encoder's own tokenize made them, ragged. With `real`, for an encoder that takes
 * padding, each text is filled up to max_length with the pad id, of type 0: a row of padding is computed like the
 * others, and no row attends to it. */
typedef struct axf_tokens {
    uint32_t struct_size;
    const axf_rows *rows;
    axf_tensor *ids;           /* i32 [R]; -1 in rows of padding */
    const int32_t *host_ids;   /* the same in host memory */
    const int32_t *host_types; /* [R] token types in host memory, NULL when the encoder gives none */
    const axf_rows *real;      /* NULL: all rows are the texts' own. Else the structure of those that are */
    const int32_t *real_rows;  /* with it: their row numbers, then -1 as in rows of padding; host memory */
} axf_tokens;

/* Images of a batch after the encoder's recipe. */
typedef struct axf_images {
    uint32_t struct_size;
    int32_t posts;
    axf_tensor *pixels;    /* f32 [elements]: image b is [3, height[b], width[b]] from element offset[b] */
    const int32_t *height; /* [posts] host memory */
    const int32_t *width;
    const int64_t *offset;          /* [posts] in elements */
    const int32_t *size_location;   /* height then width in the backend's memory; NULL where that is host memory */
    const int64_t *offset_location; /* offset likewise */
    int32_t one_size;               /* 1: all alike and dense, so pixels is also [posts, 3, H, W] */
} axf_images;

/* A few named tensors, each rows or one vector a post, which the host can gather by post. Encoders use the names
 * "first", "rows", "pooled"; joint encoders name theirs as they like. */
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
