/* Loading a post's image from a data folder. All memory that an image needs is taken from scratch memory, and is valid
 * until its reset. Thread-safe if each thread has scratch memory of its own. */
#ifndef AXF_IMAGES_LOAD_H
#define AXF_IMAGES_LOAD_H

#include "core/hash.h"
#include "images/image.h"

/* Reads and decodes `path`, relative to the folder `root`. Only regular files below root are opened: a path or a
 * symbolic link that leads out of it, a FIFO or a device are refused, without blocking.
 * After any failure the file of the second path (images/second_path.h) is tried, as the reference program does. When
 * that fails too, the message has both reasons, and *image is {0}. */
axf_status axf_image_load(const char *root, const char *path, axf_image *image, axf_scratchpad *memory);

/* The same, with the hash of the bytes that were decoded in *hash. */
axf_status axf_image_load_hashed(const char *root, const char *path, axf_image *image, axf_hash128 *hash,
                                 axf_scratchpad *memory);

/* Reads the bytes of the file, for hashing. It is opened as above, but no second path is tried. */
axf_status axf_image_read(const char *root, const char *path, uint8_t **bytes, size_t *size, axf_scratchpad *memory);

#endif
