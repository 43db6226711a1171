/* Pillow's 8-bit resize, bit for bit: antialiased, two passes, each rounded to 8 bits.
 *
 * The horizontal pass comes first, as in every Pillow before 13 (the reference used 9.2); Pillow 13 begins with the
 * vertical one where that is cheaper, and its pixels then differ by a level here and there. Thread-safe. */
#ifndef AXF_IMAGES_RESIZE_H
#define AXF_IMAGES_RESIZE_H

#include "images/image.h"

/* A part of the resized image; what lies outside is not computed. */
typedef struct axf_window {
    int32_t top, left, height, width;
} axf_window;

/* Resizes `image` to height x width by `filter` (AXF_FILTER_…, auxfuse/image.h) and returns the window of the result,
 * which must lie inside it, in *out, taken from `memory` as everything that is needed on the way. The whole size may be beyond the limits
 * of axf_image_alloc as long as the window is not. `name` is for messages. Errors: AXF_ERR_DATA, AXF_ERR_MEMORY. */
axf_status axf_image_resize(const axf_image *image, int64_t height, int64_t width, int32_t filter, axf_window window,
                            const char *name, axf_image *out, axf_scratchpad *memory);

#endif
