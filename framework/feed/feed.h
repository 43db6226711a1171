/* The feed: posts to batches. Texts are tokenized once; images come decoded ahead of use, or as cached features. */
#ifndef AXF_FEED_FEED_H
#define AXF_FEED_FEED_H

#include "features/kinds.h"
#include "feed/tokens.h"
#include "images/prefetch.h"
#include "model/batch.h"
#include "model/image_policy.h"
#include "model/model.h"
#include "posts/posts.h"

typedef struct axf_feed {
    axf_model *model;
    axf_posts *posts;
    axf_text_tokens tokens; /* of all posts; empty where the model reads no text */
    int32_t threads;        /* for tokenizing and decoding */

    int32_t has_features;
    axf_feature_set set; /* with has_features */

    const int32_t *order; /* of the pass under way; NULL: none */
    int32_t order_count, position;
    axf_prefetch *prefetch;

    /* The batch at hand; grown to the largest, then reused. */
    int32_t capacity;
    int32_t *learned, *slots, *token_offset, *targets, *height, *width;
    int64_t *pixel_offset;
    const char **ids, **feature_ids;
    float *labels, *column_values;
    const float *columns[AXF_DATASET_MAX_COLUMNS];
    int32_t *ids_buffer, *types_buffer;
    int64_t ids_capacity;
    float *pixels;
    int64_t pixel_capacity;
    float *feature_buffer;
    axf_image_blank blank[3]; /* by AXF_BLANK_…, made when first needed */
    axf_features features;
} axf_feed;

/* Tokenizes all texts; the text side of the model is declared. Posts and model outlive the feed. */
axf_status axf_feed_open(axf_feed *feed, axf_model *model, axf_posts *posts, int32_t threads);
void axf_feed_close(axf_feed *feed); /* a zeroed feed may be closed */

/* Reads features instead of images from now on; the set is taken over. */
void axf_feed_use_features(axf_feed *feed, const axf_feature_set *set);

/* Begins a pass over posts order[from …]; order is borrowed until the pass ends. */
axf_status axf_feed_start(axf_feed *feed, const int32_t *order, int32_t count, int32_t from);

/* The next up to `posts` posts; batch->posts is 0 at the end. Pointers are valid until the next call. Post i of the
 * batch has the slot first_slot + i. A missing or bad image follows the image policy (model/image_policy.h). */
axf_status axf_feed_next(axf_feed *feed, int32_t posts, int32_t first_slot, axf_batch *batch);

#endif
