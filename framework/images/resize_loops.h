/* The two inner loops of the resize, in vector code of the compiler's own types: integers, so the same bits whatever
 * the width of the vectors. Internal to image_resize.c. */
#ifndef AXF_IMAGES_RESIZE_LOOPS_H
#define AXF_IMAGES_RESIZE_LOOPS_H

#include <stddef.h>
#include <stdint.h>

enum {
    AXF_RESIZE_FRACTION_BITS = 22, /* of a weight */
    AXF_RESIZE_ROWS = 4,           /* rows that the horizontal loop takes together */
    AXF_RESIZE_BLOCK = 32,         /* rows of the vertical loop are padded to a multiple of so many bytes */
};

/* One axis: output i is the sum over j < used[i] of weights[i * taps + j] * input[start[i] + j]. */
typedef struct axf_resize_axis {
    int32_t *start, *used;
    int32_t *weights; /* [count, taps] */
    int32_t taps, count;
    int32_t first, last; /* input positions that are read at all: [first, last) */
} axf_resize_axis;

/* Four rows at once: `quads` holds for each input pixel 4 bytes (R, G, B, any) of each of four rows; `out` gets for
 * each output pixel of the axis 16 bytes of the same form. */
void axf_resize_columns(const axf_resize_axis *axis, const uint8_t *quads, uint8_t *out);

/* One output row of `stride` bytes (a multiple of AXF_RESIZE_BLOCK) from `used` rows, `stride` bytes apart. */
void axf_resize_mix_rows(const int32_t *weights, int32_t used, const uint8_t *rows, size_t stride, uint8_t *out);

#endif
