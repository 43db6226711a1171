/* PNG through libpng's row interface with explicit transforms. libpng's simplified interface is not used, since it has
 * had security bugs even with valid files. Of the ancillary chunks only PLTE and tRNS are read. */
#include "images/png.h"
#include "core/error.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

enum {
    MAX_CHUNK_BYTES = 8 << 20, /* limit of one ancillary chunk, unpacked */
    MAX_CHUNKS = 128,          /* limit of ancillary chunks that are kept */
};

typedef struct decoder {
    png_structp library;
    png_infop info;
    const uint8_t *next;
    size_t left;
    const char *name;
    char text[200];
    int color_type, depth;
    uint8_t palette[256][3]; /* entries that the file leaves out are grey i, as in Pillow 9 */
    uint8_t *raw;            /* rows as libpng gives them, when they are not RGB bytes already */
    uint8_t **rows;
    axf_scratchpad *memory;
    axf_image image;
} decoder;

static void on_error(png_structp library, png_const_charp text)
{
    decoder *d = png_get_error_ptr(library);
    snprintf(d->text, sizeof d->text, "%s", text);
    png_longjmp(library, 1);
}

static void on_warning(png_structp library, png_const_charp text)
{
    (void)library;
    (void)text; /* warnings are about ancillary chunks, which do not change pixels */
}

static void read_bytes(png_structp library, png_bytep to, size_t count)
{
    decoder *d = png_get_io_ptr(library);
    if (count > d->left) {
        png_error(library, "the file is truncated");
    }
    memcpy(to, d->next, count);
    d->next += count;
    d->left -= count;
}

static void copy_palette(decoder *d)
{
    png_colorp colors = NULL;
    int count = 0;
    if (png_get_PLTE(d->library, d->info, &colors, &count) == 0) {
        png_error(d->library, "a palette image without a palette");
    }
    for (int i = 0; i < 256; i++) {
        memset(d->palette[i], i, 3);
    }
    for (int i = 0; i < count && i < 256; i++) {
        d->palette[i][0] = colors[i].red;
        d->palette[i][1] = colors[i].green;
        d->palette[i][2] = colors[i].blue;
    }
}

/* Sets libpng up to return RGB bytes, grey bytes, 16-bit grey, or palette indices. */
static void choose_transforms(decoder *d)
{
    d->color_type = png_get_color_type(d->library, d->info);
    d->depth = png_get_bit_depth(d->library, d->info);
    if (d->color_type == PNG_COLOR_TYPE_PALETTE) {
        copy_palette(d);
        png_set_packing(d->library);
    } else if (d->color_type == PNG_COLOR_TYPE_GRAY) {
        if (d->depth < 8) {
            png_set_expand_gray_1_2_4_to_8(d->library);
        }
    } else {
        if (d->depth == 16) {
            png_set_strip_16(d->library); /* takes the high byte and does not scale, as Pillow does */
        }
        png_set_strip_alpha(d->library);
    }
    png_set_interlace_handling(d->library);
    png_read_update_info(d->library, d->info);
}

static bool gives_rgb(const decoder *d)
{
    return d->color_type == PNG_COLOR_TYPE_RGB || d->color_type == PNG_COLOR_TYPE_RGB_ALPHA;
}

static void read_rows(decoder *d)
{
    const size_t height = (size_t)d->image.height, width = (size_t)d->image.width;
    const size_t sample = d->color_type == PNG_COLOR_TYPE_GRAY && d->depth == 16 ? 2 : 1;
    const size_t stride = gives_rgb(d) ? width * 3 : width * sample;
    if (png_get_rowbytes(d->library, d->info) != stride) {
        png_error(d->library, "unexpected row size");
    }
    d->rows = axf_scratchpad_take(d->memory, height * sizeof *d->rows);
    d->raw = gives_rgb(d) ? NULL : axf_scratchpad_take(d->memory, height * stride);
    if (d->rows == NULL || (d->raw == NULL && !gives_rgb(d))) {
        png_error(d->library, "no memory for its rows");
    }
    for (size_t y = 0; y < height; y++) {
        d->rows[y] = (gives_rgb(d) ? d->image.pixels : d->raw) + y * stride;
    }
    png_read_image(d->library, d->rows);
}

static void expand_rows(decoder *d)
{
    const size_t count = (size_t)d->image.height * (size_t)d->image.width;
    uint8_t *rgb = d->image.pixels;
    if (d->color_type == PNG_COLOR_TYPE_PALETTE) {
        for (size_t i = 0; i < count; i++, rgb += 3) {
            memcpy(rgb, d->palette[d->raw[i]], 3);
        }
    } else if (d->color_type == PNG_COLOR_TYPE_GRAY && d->depth == 16) {
        for (size_t i = 0; i < count; i++, rgb += 3) { /* clipped, not scaled, as Pillow does */
            rgb[0] = rgb[1] = rgb[2] = d->raw[2 * i] != 0 ? 255 : d->raw[2 * i + 1];
        }
    } else {
        for (size_t i = 0; i < count; i++, rgb += 3) {
            rgb[0] = rgb[1] = rgb[2] = d->raw[i]; /* NOLINT: libpng wrote the row through a pointer */
        }
    }
}

/* Deflate unpacks one byte to at most 1032. No memory is allocated for a file that is too short for its pixels. */
static axf_status check_size(const decoder *d, size_t size)
{
    enum { MAX_RATIO = 1032 };
    const uint32_t height = png_get_image_height(d->library, d->info), width = png_get_image_width(d->library, d->info);
    if ((uint64_t)height * png_get_rowbytes(d->library, d->info) / MAX_RATIO > size) {
        return axf_fail(AXF_ERR_DATA, "%s: bad PNG: %zu bytes cannot hold %" PRIu32 " x %" PRIu32 " pixels", d->name,
                        size, width, height);
    }
    return AXF_OK;
}

static axf_status decode(decoder *d)
{
    const size_t size = d->left;
    if (setjmp(png_jmpbuf(d->library)) != 0) {
        return axf_fail(AXF_ERR_DATA, "%s: bad PNG: %s", d->name, d->text);
    }
    png_set_user_limits(d->library, AXF_IMAGE_MAX_SIDE, AXF_IMAGE_MAX_SIDE);
    png_set_chunk_malloc_max(d->library, MAX_CHUNK_BYTES);
    png_set_chunk_cache_max(d->library, MAX_CHUNKS);
    png_set_keep_unknown_chunks(d->library, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_read_fn(d->library, d, read_bytes);
    png_read_info(d->library, d->info);
    AXF_TRY(check_size(d, size));
    AXF_TRY(axf_image_alloc(&d->image, png_get_image_height(d->library, d->info),
                            png_get_image_width(d->library, d->info), d->name, d->memory));
    choose_transforms(d);
    read_rows(d);
    if (!gives_rgb(d)) {
        expand_rows(d);
    }
    return AXF_OK;
}

axf_status axf_image_decode_png(const void *bytes, size_t size, const char *name, axf_image *image,
                                axf_scratchpad *memory)
{
    decoder *d = axf_scratchpad_zero(memory, sizeof *d);
    *image = (axf_image){0};
    d->name = name;
    d->next = bytes;
    d->left = size;
    d->memory = memory;
    d->library = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
    d->info = d->library != NULL ? png_create_info_struct(d->library) : NULL;
    const axf_status status =
        d->info != NULL ? decode(d) : axf_fail(AXF_ERR_MEMORY, "%s: no memory to decode a PNG", name);
    png_destroy_read_struct(&d->library, &d->info, NULL);
    if (status == AXF_OK) {
        *image = d->image;
    }
    return status;
}
