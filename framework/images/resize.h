/* Pillow's 8-bit resize, bit for bit: antialiased, two passes, each rounded to 8 bits.
 *
 * The horizontal pass comes first, as in every Pillow before 13 (the reference program used 9.2). Pillow 13 begins with
 * the vertical one where that is cheaper, and a few of its pixels then differ by 1. Thread-safe. */
#ifndef AXF_IMAGES_RESIZE_H
#define AXF_IMAGES_RESIZE_H

#include "images/image.h"

/* A part of the resized image. Pixels outside it are not computed. */
typedef struct axf_window {
    int32_t top, left, height, width;
} axf_window;

/* Resizes `image` to height x width with `filter` (AXF_FILTER_…, auxfuse/image.h) and writes the window of the result
 * to *out. The window must be inside the result. height x width may be beyond the limits of axf_image_alloc if the
 * window is not. All memory is taken from `memory`. `name` is for messages. Errors: AXF_ERR_DATA, AXF_ERR_MEMORY. */
axf_status axf_image_resize(const axf_image *image, int64_t height, int64_t width, int32_t filter, axf_window window,
                            const char *name, axf_image *out, axf_scratchpad *memory);

#endif
