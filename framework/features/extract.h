/* The features of a frozen image tower: found in their stores, or computed once. */
#ifndef AXF_FEATURES_EXTRACT_H
#define AXF_FEATURES_EXTRACT_H

#include "features/kinds.h"
#include "features/tower.h"
#include "files/hash_cache.h"
#include "model/model.h"
#include "posts/posts.h"

typedef struct axf_extract_report {
    int64_t images, cached;
    double seconds;
} axf_extract_report;

/* Bytes on disk of what the model wants of an image. */
size_t axf_extract_bytes(const axf_model *model);

/* Makes sure that every post's features are in their stores: opens the stores, hashes the images, and runs the declared
 * tower over those that are missing. What happens to a post whose image cannot be read is decided by
 * model/image_policy.h: keep[i] becomes 0 for one that is left out; otherwise its record is that of the blank image, or
 * -1 where the learned vector stands for it. The set is the caller's to free, also on failure. */
axf_status axf_extract(axf_tower *tower, axf_posts *posts, axf_hash_cache *hashes, int32_t threads,
                       axf_feature_set *set, uint8_t *keep, axf_extract_report *report);

#endif
