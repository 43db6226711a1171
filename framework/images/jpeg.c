/* JPEG through libjpeg(-turbo). The settings are the library's defaults, since Pillow uses them, and every file may be
 * hostile. */
#include "images/jpeg.h"
#include "core/error.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

enum { MAX_SCANS = 100 };                /* a small file can have thousands, and each passes over all coefficients */
static const long MAX_MEMORY = 1L << 30; /* enough for the coefficients of a progressive image, 6 bytes a pixel */

typedef struct decoder {
    struct jpeg_decompress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct jpeg_source_mgr source;
    jmp_buf escape;
    const char *problem; /* what we found wrong; NULL when the library found it */
    char text[JMSG_LENGTH_MAX];
    const char *name;
    uint8_t *row; /* one row of CMYK samples */
    axf_scratchpad *memory;
    axf_image image;
} decoder;

static decoder *decoder_of(j_common_ptr library)
{
    return library->client_data;
}

_Noreturn static void give_up(j_common_ptr library)
{
    decoder *d = decoder_of(library);
    if (d->problem == NULL) {
        d->errors.format_message(library, d->text);
        d->problem = d->text;
    }
    longjmp(d->escape, 1);
}

_Noreturn static void refuse(j_common_ptr library, const char *problem)
{
    decoder_of(library)->problem = problem;
    give_up(library);
}

static void on_message(j_common_ptr library, int level)
{
    if (level < 0) { /* a warning: the data is corrupt, and the library would guess the rest */
        give_up(library);
    }
}

static void print_nothing(j_common_ptr library)
{
    (void)library;
}

static void check_scans(j_common_ptr library)
{
    if (((j_decompress_ptr)library)->input_scan_number > MAX_SCANS) {
        refuse(library, "more than 100 scans");
    }
}

static void do_nothing(j_decompress_ptr library)
{
    (void)library;
}

static boolean on_end_of_data(j_decompress_ptr library)
{
    refuse((j_common_ptr)library, "the file is truncated");
}

static void skip_bytes(j_decompress_ptr library, long count)
{
    struct jpeg_source_mgr *source = library->src;
    if (count > 0 && (size_t)count > source->bytes_in_buffer) {
        refuse((j_common_ptr)library, "the file is truncated");
    }
    if (count > 0) {
        source->next_input_byte += count;
        source->bytes_in_buffer -= (size_t)count;
    }
}

static void read_from(decoder *d, const void *bytes, size_t size)
{
    d->source = (struct jpeg_source_mgr){.next_input_byte = bytes,
                                         .bytes_in_buffer = size,
                                         .init_source = do_nothing,
                                         .fill_input_buffer = on_end_of_data,
                                         .skip_input_data = skip_bytes,
                                         .resync_to_restart = jpeg_resync_to_restart,
                                         .term_source = do_nothing};
    d->library.src = &d->source;
}

/* (255 - k) · (1 - c / 255), rounded as Pillow does: for a product, t = a * b + 128, ((t >> 8) + t) >> 8. */
static uint8_t cmyk_channel(unsigned c, unsigned k)
{
    const int white = 255 - (int)k;
    const int t = (int)c * white + 128;
    const int value = white - (((t >> 8) + t) >> 8);
    return (uint8_t)(value < 0 ? 0 : value);
}

/* Files with four components come from Adobe's programs, which write them inverted. Pillow inverts all of them, whether
 * they carry Adobe's mark or not. */
static void rgb_of_cmyk(const uint8_t *cmyk, uint8_t *rgb, int32_t width)
{
    for (int32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        const unsigned k = 255u - cmyk[3];
        for (int channel = 0; channel < 3; channel++) {
            rgb[channel] = cmyk_channel(255u - cmyk[channel], k);
        }
    }
}

/* A block of 8 x 8 pixels takes at least one bit of a file with Huffman codes, and in practice at least 1/64 bit of one
 * with arithmetic codes. No memory is allocated for a file that is too short for its pixels. */
static axf_status check_size(const decoder *d, size_t size)
{
    const struct jpeg_decompress_struct *library = &d->library;
    uint64_t blocks = 0;
    for (int i = 0; i < library->num_components; i++) {
        blocks += (uint64_t)library->comp_info[i].width_in_blocks * library->comp_info[i].height_in_blocks;
    }
    if (blocks / 8 / (library->arith_code ? 64 : 1) > size) {
        return axf_fail(AXF_ERR_DATA, "%s: bad JPEG: %zu bytes cannot hold %u x %u pixels", d->name, size,
                        library->image_width, library->image_height);
    }
    return AXF_OK;
}

static void choose_output(decoder *d)
{
    struct jpeg_decompress_struct *library = &d->library;
    switch (library->num_components) {
    case 1: /* the library repeats the grey value three times when asked for RGB */
    case 3:
        library->out_color_space = JCS_RGB;
        break;
    case 4:
        library->out_color_space = JCS_CMYK;
        break;
    default:
        refuse((j_common_ptr)library, "neither 1, 3 nor 4 colour components");
    }
    library->dct_method = JDCT_ISLOW;
    library->do_fancy_upsampling = TRUE;
}

static void read_rows(decoder *d)
{
    struct jpeg_decompress_struct *library = &d->library;
    const size_t stride = (size_t)d->image.width * 3;
    const bool cmyk = library->out_color_space == JCS_CMYK;
    if (cmyk) {
        d->row = axf_scratchpad_take(d->memory, (size_t)d->image.width * 4);
        if (d->row == NULL) {
            refuse((j_common_ptr)library, "no memory for a row");
        }
    }
    while (library->output_scanline < library->output_height) {
        uint8_t *rgb = d->image.pixels + library->output_scanline * stride;
        JSAMPROW row = cmyk ? d->row : rgb;
        jpeg_read_scanlines(library, &row, 1);
        if (cmyk) {
            rgb_of_cmyk(d->row, rgb, d->image.width);
        }
    }
    jpeg_finish_decompress(library); /* reads up to the end marker, and so finds out whether the file is truncated */
}

static axf_status decode(decoder *d, const void *bytes, size_t size)
{
    if (setjmp(d->escape) != 0) {
        return axf_fail(AXF_ERR_DATA, "%s: bad JPEG: %s", d->name, d->problem);
    }
    jpeg_create_decompress(&d->library);
    d->library.mem->max_memory_to_use = MAX_MEMORY;
    d->library.progress = &d->progress;
    read_from(d, bytes, size);
    jpeg_read_header(&d->library, TRUE);
    AXF_TRY(check_size(d, size));
    AXF_TRY(axf_image_alloc(&d->image, d->library.image_height, d->library.image_width, d->name, d->memory));
    choose_output(d);
    jpeg_start_decompress(&d->library);
    read_rows(d);
    return AXF_OK;
}

axf_status axf_image_decode_jpeg(const void *bytes, size_t size, const char *name, axf_image *image,
                                 axf_scratchpad *memory)
{
    decoder *d = axf_scratchpad_zero(memory, sizeof *d);
    *image = (axf_image){0};
    d->name = name;
    d->memory = memory;
    d->library.client_data = d;
    d->library.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = give_up;
    d->errors.emit_message = on_message;
    d->errors.output_message = print_nothing;
    d->progress.progress_monitor = check_scans;
    const axf_status status = decode(d, bytes, size);
    jpeg_destroy_decompress(&d->library);
    if (status == AXF_OK) {
        *image = d->image;
    }
    return status;
}
