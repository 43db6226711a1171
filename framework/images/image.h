/* A decoded image: 8-bit RGB pixels in memory. */
#ifndef AXF_IMAGES_IMAGE_H
#define AXF_IMAGES_IMAGE_H

#include "auxfuse/status.h"
#include "core/scratchpad.h"

#include <stdint.h>

enum {
    AXF_IMAGE_MAX_PIXELS = 100 * 1000 * 1000, /* height * width, checked before anything of that size is allocated */
    AXF_IMAGE_MAX_SIDE = 65535,
};

/* Rows of R, G, B bytes without padding: pixels[(y * width + x) * 3 + channel]. {0} is an empty image.
 * The pixels belong to the scratch memory that they were taken from, and are there until its reset. */
typedef struct axf_image {
    uint8_t *pixels;
    int32_t height, width;
} axf_image;

/* Takes memory for height x width pixels. AXF_ERR_DATA when a side is below 1, or a side or the area is beyond the
 * limits above; the message names `name`. */
axf_status axf_image_alloc(axf_image *image, int64_t height, int64_t width, const char *name, axf_scratchpad *memory);

#endif
