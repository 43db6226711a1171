#include "synth/encode.h"

#include "synth/random.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

static axf_synth_random file_stream(const axf_synth_post *post)
{
    return axf_synth_random_start(post->seed, post->index, AXF_SYNTH_STREAM_FILE);
}

typedef struct jpeg_errors {
    struct jpeg_error_mgr manager; /* first: libjpeg hands back a pointer to it */
    jmp_buf leave;
} jpeg_errors;

static void jpeg_leave(j_common_ptr info)
{
    longjmp(((jpeg_errors *)info->err)->leave, 1);
}

static void jpeg_stay_silent(j_common_ptr info)
{
    (void)info;
}

static void jpeg_set_up(struct jpeg_compress_struct *info, const axf_synth_post *post, const axf_synth_picture *picture)
{
    axf_synth_random random = file_stream(post);
    info->image_width = picture->width;
    info->image_height = picture->height;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, axf_synth_random_between(&random, 55, 95), TRUE);
    if (axf_synth_random_below(&random, 30) == 0) {
        jpeg_set_colorspace(info, JCS_GRAYSCALE);
    } else if (axf_synth_random_chance(&random, 40)) {
        info->comp_info[0].h_samp_factor = 1; /* 4:4:4 instead of the default 4:2:0 */
        info->comp_info[0].v_samp_factor = 1;
    }
}

/* More than either format needs for these sizes, noise included: neither encoder ever has to grow its buffer. */
static size_t room_for(const axf_synth_picture *picture)
{
    return (size_t)picture->width * picture->height * 4 + 16384;
}

axf_status axf_synth_jpeg_encode(const axf_synth_post *post, const axf_synth_picture *picture, axf_synth_file *file)
{
    struct jpeg_compress_struct info;
    jpeg_errors errors;
    unsigned long size = room_for(picture);
    unsigned char *const room = malloc(size);
    unsigned char *bytes = room;
    if (!room) {
        return AXF_ERR_MEMORY;
    }
    memset(&info, 0, sizeof info);
    info.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jpeg_leave;
    errors.manager.output_message = jpeg_stay_silent;
    if (setjmp(errors.leave)) {
        jpeg_destroy_compress(&info);
        free(room);
        return AXF_ERR_INTERNAL;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    jpeg_set_up(&info, post, picture);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = picture->pixels + (size_t)info.next_scanline * picture->width * 3;
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    if (bytes != room) { /* it grew after all: libjpeg's own buffer replaced this one */
        free(room);
    }
    *file = (axf_synth_file){.bytes = bytes, .size = size};
    return AXF_OK;
}

typedef struct png_output {
    unsigned char *bytes;
    size_t size, room;
} png_output;

static void png_append(png_structp png, png_bytep data, png_size_t size)
{
    png_output *output = png_get_io_ptr(png);
    if (size > output->room - output->size) {
        png_error(png, "no room");
    }
    memcpy(output->bytes + output->size, data, size);
    output->size += size;
}

static void png_append_nothing(png_structp png)
{
    (void)png;
}

static void png_leave(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void png_stay_silent(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

enum { CUBE = 6 }; /* colours a channel of the palette */

static uint8_t cube_level(uint8_t value)
{
    return (uint8_t)((value * (CUBE - 1) + 127) / 255);
}

static void png_write_palette(png_structp png, png_infop info)
{
    png_color palette[CUBE * CUBE * CUBE];
    for (int i = 0; i < CUBE * CUBE * CUBE; i++) {
        palette[i].red = (png_byte)(i / (CUBE * CUBE) * 51);
        palette[i].green = (png_byte)(i / CUBE % CUBE * 51);
        palette[i].blue = (png_byte)(i % CUBE * 51);
    }
    png_set_PLTE(png, info, palette, CUBE * CUBE * CUBE);
}

/* One row in the file's own form. Alpha falls from left to right: readers must drop it, not blend with it. */
static void png_fill_row(const axf_synth_picture *picture, uint32_t y, int colour_type, uint8_t *row)
{
    const uint8_t *pixel = picture->pixels + (size_t)y * picture->width * 3;
    for (uint32_t x = 0; x < picture->width; x++, pixel += 3) {
        if (colour_type == PNG_COLOR_TYPE_PALETTE) {
            *row++ = (uint8_t)((cube_level(pixel[0]) * CUBE + cube_level(pixel[1])) * CUBE + cube_level(pixel[2]));
            continue;
        }
        memcpy(row, pixel, 3);
        row += 3;
        if (colour_type == PNG_COLOR_TYPE_RGB_ALPHA) {
            *row++ = (uint8_t)(255 - 200 * x / picture->width);
        }
    }
}

static void png_write(png_structp png, png_infop info, const axf_synth_picture *picture, int colour_type)
{
    uint8_t row[4 * AXF_SYNTH_MAX_SIDE];
    png_set_IHDR(png, info, picture->width, picture->height, 8, colour_type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (colour_type == PNG_COLOR_TYPE_PALETTE) {
        png_write_palette(png, info);
    }
    png_set_compression_level(png, 3);
    png_write_info(png, info);
    for (uint32_t y = 0; y < picture->height; y++) {
        png_fill_row(picture, y, colour_type, row);
        png_write_row(png, row);
    }
    png_write_end(png, info);
}

axf_status axf_synth_png_encode(const axf_synth_post *post, const axf_synth_picture *picture, axf_synth_file *file)
{
    static const int colour_types[] = {PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA, PNG_COLOR_TYPE_PALETTE};
    axf_synth_random random = file_stream(post);
    const int colour_type = colour_types[axf_synth_random_below(&random, 3)];
    png_output output = {.room = room_for(picture)};
    if (picture->width > AXF_SYNTH_MAX_SIDE) {
        return AXF_ERR_INTERNAL;
    }
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_leave, png_stay_silent);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    output.bytes = info ? malloc(output.room) : NULL;
    if (!output.bytes) {
        png_destroy_write_struct(&png, &info);
        return AXF_ERR_MEMORY;
    }
    unsigned char *const bytes = output.bytes;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(bytes);
        return AXF_ERR_INTERNAL;
    }
    png_set_write_fn(png, &output, png_append, png_append_nothing);
    png_write(png, info, picture, colour_type);
    png_destroy_write_struct(&png, &info);
    *file = (axf_synth_file){.bytes = output.bytes, .size = output.size};
    return AXF_OK;
}
