/* The kinds of features of an image, and which of them a model reads for a list of posts. */
#ifndef AXF_FEATURES_KINDS_H
#define AXF_FEATURES_KINDS_H

#include "auxfuse/image_encoder.h"
#include "features/store.h"

/* Each kind has a store of its own, so that what one fusion left another one finds. */
enum { AXF_FEATURE_ROWS = 0, AXF_FEATURE_FIRST = 1, AXF_FEATURE_POOLED = 2, AXF_FEATURE_KINDS = 3 };

typedef struct axf_feature_set {
    axf_feature_store *store[AXF_FEATURE_KINDS]; /* NULL: this kind is not read */
    int64_t *record[AXF_FEATURE_KINDS]; /* [posts] record of each post; -1: none, a learned vector stands for it */
} axf_feature_set;

extern const char *const axf_feature_names[AXF_FEATURE_KINDS]; /* "rows", "first", "pooled", as in a state */
uint32_t axf_feature_bit(int kind);                            /* AXF_WANT_… */

/* Values of one post. */
size_t axf_feature_values(const axf_image_facts *facts, int kind);

/* Closes the stores and frees the lists. A zeroed set may be freed. */
void axf_feature_set_free(axf_feature_set *set);

#endif
