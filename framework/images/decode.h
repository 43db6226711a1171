/* Decoding images to 8-bit RGB. The pixels equal those of Pillow's open().convert("RGB"). Thread-safe. */
#ifndef AXF_IMAGES_DECODE_H
#define AXF_IMAGES_DECODE_H

#include "images/image.h"

#include <stddef.h>

/* Decodes the file content `bytes`. It is the first bytes that say whether it is JPEG or PNG; `name` is only for
 * messages. EXIF orientation is not applied, transparency is dropped, palettes are expanded, grey is replicated, 16-bit
 * grey is clipped at 255 and 16-bit colour keeps the high byte, CMYK is read as Adobe's inverted form.
 * On failure (AXF_ERR_DATA, AXF_ERR_UNSUPPORTED for another format, AXF_ERR_MEMORY) *image is {0}. */
axf_status axf_image_decode(const void *bytes, size_t size, const char *name, axf_image *image, axf_scratchpad *memory);

#endif
