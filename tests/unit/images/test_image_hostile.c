/* PNG and JPEG files of the kinds that broke other readers: valid ones must give their pixels, others be refused. */
#include "image_cases.h"
#include "temp_folder.h"

#include <jpeglib.h>
#include <png.h>
#include <stdint.h>
#include <sys/resource.h>
#include <zlib.h>

/* The defects of CVE-2025-64720, -65018 and -66293 sit in the simplified reader, that of CVE-2026-25646 in
 * png_set_quantize. Definitions of the program come before those of the library: whoever calls them ends here. */
int png_image_begin_read_from_memory(png_imagep image, png_const_voidp memory, png_size_t size)
{
    (void)image, (void)memory, (void)size;
    abort();
}

int png_image_finish_read(png_imagep image, png_const_colorp background, void *buffer, png_int_32 stride, void *colors)
{
    (void)image, (void)background, (void)buffer, (void)stride, (void)colors;
    abort();
}

void png_set_quantize(png_structrp library, png_colorp palette, int count, int most, png_const_uint_16p histogram,
                      int full)
{
    (void)library, (void)palette, (void)count, (void)most, (void)histogram, (void)full;
    abort();
}

/* ---- writing PNGs ---- */

typedef struct buffer {
    uint8_t *bytes;
    size_t size, room;
} buffer;

static void add(buffer *b, const void *bytes, size_t size)
{
    if (b->size + size > b->room) {
        b->room = (b->size + size) * 2;
        b->bytes = realloc(b->bytes, b->room);
        ck_assert_ptr_nonnull(b->bytes);
    }
    if (size > 0) {
        memcpy(b->bytes + b->size, bytes, size);
        b->size += size;
    }
}

static void add32(buffer *b, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    add(b, bytes, 4);
}

static void add_chunk(buffer *b, const char *type, const void *data, size_t size)
{
    add32(b, (uint32_t)size);
    const size_t start = b->size;
    add(b, type, 4);
    add(b, data, size);
    add32(b, (uint32_t)crc32(0, b->bytes + start, (uInt)(size + 4)));
}

/* A chunk whose data is `prefix`, then `size` zeros, deflated. */
static void add_bomb(buffer *b, const char *type, const char *prefix, size_t prefix_size, size_t size)
{
    uLongf packed = compressBound(size);
    uint8_t *zeros = calloc(size, 1), *out = malloc(prefix_size + packed);
    memcpy(out, prefix, prefix_size);
    ck_assert_int_eq(compress2(out + prefix_size, &packed, zeros, size, 9), Z_OK);
    add_chunk(b, type, out, prefix_size + packed);
    free(zeros);
    free(out);
}

typedef struct picture {
    uint32_t width, height;
    int type, depth, interlaced; /* type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha */
} picture;

static int channels_of(int type)
{
    static const int channels[] = {1, 0, 3, 1, 2, 0, 4};
    return channels[type];
}

/* The sample of a pixel, of up to 16 bits: any pattern will do. */
static unsigned sample(const picture *p, uint32_t x, uint32_t y, int channel)
{
    const unsigned value = (x * 2654435761u + y * 40503u + (unsigned)channel * 12345u) >> 3;
    return value & ((1u << p->depth) - 1);
}

static void add_row(buffer *raw, const picture *p, uint32_t y, uint32_t x0, uint32_t step)
{
    uint8_t packed = 0;
    int bits = 0;
    add(raw, "\0", 1); /* no filter */
    for (uint32_t x = x0; x < p->width; x += step) {
        for (int c = 0; c < channels_of(p->type); c++) {
            const unsigned value = sample(p, x, y, c);
            const uint8_t wide[2] = {(uint8_t)(value >> 8), (uint8_t)value};
            if (p->depth >= 8) {
                add(raw, p->depth == 16 ? wide : wide + 1, (size_t)p->depth / 8);
                continue;
            }
            packed = (uint8_t)(packed | value << (8 - p->depth - bits));
            bits += p->depth;
            if (bits == 8) {
                add(raw, &packed, 1);
                packed = 0, bits = 0;
            }
        }
    }
    if (bits > 0) {
        add(raw, &packed, 1);
    }
}

