/* The perceptual hash of an image: 64 bits of which few change when the image is scaled, compressed again, brightened
 * or cropped a little. It is the DCT hash of Zauner, "Implementation and benchmarking of perceptual image hash
 * functions", 2010. Thread-safe. */
#ifndef AXF_IMAGES_PERCEPTUAL_HASH_H
#define AXF_IMAGES_PERCEPTUAL_HASH_H

#include "images/image.h"

/* The image is made grey (ITU-R 601), shrunk to 32 x 32 and transformed by a two-dimensional DCT-II. Bit 8 u + v of the
 * hash is 1 where the coefficient of the frequencies (u + 1, v + 1), u and v from 0 to 7, is above the median of these
 * 64. A picture without any contrast has the hash 0. `name` is for messages. Errors: AXF_ERR_MEMORY, AXF_ERR_DATA. */
axf_status axf_phash(const axf_image *image, const char *name, uint64_t *hash, axf_scratchpad *memory);

/* The number of bits that differ, 0 to 64. */
int32_t axf_phash_distance(uint64_t a, uint64_t b);

/* Calls `near` for every pair a < b of the `count` hashes that differ in at most `bound` bits (0 to 31), each pair
 * once. For small bounds it need not compare all pairs: two hashes that differ in at most k bits are equal in at least
 * one of k + 1 pieces, so only hashes with an equal piece are compared. */
void axf_phash_near(const uint64_t *hash, int32_t count, int32_t bound,
                    void (*near)(void *context, int32_t a, int32_t b, int32_t distance), void *context);

#endif
