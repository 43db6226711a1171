/* The feed: posts to batches. Texts are tokenized once; images come decoded ahead of use, or as cached features. */
#ifndef AXF_FEED_FEED_H
#define AXF_FEED_FEED_H

#include "features/features.h"
#include "files/hash_cache.h"
#include "images/prefetch.h"
#include "model/batch.h"
#include "model/image_policy.h"
#include "posts/posts.h"

/* Kinds of features of an image, each in a store of its own: what one fusion left, another finds. */
enum { AXF_FEATURE_ROWS = 0, AXF_FEATURE_FIRST = 1, AXF_FEATURE_POOLED = 2, AXF_FEATURE_KINDS = 3 };

typedef struct axf_feature_set {
    axf_feature_store *store[AXF_FEATURE_KINDS]; /* NULL: this kind is not read */
    int64_t *record[AXF_FEATURE_KINDS]; /* [posts] record of each post; -1: none, a learned vector stands for it */
} axf_feature_set;

uint32_t axf_feature_bit(int kind);                                /* AXF_WANT_… */
size_t axf_feature_values(const axf_image_facts *facts, int kind); /* floats of a post */
void axf_feature_set_free(axf_feature_set *set);

typedef struct axf_feed {
    axf_model *model;
    axf_posts *posts;
    int64_t *token_start; /* [count+1] into tokens; NULL: no text */
    int32_t *tokens, *types;
    int32_t threads; /* for decoding */

    int32_t has_features;
    axf_feature_set set; /* with has_features */

    const int32_t *order; /* of the pass under way */
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

/* Tokenizes all texts (the text side is declared). Posts and model outlive the feed. */
axf_status axf_feed_open(axf_feed *feed, axf_model *model, axf_posts *posts, int32_t threads);
void axf_feed_close(axf_feed *feed);

/* Reads features from now on; the set is taken over. */
void axf_feed_use_features(axf_feed *feed, const axf_feature_set *set);

/* Begins a pass over posts order[from …]; order is borrowed until the pass ends. */
axf_status axf_feed_start(axf_feed *feed, const int32_t *order, int32_t count, int32_t from);
/* The next up to `posts` posts; batch->posts 0 at the end. Pointers are valid until the next call. slot of post i =
 * first_slot + i. A missing or bad image follows the image policy. */
axf_status axf_feed_next(axf_feed *feed, int32_t posts, int32_t first_slot, axf_batch *batch);

/* ---- image features of a frozen tower (extract.c) ---- */

typedef struct axf_extract_report {
    int64_t images, cached;
    double seconds;
    uint64_t bytes; /* of all features of these posts */
} axf_extract_report;

/* Bytes on disk of what the model wants of an image. */
size_t axf_extract_bytes(const axf_model *model);

/* Makes sure that every post's features are in their stores: opens them, hashes the images, and runs the tower (built
 * for the purpose, then freed) over those that are missing. Posts whose image is missing or bad follow
 * the image policy: keep[i] is set to 0 (skip), or the post is marked blank and its record is that of the blank image,
 * or -1 where the learned vector stands for it. The set is the caller's to free, also on failure. */
axf_status axf_extract(axf_model *model, const axf_backend *backend, void *backend_self, axf_posts *posts,
                       axf_hash_cache *hashes, int32_t threads, axf_feature_set *set, uint8_t *keep,
                       axf_extract_report *report);

#endif