static void add_pixels(buffer *b, const picture *p)
{
    static const uint8_t adam7[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                        {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}; /* x, y, steps of both */
    static const uint8_t whole[4] = {0, 0, 1, 1};
    buffer raw = {0};
    for (int pass = 0; pass < (p->interlaced ? 7 : 1); pass++) {
        const uint8_t *at = p->interlaced ? adam7[pass] : whole;
        for (uint32_t y = at[1]; at[0] < p->width && y < p->height; y += at[3]) {
            add_row(&raw, p, y, at[0], at[2]);
        }
    }
    uLongf packed = compressBound(raw.size);
    uint8_t *out = malloc(packed);
    ck_assert_int_eq(compress(out, &packed, raw.bytes, raw.size), Z_OK);
    add_chunk(b, "IDAT", out, packed);
    free(out);
    free(raw.bytes);
}

static void begin_png(buffer *b, const picture *p)
{
    buffer header = {0};
    *b = (buffer){0};
    add(b, "\x89PNG\r\n\x1a\n", 8);
    add32(&header, p->width);
    add32(&header, p->height);
    const uint8_t rest[5] = {(uint8_t)p->depth, (uint8_t)p->type, 0, 0, (uint8_t)p->interlaced};
    add(&header, rest, 5);
    add_chunk(b, "IHDR", header.bytes, header.size);
    free(header.bytes);
}

/* Colour i of every palette here. */
static void colour(unsigned i, uint8_t rgb[3])
{
    rgb[0] = (uint8_t)(255 - i), rgb[1] = (uint8_t)(i * 7), rgb[2] = (uint8_t)(i * 31 + 5);
}

static void add_palette(buffer *b, unsigned count)
{
    uint8_t colours[256 * 3];
    for (unsigned i = 0; i < count; i++) {
        colour(i, colours + 3 * i);
    }
    add_chunk(b, "PLTE", colours, count * 3);
}

static axf_status decode(buffer *b, axf_image *image)
{
    const axf_status status = axf_image_decode(b->bytes, b->size, "made.png", image, &image_memory);
    free(b->bytes);
    return status;
}

/* What Pillow's convert("RGB") makes of the pixel: alpha left out, 16 bits of grey clipped and of colours cut. */
static void expected_pixel(const picture *p, unsigned palette, uint32_t x, uint32_t y, uint8_t rgb[3])
{
    const unsigned first = sample(p, x, y, 0);
    if (p->type == 3) {
        memset(rgb, (int)first, 3); /* beyond the palette: grey */
        if (first < palette) {
            colour(first, rgb);
        }
    } else if (p->type == 0) {
        const unsigned most = (1u << p->depth) - 1;
        memset(rgb, (int)(p->depth == 16 ? (first > 255 ? 255 : first) : first * 255 / most), 3);
    } else {
        for (int c = 0; c < 3; c++) {
            rgb[c] = (uint8_t)(sample(p, x, y, p->type == 4 ? 0 : c) >> (p->depth - 8));
        }
    }
}

static void check_pixels(const picture *p, unsigned palette, axf_image *image)
{
    ck_assert_uint_eq((unsigned)image->width, p->width);
    ck_assert_uint_eq((unsigned)image->height, p->height);
    for (uint32_t y = 0; y < p->height; y++) {
        for (uint32_t x = 0; x < p->width; x++) {
            uint8_t rgb[3];
            expected_pixel(p, palette, x, y, rgb);
            const uint8_t *found = image->pixels + ((size_t)y * p->width + x) * 3;
            ck_assert_msg(memcmp(found, rgb, 3) == 0,
                          "type %d, depth %d, %u x %u%s: (%u, %u) is %d %d %d, not %d %d %d", p->type, p->depth,
                          p->width, p->height, p->interlaced ? ", interlaced" : "", x, y, found[0], found[1], found[2],
                          rgb[0], rgb[1], rgb[2]);
        }
    }
}

/* ---- valid files ---- */

/* CVE-2025-64720, -66293: palettes with alpha, partly opaque, with a gamma. CVE-2026-25646: large ones without and with
 * a histogram. And indices beyond the palette, in 1, 2, 4 and 8 bits, interlaced or not. */
START_TEST(reads_palettes)
{
    static const unsigned counts[] = {1, 2, 3, 5, 16, 200, 256};
    for (int depth = 1; depth <= 8; depth *= 2) {
        for (size_t i = 0; i < 7 && counts[i] <= 1u << depth; i++) {
            for (int form = 0; form < 8; form++) { /* interlaced, alpha, histogram */
                const picture p = {37, 19, 3, depth, form & 1};
                uint8_t many[512] = {0};
                buffer b;
                axf_image image;
                begin_png(&b, &p);
                add_chunk(&b, "gAMA", "\0\0\x0a\x12", 4);
                add_palette(&b, counts[i]);
                for (unsigned k = 0; k < counts[i]; k++) {
                    many[2 * k] = many[2 * k + 1] = (uint8_t)(k * 85);
                }
                if (form & 4) {
                    add_chunk(&b, "hIST", many, (size_t)counts[i] * 2);
                }
                if (form & 2) {
                    add_chunk(&b, "tRNS", many, counts[i]);
                }
                add_chunk(&b, "bKGD", "\0", 1);
                add_pixels(&b, &p);
                add_chunk(&b, "IEND", "", 0);
                ck_assert_msg(decode(&b, &image) == AXF_OK, "%s", axf_error_message());
                check_pixels(&p, counts[i], &image);
            }
        }
    }
}
END_TEST

/* CVE-2025-65018: interlaced files of 16 bits, of widths that leave passes empty; and every other kind beside them. */
START_TEST(reads_interlaced_files)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 33};
    static const int types[] = {0, 2, 4, 6};
    for (int t = 0; t < 4; t++) {
        for (int depth = types[t] == 0 ? 1 : 8; depth <= 16; depth *= 2) {
            for (int s = 0; s < 81; s++) {
                const picture p = {sizes[s % 9], sizes[s / 9], types[t], depth, 1};
                buffer b;
                axf_image image;
                begin_png(&b, &p);
                if (types[t] == 2) {
                    add_chunk(&b, "tRNS", "\0\1\0\2\0\3", 6);
                }
                add_pixels(&b, &p);
                add_chunk(&b, "IEND", "", 0);
                ck_assert_msg(decode(&b, &image) == AXF_OK, "%s", axf_error_message());
                check_pixels(&p, 0, &image);
            }
        }
    }
}
END_TEST

