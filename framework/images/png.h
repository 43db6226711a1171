/* Decoding of PNG files. */
#ifndef AXF_IMAGES_PNG_H
#define AXF_IMAGES_PNG_H

#include "images/image.h"

#include <stddef.h>

/* Like axf_image_decode (images/decode.h), for content that begins like a PNG file. */
axf_status axf_image_decode_png(const void *bytes, size_t size, const char *name, axf_image *image,
                                axf_scratchpad *memory);

#endif
