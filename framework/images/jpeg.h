/* Decoding of JPEG files. */
#ifndef AXF_IMAGES_JPEG_H
#define AXF_IMAGES_JPEG_H

#include "images/image.h"

#include <stddef.h>

/* Like axf_image_decode (images/decode.h), for content that begins like a JPEG file. A file about which libjpeg warns
 * is refused. */
axf_status axf_image_decode_jpeg(const void *bytes, size_t size, const char *name, axf_image *image,
                                 axf_scratchpad *memory);

#endif