/* ---- floods ---- */

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static const struct {
    const char *type, *data;
    size_t size, times;
} floods[] = {
    {"tEXt", "a\0b", 3, 100000},
    {"sPLT", "a\0\x08", 3, 100000},
    {"quIt", "x", 1, 100000},
    {"tIME", "\7\xd0\1\1\1\1\1", 7, 100000},
    {"gAMA", "\0\0\x0a\x12", 4, 100000},
    {"zTXt", "a\0\0x", 4, 10000},
};

START_TEST(ignores_floods_of_chunks)
{
    const picture p = {5, 4, 2, 8, 0};
    buffer b;
    axf_image image;
    begin_png(&b, &p);
    for (size_t i = 0; i < floods[_i].times; i++) {
        add_chunk(&b, floods[_i].type, floods[_i].data, floods[_i].size);
    }
    add_pixels(&b, &p);
    add_chunk(&b, "IEND", "", 0);
    const long before = peak_kilobytes();
    const axf_status status = decode(&b, &image);
    ck_assert_int_lt(peak_kilobytes() - before, 20 * 1024);
    ck_assert_msg(status == AXF_OK || status == AXF_ERR_DATA, "%s", axf_error_message());
    if (status == AXF_OK) {
        check_pixels(&p, 0, &image);
    }
}
END_TEST

/* 256 MB of text, profile or palette in 250 kB. */
START_TEST(unpacks_no_bombs)
{
    static const struct {
        const char *type, *prefix;
        size_t size;
    } bombs[] = {{"zTXt", "a\0\0", 3}, {"iCCP", "a\0\0", 3}, {"iTXt", "a\0\1\0\0\0", 6}};
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        const picture p = {5, 4, 2, 8, 0};
        buffer b;
        axf_image image;
        begin_png(&b, &p);
        const long start = peak_kilobytes();
        add_bomb(&b, bombs[i].type, bombs[i].prefix, bombs[i].size, (size_t)256 << 20);
        add_pixels(&b, &p);
        add_chunk(&b, "IEND", "", 0);
        const long before = peak_kilobytes();
        ck_assert_int_ge(before, start);
        const axf_status status = decode(&b, &image);
        ck_assert_int_lt(peak_kilobytes() - before, 20 * 1024);
        ck_assert_msg(status == AXF_OK || status == AXF_ERR_DATA, "%s", axf_error_message());
        if (status == AXF_OK) {
            check_pixels(&p, 0, &image);
        }
    }
}
END_TEST

/* More pixels than the header says, and fewer. */
START_TEST(refuses_other_amounts_of_pixels)
{
    for (int more = 0; more < 2; more++) {
        const picture said = {8, 8, 2, 8, 0}, there = {8, more ? 8000 : 4, 2, 8, 0};
        buffer b;
        axf_image image;
        begin_png(&b, &said);
        add_pixels(&b, &there);
        add_chunk(&b, "IEND", "", 0);
        const axf_status status = decode(&b, &image);
        if (more) { /* what follows the last row is not looked at */
            ck_assert_int_eq(status, AXF_OK);
            check_pixels(&said, 0, &image);
        } else {
            ck_assert_int_eq(status, AXF_ERR_DATA);
        }
    }
}
END_TEST

