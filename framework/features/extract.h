/* The features of a frozen image tower: found in their stores, or computed once. */
#ifndef AXF_FEATURES_EXTRACT_H
#define AXF_FEATURES_EXTRACT_H

#include "features/kinds.h"
#include "features/tower.h"
#include "files/hash_cache.h"
#include "model/model.h"
#include "posts/posts.h"

typedef struct axf_features_report {
    int64_t images; /* posts that were looked at */
    int64_t cached; /* those whose features were in the stores already */
    double seconds;
} axf_features_report;

/* Bytes on disk of all the features that the model reads of one image. */
size_t axf_features_bytes(const axf_model *model);

/* Makes sure that the features of every post are in their stores: opens the stores, hashes the images, and runs the
 * declared tower over the images whose features are in none. model/image_policy.h decides what happens to a post whose
 * image is missing or bad. keep[i] becomes 0 for a post that is left out; the record of another such post is that of the
 * blank image, or -1 where the learned vector replaces it. The caller frees the set, also after an error. */
axf_status axf_features_extract(axf_tower *tower, axf_posts *posts, axf_hash_cache *hashes, int32_t threads,
                                axf_feature_set *set, uint8_t *keep, axf_features_report *report);

#endif
