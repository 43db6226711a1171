/* Posts in host memory, as a pass through the model takes them. */
#ifndef AXF_MODEL_BATCH_H
#define AXF_MODEL_BATCH_H

#include "auxfuse/dataset.h"

/* Image features of a frozen tower, as they are cached. What the model does not want is NULL. */
typedef struct axf_features {
    int32_t rows; /* of each post */
    int32_t width, pooled_width;
    const float *row_values;    /* [posts · rows, width] */
    const float *first_values;  /* [posts, width] */
    const float *pooled_values; /* [posts, pooled_width] */
} axf_features;

/* A logical batch, or a part of one. All lists belong to whoever made the batch. */
typedef struct axf_batch {
    int32_t posts;
    int32_t batch_posts;  /* of the logical batch */
    const int32_t *slots; /* [posts] */
    int64_t step;
    const int32_t *token_offset; /* [posts+1]; NULL: no text */
    const int32_t *token_ids, *token_types;
    const float *pixels; /* NULL: features, or no image */
    const int32_t *height, *width;
    const int64_t *pixel_offset;  /* [posts+1] */
    const axf_features *features; /* instead of pixels */
    const char *const *ids;
    const char *const *feature_ids; /* the same, NULL for a post whose features are blank */
    const int32_t *learned;         /* [posts] 1: the learned vector stands for its image; NULL: for none */
    const int32_t *targets;         /* [posts]; NULL: none (predict) */
    const float *labels;            /* [posts, classes] when multi-label */
    const float *const *columns;    /* [dataset columns][posts] */
    const axf_dataset_facts *dataset;
} axf_batch;

#endif
