/* Images that are copies, and those that cannot be used. */
#ifndef AXF_AUDIT_AUDIT_IMAGE_H
#define AXF_AUDIT_AUDIT_IMAGE_H

#include "audit/copy_groups.h"

enum { AXF_PICTURE_GOOD = 0, AXF_PICTURE_NONE = 1, AXF_PICTURE_MISSING = 2, AXF_PICTURE_CORRUPT = 3 };

typedef struct axf_picture {
    int32_t state; /* AXF_PICTURE_…; NONE: the post names no image, MISSING: its file cannot be opened, CORRUPT: the
                    * file cannot be decoded */
    int32_t height, width;
    uint64_t phash;
    axf_hash128 bytes; /* hash of the file's bytes */
    char *message;     /* why it is missing or corrupt */
} axf_picture;

typedef struct axf_audit_pictures {
    axf_copy_groups copies; /* equal: the same bytes; near: phash distance at most `bound` */
    axf_picture *item;      /* [posts] */
    int32_t count;
} axf_audit_pictures;

/* Reads and decodes every post's image on `threads` threads. */
void axf_audit_pictures_init(axf_audit_pictures *images, const axf_posts *posts, int32_t bound, int32_t threads);
void axf_audit_pictures_free(axf_audit_pictures *images);

/* The number of bits in which the perceptual hashes of two posts' images differ; 64 when one image cannot be used. */
int32_t axf_audit_image_distance(const axf_audit_pictures *images, int32_t a, int32_t b);

#endif
