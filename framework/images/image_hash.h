/* The content hash of a post's image file, which names cached features and is part of a run's id. */
#ifndef AXF_IMAGES_IMAGE_HASH_H
#define AXF_IMAGES_IMAGE_HASH_H

#include "auxfuse/status.h"
#include "files/hash_cache.h"

/* Hashes the file `image` below the folder `root`, or the file of its second path (images/second_path.h) when the first
 * cannot be read. `hashes` may be NULL (files/hash_cache.h). Any thread may call it. On failure the status is that of
 * the first file. */
axf_status axf_image_hash(axf_hash_cache *hashes, const char *root, const char *image, axf_hash128 *hash);

#endif
