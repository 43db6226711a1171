/* The arithmetic is Pillow's (Resample.c, 8 bits a channel): weights are normalised in double and rounded to 22
 * fractional bits, and sums are 32-bit integers. Sums of integers do not depend on their order, so vector code gives
 * the same bits. */
#include "images/resize.h"

#include "auxfuse/image.h"
#include "core/error.h"
#include "images/resize_loops.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    MAX_TABLE = 64 * 1024 * 1024, /* bytes that the weights of one axis may take */
    QUAD = 4 * AXF_RESIZE_ROWS,   /* bytes of one column of four rows */
};

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
    const double scaled = weight * (1 << AXF_RESIZE_FRACTION_BITS);
    return (int32_t)(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

static axf_status alloc_axis(axf_resize_axis *a, int64_t taps, int32_t count, const char *name, axf_scratchpad *memory)
{
    int64_t bytes;
    if (__builtin_mul_overflow(taps * (int64_t)sizeof(int32_t), (int64_t)count, &bytes) || bytes > MAX_TABLE) {
        return axf_fail(AXF_ERR_DATA, "%s: resizing to %d pixels of %lld needs too large a table", name, count,
                        (long long)taps);
    }
    a->taps = (int32_t)taps;
    a->count = count;
    a->start = axf_scratchpad_take(memory, (size_t)count * sizeof *a->start);
    a->used = axf_scratchpad_take(memory, (size_t)count * sizeof *a->used);
    a->weights = axf_scratchpad_take(memory, (size_t)bytes);
    if (a->start == NULL || a->used == NULL || a->weights == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
    }
    return AXF_OK;
}

/* The filter kernel for one axis, of which `in` positions become `out` positions. */
typedef struct scaling {
    double scale, stretch, support;
    double (*kernel)(double);
    int32_t in;
} scaling;

static scaling make_scaling(int32_t in, int64_t out, int32_t filter)
{
    const double scale = (double)in / (double)out;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const bool bicubic = filter == AXF_FILTER_BICUBIC;
    return (scaling){scale, stretch, (bicubic ? 2.0 : 1.0) * stretch, bicubic ? cubic : triangle, in};
}

/* The input positions [*low, *low + count) under output `position`, whose centre is *centre; returns count. */
static int32_t span(const scaling *s, int64_t position, double *centre, int32_t *low)
{
    *centre = ((double)position + 0.5) * s->scale;
    const int32_t from = (int32_t)(*centre - s->support + 0.5);
    const int32_t to = (int32_t)(*centre + s->support + 0.5);
    *low = from < 0 ? 0 : from;
    return (to > s->in ? s->in : to) - *low;
}

/* Computes the weights of the outputs [from, from + count) where `in` positions are resized to `out`. */
static axf_status make_axis(axf_resize_axis *a, int32_t in, int64_t out, int32_t from, int32_t count, int32_t filter,
                            const char *name, axf_scratchpad *memory)
{
    const scaling s = make_scaling(in, out, filter);
    const int64_t taps = (int64_t)ceil(s.support) * 2 + 1;
    AXF_TRY(alloc_axis(a, taps, count, name, memory));
    double *exact = axf_scratchpad_take(memory, (size_t)taps * sizeof *exact);
    if (exact == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
    }
    a->first = in;
    a->last = 0;
    const double shrink = 1.0 / s.stretch;
    for (int32_t i = 0; i < count; i++) {
        double centre, sum = 0.0;
        int32_t low;
        const int32_t used = span(&s, (int64_t)from + i, &centre, &low);
        for (int32_t j = 0; j < used; j++) {
            exact[j] = s.kernel((low + j - centre + 0.5) * shrink);
            sum += exact[j];
        }
        int32_t *weights = a->weights + (size_t)i * (size_t)taps;
        for (int32_t j = 0; j < used; j++) {
            weights[j] = fixed_point(sum != 0.0 ? exact[j] / sum : exact[j]);
        }
        a->start[i] = low;
        a->used[i] = used;
        a->first = low < a->first ? low : a->first;
        a->last = low + used > a->last ? low + used : a->last;
    }
    return AXF_OK;
}

/* Copies pixels [first, last) of row number `row` of four to their places in `quads`, which starts at pixel `first`. It
 * copies four bytes a pixel for speed, but three of the last pixel, since the memory may end behind it. */
static void spread_row(const uint8_t *from, int32_t first, int32_t last, int row, uint8_t *quads)
{
    from += 3 * (size_t)first;
    quads += 4 * (size_t)row;
    for (int32_t x = first; x < last - 1; x++, from += 3, quads += QUAD) {
        memcpy(quads, from, 4);
    }
    memcpy(quads, from, 3);
}

static void gather_row(const uint8_t *quads, int32_t width, int row, uint8_t *to)
{
    quads += 4 * (size_t)row;
    for (int32_t x = 0; x < width - 1; x++, to += 3, quads += QUAD) {
        memcpy(to, quads, 4);
    }
    memcpy(to, quads, 3);
}

/* Resizes `rows` rows, row_bytes apart, into rows of a->count pixels, `stride` bytes apart. */
static axf_status resize_rows(axf_resize_axis *a, const uint8_t *from, size_t row_bytes, int32_t rows, uint8_t *to,
                              size_t stride, const char *name, axf_scratchpad *memory)
{
    const size_t in_bytes = (size_t)(a->last - a->first) * QUAD, out_bytes = (size_t)a->count * QUAD;
    uint8_t *in = axf_scratchpad_take(memory, in_bytes + out_bytes);
    if (in == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
    }
    memset(in, 0, in_bytes + out_bytes);
    uint8_t *out = in + in_bytes;
    for (int32_t i = 0; i < a->count; i++) {
        a->start[i] -= a->first;
    }
    for (int32_t y = 0; y < rows; y += AXF_RESIZE_ROWS) {
        const int32_t together = rows - y < AXF_RESIZE_ROWS ? rows - y : AXF_RESIZE_ROWS;
        for (int row = 0; row < together; row++) {
            spread_row(from + (size_t)(y + row) * row_bytes, a->first, a->last, row, in);
        }
        axf_resize_columns(a, in, out);
        for (int row = 0; row < together; row++) {
            gather_row(out, a->count, row, to + (size_t)(y + row) * stride);
        }
    }
    return AXF_OK;
}

/* Resizes the rows [first, last) of the image horizontally to the width of the window; they are `stride` bytes apart in
 * `to`. */
static axf_status horizontal_pass(const axf_image *image, int64_t width, int32_t filter, axf_window window,
                                  int32_t first, int32_t last, size_t stride, uint8_t *to, const char *name,
                                  axf_scratchpad *memory)
{
    const size_t row_bytes = (size_t)image->width * 3;
    const uint8_t *from = image->pixels + (size_t)first * row_bytes;
    if (width == image->width) {
        for (int32_t y = first; y < last; y++, from += row_bytes, to += stride) {
            memcpy(to, from + 3 * (size_t)window.left, (size_t)window.width * 3);
        }
        return AXF_OK;
    }
    axf_resize_axis a;
    AXF_TRY(make_axis(&a, image->width, width, window.left, window.width, filter, name, memory));
    return resize_rows(&a, from, row_bytes, last - first, to, stride, name, memory);
}

static void vertical_pass(const axf_resize_axis *a, const uint8_t *rows, size_t stride, axf_window window,
                          uint8_t *line, uint8_t *out)
{
    const size_t row_bytes = (size_t)window.width * 3;
    for (int32_t i = 0; i < window.height; i++, out += row_bytes) {
        axf_resize_mix_rows(a->weights + (size_t)i * (size_t)a->taps, a->used[i],
                            rows + (size_t)(a->start[i] - a->first) * stride, stride, line);
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
                         const char *name, axf_image *out, axf_scratchpad *memory)
{
    axf_resize_axis a = {0};
    const bool vertical = height != image->height;
    if (vertical) {
        AXF_TRY(make_axis(&a, image->height, height, window.top, window.height, filter, name, memory));
    }
    const int32_t first = vertical ? a.first : window.top;
    const int32_t last = vertical ? a.last : window.top + window.height;
    const size_t row_bytes = (size_t)window.width * 3;
    const size_t stride = (row_bytes + AXF_RESIZE_BLOCK - 1) / AXF_RESIZE_BLOCK * AXF_RESIZE_BLOCK;
    if (!vertical) {
        return horizontal_pass(image, width, filter, window, first, last, row_bytes, out->pixels, name, memory);
    }
    if ((int64_t)(last - first) * window.width > AXF_IMAGE_MAX_PIXELS) {
        return axf_fail(AXF_ERR_DATA, "%s: resizing %d x %d to %lld x %lld pixels needs too much memory", name,
                        image->width, image->height, (long long)width, (long long)height);
    }
    const size_t bytes = ((size_t)(last - first) + 1) * stride; /* one more row for the result */
    uint8_t *rows = axf_scratchpad_take(memory, bytes);
    if (rows == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory to resize", name);
    }
    memset(rows, 0, bytes);
    AXF_TRY(horizontal_pass(image, width, filter, window, first, last, stride, rows, name, memory));
    vertical_pass(&a, rows, stride, window, rows + (size_t)(last - first) * stride, out->pixels);
    return AXF_OK;
}

axf_status axf_image_resize(const axf_image *image, int64_t height, int64_t width, int32_t filter, axf_window window,
                            const char *name, axf_image *out, axf_scratchpad *memory)
{
    *out = (axf_image){0};
    AXF_TRY(check_window(height, width, window, name));
    axf_image result;
    AXF_TRY(axf_image_alloc(&result, window.height, window.width, name, memory));
    AXF_TRY(resize(image, height, width, filter, window, name, &result, memory));
    *out = result;
    return AXF_OK;
}
