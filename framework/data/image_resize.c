/* The arithmetic is Pillow's (Resample.c, 8 bits a channel): weights in double, normalised, rounded to 22 fractional
 * bits; sums in 32-bit integers. Integer sums do not depend on order, so the vector code below gives the same bits. */
#include "data/image_resize.h"

#include "auxfuse/image.h"
#include "core/error.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRACTION_BITS = 22,
    ROUNDING = 1 << (FRACTION_BITS - 1),
    TAP_BLOCK = 4, /* pixels a step of the horizontal pass takes: 12 bytes = 3 vectors of 4 */
    LANES = 3 * TAP_BLOCK,
    ROW_BLOCK = 32,               /* bytes a step of the vertical pass takes */
    MAX_TABLE = 64 * 1024 * 1024, /* bytes of one table of weights */
};

/* One axis: output i of the window is the sum over j < taps of weights[i * taps + j] * input[start[i] + j]. Weights
 * behind an output's own taps are zero. */
typedef struct axis {
    int32_t *start;
    int32_t *weights;
    int32_t taps;
    int32_t count;
    int32_t first, last; /* input positions read: [first, last) */
} axis;

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) {
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    }
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

static int32_t fixed_point(double weight)
{
    const double scaled = weight * (1 << FRACTION_BITS);
    return (int32_t)(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void free_axis(axis *a)
{
    free(a->start);
    free(a->weights);
    *a = (axis){0};
}

/* in positions become out, of which [from, from + count) are wanted; taps are rounded up to a multiple of `block`. */
static axf_status make_axis(axis *a, int32_t in, int64_t out, int32_t from, int32_t count, int32_t filter, int block,
                            const char *name)
{
    const double scale = (double)in / (double)out;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = (filter == AXF_FILTER_BICUBIC ? 2.0 : 1.0) * stretch;
    double (*const kernel)(double) = filter == AXF_FILTER_BICUBIC ? cubic : triangle;
    const int64_t most = (int64_t)ceil(support) * 2 + 1;
    const int64_t taps = (most + block - 1) / block * block;
    int64_t bytes;
    if (__builtin_mul_overflow(taps * (int64_t)sizeof(int32_t), (int64_t)count, &bytes) || bytes > MAX_TABLE) {
        return axf_fail(AXF_ERR_DATA, "%s: resizing %d to %lld pixels needs too large a table", name, in,
                        (long long)out);
    }
    *a = (axis){.taps = (int32_t)taps, .count = count, .first = in, .last = 0};
    a->start = malloc((size_t)count * sizeof *a->start);
    a->weights = calloc((size_t)count * (size_t)taps, sizeof *a->weights);
    double *weights = malloc((size_t)most * sizeof *weights);
    if (a->start == NULL || a->weights == NULL || weights == NULL) {
        free(weights);
        free_axis(a);
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
    }
    const double shrink = 1.0 / stretch;
    for (int32_t i = 0; i < count; i++) {
        const double centre = ((double)from + i + 0.5) * scale;
        int32_t low = (int32_t)(centre - support + 0.5);
        int32_t high = (int32_t)(centre + support + 0.5);
        low = low < 0 ? 0 : low;
        high = high > in ? in : high;
        double sum = 0.0;
        for (int32_t j = low; j < high; j++) {
            weights[j - low] = kernel((j - centre + 0.5) * shrink);
            sum += weights[j - low];
        }
        for (int32_t j = 0; j < high - low; j++) {
            a->weights[(size_t)i * (size_t)taps + (size_t)j] = fixed_point(sum != 0.0 ? weights[j] / sum : weights[j]);
        }
        a->start[i] = low;
        a->first = low < a->first ? low : a->first;
        a->last = high > a->last ? high : a->last;
    }
    free(weights);
    return AXF_OK;
}

static uint8_t clip(int32_t sum)
{
    const int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Each weight three times, once a channel, so that products run over bytes as they lie. */
static int32_t *weights_by_channel(const axis *a)
{
    const size_t count = (size_t)a->count * (size_t)a->taps;
    int32_t *spread = malloc(count * 3 * sizeof *spread);
    for (size_t i = 0; spread != NULL && i < count; i++) {
        spread[3 * i] = spread[3 * i + 1] = spread[3 * i + 2] = a->weights[i];
    }
    return spread;
}

/* One row of RGB; `row` is readable for `taps` pixels from every start. */
static void resize_row(const axis *a, const int32_t *spread, const uint8_t *row, uint8_t *out)
{
    const int32_t steps = a->taps / TAP_BLOCK;
    for (int32_t i = 0; i < a->count; i++) {
        int32_t lanes[LANES] = {0};
        const uint8_t *from = row + 3 * (size_t)a->start[i];
        for (int32_t step = 0; step < steps; step++, from += LANES, spread += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                lanes[lane] += from[lane] * spread[lane];
            }
        }
        for (int channel = 0; channel < 3; channel++) {
            out[3 * i + channel] =
                clip(ROUNDING + lanes[channel] + lanes[channel + 3] + lanes[channel + 6] + lanes[channel + 9]);
        }
    }
}

/* One row of bytes from the `taps` rows at `rows`, stride bytes apart; all rows are padded to ROW_BLOCK bytes. */
static void mix_rows(const int32_t *weights, int32_t taps, const uint8_t *rows, size_t stride, uint8_t *out)
{
    for (size_t at = 0; at < stride; at += ROW_BLOCK) {
        int32_t sums[ROW_BLOCK];
        for (int lane = 0; lane < ROW_BLOCK; lane++) {
            sums[lane] = ROUNDING;
        }
        const uint8_t *from = rows + at;
        for (int32_t j = 0; j < taps; j++, from += stride) {
            const int32_t weight = weights[j];
            for (int lane = 0; lane < ROW_BLOCK; lane++) {
                sums[lane] += from[lane] * weight;
            }
        }
        for (int lane = 0; lane < ROW_BLOCK; lane++) {
            out[at + (size_t)lane] = clip(sums[lane]);
        }
    }
}

/* The rows [first, last) of the image, each `window width` pixels wide, `stride` bytes apart in `to`. */
static axf_status horizontal_pass(const axf_image *image, int64_t width, int32_t filter, axf_window window,
                                  int32_t first, int32_t last, size_t stride, uint8_t *to, const char *name)
{
    const size_t row_bytes = (size_t)image->width * 3;
    const uint8_t *from = image->pixels + (size_t)first * row_bytes;
    if (width == image->width) {
        for (int32_t y = first; y < last; y++, from += row_bytes, to += stride) {
            memcpy(to, from + 3 * (size_t)window.left, (size_t)window.width * 3);
        }
        return AXF_OK;
    }
    axis a;
    AXF_TRY(make_axis(&a, image->width, width, window.left, window.width, filter, TAP_BLOCK, name));
    int32_t *spread = weights_by_channel(&a);
    uint8_t *row = calloc(row_bytes + 3 * (size_t)a.taps, 1); /* zero weights read beyond the last pixel */
    axf_status status = AXF_OK;
    if (spread == NULL || row == NULL) {
        status = axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
    } else {
        for (int32_t y = first; y < last; y++, from += row_bytes, to += stride) {
            memcpy(row, from, row_bytes);
            resize_row(&a, spread, row, to);
        }
    }
    free(row);
    free(spread);
    free_axis(&a);
    return status;
}

static void vertical_pass(const axis *a, const uint8_t *rows, size_t stride, int32_t last, axf_window window,
                          uint8_t *line, uint8_t *out)
{
    const size_t row_bytes = (size_t)window.width * 3;
    for (int32_t i = 0; i < window.height; i++, out += row_bytes) {
        const int32_t start = a->start[i] - a->first;
        const int32_t below = last - a->start[i]; /* the padding weights have no rows under them */
        mix_rows(a->weights + (size_t)i * (size_t)a->taps, a->taps < below ? a->taps : below,
                 rows + (size_t)start * stride, stride, line);
        memcpy(out, line, row_bytes);
    }
}

static axf_status check_window(int64_t height, int64_t width, axf_window window, const char *name)
{
    if (height < 1 || width < 1 || height > INT32_MAX || width > INT32_MAX || window.top < 0 || window.left < 0 ||
        window.height < 1 || window.width < 1 || window.height > height - window.top ||
        window.width > width - window.left) {
        return axf_fail(AXF_ERR_DATA, "%s: a part of %d x %d pixels at (%d, %d) of a resized image of %lld x %lld",
                        name, window.width, window.height, window.left, window.top, (long long)width,
                        (long long)height);
    }
    return AXF_OK;
}

static axf_status resize(const axf_image *image, int64_t height, int64_t width, int32_t filter, axf_window window,
                         const char *name, axf_image *out)
{
    axis a = {0};
    const bool vertical = height != image->height;
    if (vertical) {
        AXF_TRY(make_axis(&a, image->height, height, window.top, window.height, filter, 1, name));
    }
    const int32_t first = vertical ? a.first : window.top;
    const int32_t last = vertical ? a.last : window.top + window.height;
    const size_t row_bytes = (size_t)window.width * 3;
    const size_t stride = (row_bytes + ROW_BLOCK - 1) / ROW_BLOCK * ROW_BLOCK;
    axf_status status;
    if (!vertical) {
        status = horizontal_pass(image, width, filter, window, first, last, row_bytes, out->pixels, name);
    } else if ((int64_t)(last - first) * window.width > AXF_IMAGE_MAX_PIXELS) {
        status = axf_fail(AXF_ERR_DATA, "%s: resizing %d x %d to %lld x %lld pixels needs too much memory", name,
                          image->width, image->height, (long long)width, (long long)height);
    } else {
        uint8_t *rows = calloc((size_t)(last - first) + 1, stride); /* and a line for the result */
        if (rows == NULL) {
            status = axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
        } else {
            status = horizontal_pass(image, width, filter, window, first, last, stride, rows, name);
        }
        if (status == AXF_OK) {
            vertical_pass(&a, rows, stride, last, window, rows + (size_t)(last - first) * stride, out->pixels);
        }
        free(rows);
    }
    free_axis(&a);
    return status;
}

axf_status axf_image_resize(const axf_image *image, int64_t height, int64_t width, int32_t filter, axf_window window,
                            const char *name, axf_image *out)
{
    *out = (axf_image){0};
    AXF_TRY(check_window(height, width, window, name));
    AXF_TRY(axf_image_alloc(out, window.height, window.width, name));
    const axf_status status = resize(image, height, width, filter, window, name, out);
    if (status != AXF_OK) {
        axf_image_free(out);
    }
    return status;
}
