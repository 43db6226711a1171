/* Decoding images to 8-bit RGB, pixel for pixel what Pillow's open().convert("RGB") gives. Thread-safe. */
#ifndef AXF_IMAGES_DECODE_H
#define AXF_IMAGES_DECODE_H

#include "auxfuse/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    AXF_IMAGE_MAX_PIXELS = 100 * 1000 * 1000, /* height * width, checked before anything of that size is allocated */
    AXF_IMAGE_MAX_SIDE = 65535,
};

/* Rows of R, G, B bytes without padding: pixels[(y * width + x) * 3 + channel]. {0} is no image. */
typedef struct axf_image {
    uint8_t *pixels;
    int32_t height, width;
} axf_image;

void axf_image_free(axf_image *image); /* leaves {0} */

/* Allocates height x width; AXF_ERR_DATA naming `name` for a side or an area beyond the limits above, or below 1. */
axf_status axf_image_alloc(axf_image *image, int64_t height, int64_t width, const char *name);

/* Decodes the file content `bytes`. JPEG or PNG is told by content, whatever the name says; `name` is for messages.
 * EXIF orientation is not applied, transparency is dropped, palettes are expanded, grey is replicated, 16-bit grey is
 * clipped at 255 and 16-bit colour keeps the high byte, CMYK is read as Adobe's inverted form.
 * On failure (AXF_ERR_DATA, AXF_ERR_UNSUPPORTED for another format, AXF_ERR_MEMORY) *image is {0}. */
axf_status axf_image_decode(const void *bytes, size_t size, const char *name, axf_image *image);

/* The two formats, content already recognised; same contract. A JPEG that makes the library warn is refused. */
axf_status axf_image_decode_jpeg(const void *bytes, size_t size, const char *name, axf_image *image);
axf_status axf_image_decode_png(const void *bytes, size_t size, const char *name, axf_image *image);

#endif
