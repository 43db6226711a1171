/* The feature store of a frozen image encoder: one append-only file of records, found by the hash of an image's bytes.
 *
 * The file is described in format.h. What a killed writer left behind is cut off by the next writer; a record
 * whose checksum is wrong counts as absent. Readers need no lock; writers hold one on the file. */
#ifndef AXF_FEATURES_STORE_H
#define AXF_FEATURES_STORE_H

#include "core/hash.h"

#include "auxfuse/status.h"

#include <stddef.h>

typedef struct axf_feature_store axf_feature_store;

/* `key`: text that names all the features depend on; its hash is the file's name in `folder` (made when missing).
 * `values`: floats of a record; `half`: stored as bf16, else f32. */
axf_status axf_features_open(const char *folder, const char *key, size_t values, int half, axf_feature_store **store);
void axf_features_close(axf_feature_store *store); /* NULL is allowed */

/* Number of the record of an image, -1 when there is none. */
int64_t axf_features_find(const axf_feature_store *store, axf_hash128 image);
axf_status axf_features_read(const axf_feature_store *store, int64_t record, float *values);

/* Exclusive right to append, waiting for another process; looks again at what that one wrote. */
axf_status axf_features_lock(axf_feature_store *store);
axf_status axf_features_append(axf_feature_store *store, axf_hash128 image, const float *values);
axf_status axf_features_unlock(axf_feature_store *store); /* fsyncs */

size_t axf_features_record_bytes(size_t values, int half);
const char *axf_features_path(const axf_feature_store *store);

#endif