/* ---- JPEG ---- */

static uint8_t *make_jpeg(size_t *size)
{
    static jpeg_scan_info scans[] = {{.comps_in_scan = 1}, {.comps_in_scan = 1, .Ss = 1, .Se = 63}};
    struct jpeg_compress_struct library;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    library.err = jpeg_std_error(&errors);
    jpeg_create_compress(&library);
    jpeg_mem_dest(&library, &bytes, &length);
    library.image_width = library.image_height = 8;
    library.input_components = 1;
    library.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&library);
    library.scan_info = scans;
    library.num_scans = 2;
    jpeg_start_compress(&library, TRUE);
    while (library.next_scanline < library.image_height) {
        uint8_t row[8] = {0, 10, 20, 30, 40, 50, 60, 70};
        JSAMPROW rows = row;
        jpeg_write_scanlines(&library, &rows, 1);
    }
    jpeg_finish_compress(&library);
    jpeg_destroy_compress(&library);
    *size = length;
    return bytes;
}

static size_t find_marker(const uint8_t *bytes, size_t size, uint8_t marker, int last)
{
    size_t found = 0;
    for (size_t i = 0; i + 1 < size && (last || found == 0); i++) {
        found = bytes[i] == 0xff && bytes[i + 1] == marker ? i : found;
    }
    ck_assert_uint_gt(found, 0);
    return found;
}

/* libjpeg-turbo#249: 258 bytes, a progressive file of 65500 x 65500 pixels, whose coefficients would need gigabytes. */
START_TEST(refuses_258_bytes_that_claim_gigabytes)
{
    static const unsigned sides[][2] = {{65500, 65500}, {65500, 1600}, {1600, 65500}};
    size_t size;
    uint8_t *small = make_jpeg(&size), bytes[258];
    ck_assert_uint_le(size + 4, sizeof bytes);
    const size_t comment = sizeof bytes - size; /* makes up the length */
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, small, 2);
    bytes[2] = 0xff, bytes[3] = 0xfe, bytes[4] = 0, bytes[5] = (uint8_t)(comment - 2);
    memcpy(bytes + 2 + comment, small + 2, size - 2);
    const long before = peak_kilobytes();
    axf_image image;
    ck_assert_msg(axf_image_decode(bytes, sizeof bytes, "small.jpg", &image, &image_memory) == AXF_OK, "%s",
                  axf_error_message());
    const size_t frame = find_marker(bytes, sizeof bytes, 0xc2, 0);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        bytes[frame + 5] = (uint8_t)(sides[i][0] >> 8), bytes[frame + 6] = (uint8_t)sides[i][0];
        bytes[frame + 7] = (uint8_t)(sides[i][1] >> 8), bytes[frame + 8] = (uint8_t)sides[i][1];
        ck_assert_int_eq(axf_image_decode(bytes, sizeof bytes, "huge.jpg", &image, &image_memory), AXF_ERR_DATA);
    }
    ck_assert_int_lt(peak_kilobytes() - before, 100 * 1024);
    free(small);
}
END_TEST

/* libjpeg-turbo#284: the last scan a thousand times. */
START_TEST(refuses_a_thousand_scans)
{
    size_t size;
    uint8_t *small = make_jpeg(&size);
    const size_t start = find_marker(small, size, 0xda, 1);
    buffer b = {0};
    add(&b, small, start);
    for (int i = 0; i < 1000; i++) {
        add(&b, small + start, size - 2 - start);
    }
    add(&b, small + size - 2, 2);
    axf_image image;
    ck_assert_int_eq(axf_image_decode(b.bytes, b.size, "scans.jpg", &image, &image_memory), AXF_ERR_DATA);
    check_message("more than 100 scans");
    free(b.bytes);
    free(small);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("hostile images");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, reads_palettes);
    tcase_add_test(cases, reads_interlaced_files);
    tcase_add_loop_test(cases, ignores_floods_of_chunks, 0, sizeof floods / sizeof *floods);
    tcase_add_test(cases, unpacks_no_bombs);
    tcase_add_test(cases, refuses_other_amounts_of_pixels);
    tcase_add_test(cases, refuses_258_bytes_that_claim_gigabytes);
    tcase_add_test(cases, refuses_a_thousand_scans);
    Suite *suite = suite_create("hostile images");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
