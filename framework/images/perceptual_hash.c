#include "images/perceptual_hash.h"

#include "core/arena.h"
#include "images/resize.h"

#include "auxfuse/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, KEPT = 8, BITS = KEPT * KEPT };

static axf_status shrink(const axf_image *image, const char *name, double grey[SIDE][SIDE], axf_scratchpad *memory)
{
    const axf_window whole = {0, 0, SIDE, SIDE};
    axf_image small;
    AXF_TRY(axf_image_resize(image, SIDE, SIDE, AXF_FILTER_BILINEAR, whole, name, &small, memory));
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const uint8_t *p = small.pixels + 3 * (y * SIDE + x);
            grey[y][x] = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        }
    }
    return AXF_OK;
}

/* The coefficients of frequencies 1 to KEPT of both axes. Those with frequency 0 on an axis are left out, since most
 * photographs have them in common (light above, dark below). */
static void transform(double grey[SIDE][SIDE], double out[BITS])
{
    double wave[KEPT][SIDE], half[SIDE][KEPT];
    for (int u = 0; u < KEPT; u++) {
        for (int x = 0; x < SIDE; x++) {
            wave[u][x] = cos(M_PI * (u + 1) * (2 * x + 1) / (2.0 * SIDE));
        }
    }
    for (int y = 0; y < SIDE; y++) {
        for (int v = 0; v < KEPT; v++) {
            half[y][v] = 0;
            for (int x = 0; x < SIDE; x++) {
                half[y][v] += grey[y][x] * wave[v][x];
            }
        }
    }
    for (int u = 0; u < KEPT; u++) {
        for (int v = 0; v < KEPT; v++) {
            double sum = 0;
            for (int y = 0; y < SIDE; y++) {
                sum += half[y][v] * wave[u][y];
            }
            out[KEPT * u + v] = sum;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

axf_status axf_phash(const axf_image *image, const char *name, uint64_t *hash, axf_scratchpad *memory)
{
    double grey[SIDE][SIDE], value[BITS], sorted[BITS];
    *hash = 0;
    AXF_TRY(shrink(image, name, grey, memory));
    transform(grey, value);
    memcpy(sorted, value, sizeof sorted);
    qsort(sorted, BITS, sizeof *sorted, by_value);
    /* Where there is no contrast, rounding gives coefficients of 1e-10. No bit is set then. */
    const double median = (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2, least = 1e-6;
    for (int i = 0; i < BITS; i++) {
        *hash |= (uint64_t)(value[i] > median + least) << i;
    }
    return AXF_OK;
}

int32_t axf_phash_distance(uint64_t a, uint64_t b)
{
    return __builtin_popcountll(a ^ b);
}

typedef struct piece {
    uint64_t bits;
    int32_t index;
} piece;

static int by_piece(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    if (x->bits != y->bits) {
        return x->bits < y->bits ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

static uint64_t piece_of(uint64_t hash, int32_t pieces, int32_t k)
{
    const int32_t from = BITS * k / pieces, to = BITS * (k + 1) / pieces;
    return hash >> from & (to - from == BITS ? UINT64_MAX : (UINT64_C(1) << (to - from)) - 1);
}

/* Whether an earlier piece of the two hashes is equal: then the pair has been found before. */
static int shown_before(uint64_t a, uint64_t b, int32_t pieces, int32_t k)
{
    for (int32_t i = 0; i < k; i++) {
        if (piece_of(a, pieces, i) == piece_of(b, pieces, i)) {
            return 1;
        }
    }
    return 0;
}

void axf_phash_near(const uint64_t *hash, int32_t count, int32_t bound,
                    void (*near)(void *context, int32_t a, int32_t b, int32_t distance), void *context)
{
    const int32_t pieces = bound + 1;
    piece *order = axf_alloc((size_t)count * sizeof *order);
    for (int32_t k = 0; k < pieces; k++) {
        for (int32_t i = 0; i < count; i++) {
            order[i] = (piece){piece_of(hash[i], pieces, k), i};
        }
        if (count > 0) {
            qsort(order, (size_t)count, sizeof *order, by_piece);
        }
        for (int32_t i = 0; i < count; i++) {
            for (int32_t j = i + 1; j < count && order[j].bits == order[i].bits; j++) {
                const int32_t a = order[i].index, b = order[j].index;
                const int32_t distance = axf_phash_distance(hash[a], hash[b]);
                if (distance <= bound && !shown_before(hash[a], hash[b], pieces, k)) {
                    near(context, a, b, distance);
                }
            }
        }
    }
    free(order);
}
