/* Loading a post's image from a data folder. Thread-safe, where each thread has scratch memory of its own: whatever an
 * image needs is taken from it, and is done with at its reset. */
#ifndef AXF_IMAGES_LOAD_H
#define AXF_IMAGES_LOAD_H

#include "core/hash.h"
#include "images/image.h"

/* Reads and decodes `path`, relative to the folder `root`. Only regular files below root are opened: a path or a
 * symbolic link that leads out of it, a FIFO or a device are refused, without blocking.
 * As the reference program does, ANY failure leads to a second try with every "jpg" of `path` turned into "png"
 * (where there is one). When that fails too, the message tells both reasons. *image is then {0}. */
axf_status axf_image_load(const char *root, const char *path, axf_image *image, axf_scratchpad *memory);

/* The same, with the hash of the bytes that were decoded in *hash. */
axf_status axf_image_load_hashed(const char *root, const char *path, axf_image *image, axf_hash128 *hash,
                                 axf_scratchpad *memory);

/* The bytes of the file, for hashing: opened as above, without the second try. */
axf_status axf_image_read(const char *root, const char *path, uint8_t **bytes, size_t *size, axf_scratchpad *memory);

#endif
