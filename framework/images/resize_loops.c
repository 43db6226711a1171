#include "images/resize_loops.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "widening bytes by shuffles needs little-endian lanes");

typedef int32_t ints __attribute__((vector_size(16)));
typedef uint8_t bytes __attribute__((vector_size(16)));

/* Sixteen sums, for sixteen neighbouring bytes. */
typedef struct sums {
    ints part[4];
} sums;

enum { LANES = 16, GROUPS = AXF_RESIZE_BLOCK / LANES };

static inline void start(sums *sum)
{
    for (int i = 0; i < 4; i++) {
        sum->part[i] = (ints){0} + (1 << (AXF_RESIZE_FRACTION_BITS - 1)); /* one half, since the result is truncated */
    }
}

/* Bytes are widened by shuffling zeros between them, since gcc 12 computes __builtin_convertvector lane by lane. */
static inline void add_product(sums *sum, const uint8_t *from, int32_t weight)
{
    const bytes zero = {0};
    bytes x;
    memcpy(&x, from, sizeof x);
    const bytes a = __builtin_shufflevector(x, zero, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16);
    const bytes b = __builtin_shufflevector(x, zero, 4, 16, 16, 16, 5, 16, 16, 16, 6, 16, 16, 16, 7, 16, 16, 16);
    const bytes c = __builtin_shufflevector(x, zero, 8, 16, 16, 16, 9, 16, 16, 16, 10, 16, 16, 16, 11, 16, 16, 16);
    const bytes d = __builtin_shufflevector(x, zero, 12, 16, 16, 16, 13, 16, 16, 16, 14, 16, 16, 16, 15, 16, 16, 16);
    sum->part[0] += (ints)a * weight;
    sum->part[1] += (ints)b * weight;
    sum->part[2] += (ints)c * weight;
    sum->part[3] += (ints)d * weight;
}

/* Shifts the fraction out and clips each lane to 0 … 255, in its low byte. */
static inline bytes clip(ints sum)
{
    ints value = sum >> AXF_RESIZE_FRACTION_BITS;
    value &= value > 0; /* a comparison gives -1 or 0 */
    value |= value > 255;
    return (bytes)value;
}

static inline void store(const sums *sum, uint8_t *to)
{
    const bytes a = clip(sum->part[0]), b = clip(sum->part[1]), c = clip(sum->part[2]), d = clip(sum->part[3]);
    const bytes ab = __builtin_shufflevector(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    const bytes cd = __builtin_shufflevector(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    const bytes all = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    memcpy(to, &all, sizeof all);
}

void axf_resize_columns(const axf_resize_axis *axis, const uint8_t *quads, uint8_t *out)
{
    const int32_t *weights = axis->weights;
    for (int32_t i = 0; i < axis->count; i++, weights += axis->taps, out += LANES) {
        const uint8_t *from = quads + (size_t)axis->start[i] * LANES;
        sums sum;
        start(&sum);
        for (int32_t j = 0; j < axis->used[i]; j++, from += LANES) {
            add_product(&sum, from, weights[j]);
        }
        store(&sum, out);
    }
}

void axf_resize_mix_rows(const int32_t *weights, int32_t used, const uint8_t *rows, size_t stride, uint8_t *out)
{
    for (size_t at = 0; at < stride; at += AXF_RESIZE_BLOCK) {
        sums sum[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            start(&sum[group]);
        }
        const uint8_t *from = rows + at;
        for (int32_t j = 0; j < used; j++, from += stride) {
            for (int group = 0; group < GROUPS; group++) {
                add_product(&sum[group], from + group * LANES, weights[j]);
            }
        }
        for (int group = 0; group < GROUPS; group++) {
            store(&sum[group], out + at + group * LANES);
        }
    }
}
