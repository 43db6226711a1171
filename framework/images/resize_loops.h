/* The two inner loops of the resize, written with the compiler's vector types. They compute with integers, so the bits
 * do not depend on the width of the vectors. Only images/resize.c uses them. */
#ifndef AXF_IMAGES_RESIZE_LOOPS_H
#define AXF_IMAGES_RESIZE_LOOPS_H

#include <stddef.h>
#include <stdint.h>

enum {
    AXF_RESIZE_FRACTION_BITS = 22, /* fractional bits of a weight */
    AXF_RESIZE_ROWS = 4,           /* rows that the horizontal loop computes together */
    AXF_RESIZE_BLOCK = 32,         /* rows of the vertical loop are padded to a multiple of this many bytes */
};

/* One axis: output i is the sum over j < used[i] of weights[i * taps + j] * input[start[i] + j]. */
typedef struct axf_resize_axis {
    int32_t *start, *used;
    int32_t *weights; /* [count, taps] */
    int32_t taps, count;
    int32_t first, last; /* only the input positions [first, last) are read */
} axf_resize_axis;

/* Resizes four rows at once. For each input pixel, `quads` has 4 bytes (R, G, B and one that is ignored) of each of the
 * four rows. `out` gets 16 bytes of the same form for each output pixel of the axis. */
void axf_resize_columns(const axf_resize_axis *axis, const uint8_t *quads, uint8_t *out);

/* Computes one output row of `stride` bytes (a multiple of AXF_RESIZE_BLOCK) from `used` rows, `stride` bytes apart. */
void axf_resize_mix_rows(const int32_t *weights, int32_t used, const uint8_t *rows, size_t stride, uint8_t *out);

#endif
