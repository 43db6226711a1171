/* Decoding against Pillow's bytes (committed cases), and hostile files. */
#include "image_cases.h"
#include "temp_folder.h"

#include <jpeglib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

/* The first differing byte, where the expected bytes are committed. */
static void compare_bytes(const char *name, const axf_image *image)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/rgb/%s.rgb", IMAGE_CASES, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    const size_t size = (size_t)image->height * (size_t)image->width * 3;
    uint8_t *expected = malloc(size);
    ck_assert_uint_eq(fread(expected, 1, size, file), size);
    fclose(file);
    for (size_t i = 0; i < size; i++) {
        ck_assert_msg(image->pixels[i] == expected[i], "%s: row %zu, column %zu, channel %zu is %d, expected %d", name,
                      i / 3 / (size_t)image->width, i / 3 % (size_t)image->width, i % 3, image->pixels[i], expected[i]);
    }
    free(expected);
}

START_TEST(decodes_as_pillow)
{
    FILE *cases = open_cases("decode.txt");
    char name[64], digest[17];
    int height, width, count = 0;
    while (fscanf(cases, "%63s %d %d %16s", name, &height, &width, digest) == 4) {
        axf_image image = load_case(name);
        ck_assert_msg(image.height == height && image.width == width, "%s: %d x %d, expected %d x %d", name,
                      image.height, image.width, height, width);
        compare_bytes(name, &image);
        check_digest(image.pixels, (size_t)height * (size_t)width * 3, digest, name);
        count++;
    }
    fclose(cases);
    ck_assert_int_eq(count, 44);
}
END_TEST

START_TEST(refuses_bad_files)
{
    FILE *cases = open_cases("bad.txt");
    char name[64];
    int count = 0;
    while (fscanf(cases, "%63s", name) == 1) {
        axf_image image;
        ck_assert_msg(axf_image_load(IMAGE_FILES, name, &image, &image_memory) != AXF_OK, "%s was decoded", name);
        check_message(name);
        ck_assert_ptr_null(image.pixels);
        count++;
    }
    fclose(cases);
    ck_assert_int_eq(count, 8);
}
END_TEST

/* A file of the cases, in memory that lives as long as the test. */
static uint8_t *read_case(const char *name, size_t *size)
{
    uint8_t *bytes = NULL;
    ck_assert_int_eq(axf_image_read(IMAGE_FILES, name, &bytes, size, &image_memory), AXF_OK);
    return bytes;
}

/* Every beginning of a file must be refused (or, for a PNG cut behind its last row, read), and nothing may leak. The
 * copy has exactly that size, so that the address sanitizer sees a read beyond it. */
static void cut_everywhere(const char *name, bool needs_end)
{
    size_t size;
    uint8_t *bytes = read_case(name, &size);
    for (size_t length = 0; length < size - 12; length++) {
        uint8_t *part = malloc(length > 0 ? length : 1);
        memcpy(part, bytes, length);
        axf_image image;
        const axf_status status = axf_image_decode(part, length, name, &image, &image_memory);
        ck_assert_msg(status != AXF_OK || !needs_end, "%s was decoded from %zu of %zu bytes", name, length, size);
        free(part);
    }
}

START_TEST(refuses_every_truncation)
{
    cut_everywhere("odd420.jpg", true);
    cut_everywhere("progressive.jpg", true);
    cut_everywhere("cmyk-adobe.jpg", true);
    cut_everywhere("palette4.png", false);
    cut_everywhere("grey16-interlaced.png", false);
}
END_TEST

/* Single changed bytes: any outcome but a crash, a leak or a read out of bounds will do. */
START_TEST(survives_flipped_bytes)
{
    static const char *const names[] = {"grey.jpg", "progressive.jpg", "cmyk-adobe.jpg", "palette2-interlaced.png",
                                        "palette8-trns.png"};
    int refused = 0;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t size;
        uint8_t *bytes = read_case(names[n], &size);
        for (size_t i = 0; i < size; i++) {
            const uint8_t old = bytes[i];
            bytes[i] = (uint8_t)(old ^ (1u << (i % 8)));
            axf_image image;
            refused += axf_image_decode(bytes, size, names[n], &image, &image_memory) != AXF_OK;
            bytes[i] = old;
        }
    }
    ck_assert_int_gt(refused, 500);
}
END_TEST

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* Height and width stand 5 and 7 bytes behind the frame header's marker FF C0 (baseline) or FF C2 (progressive). */
static void claim_size(uint8_t *bytes, size_t size, unsigned height, unsigned width)
{
    for (size_t i = 0; i + 8 < size; i++) {
        if (bytes[i] == 0xff && (bytes[i + 1] == 0xc0 || bytes[i + 1] == 0xc2)) {
            bytes[i + 5] = (uint8_t)(height >> 8), bytes[i + 6] = (uint8_t)height;
            bytes[i + 7] = (uint8_t)(width >> 8), bytes[i + 8] = (uint8_t)width;
            return;
        }
    }
    ck_abort_msg("no frame header");
}

START_TEST(refuses_jpeg_claiming_gigabytes)
{
    const long before = peak_kilobytes();
    static const char *const names[] = {"odd420.jpg", "progressive.jpg"};
    for (size_t n = 0; n < 2; n++) {
        size_t size;
        uint8_t *bytes = read_case(names[n], &size);
        axf_image image;
        claim_size(bytes, size, 65500, 65500);
        ck_assert_int_eq(axf_image_decode(bytes, size, "huge.jpg", &image, &image_memory), AXF_ERR_DATA);
        check_message("65500 x 65500");
        claim_size(bytes, size, 65500, 2000);
        ck_assert_int_eq(axf_image_decode(bytes, size, "tall.jpg", &image, &image_memory), AXF_ERR_DATA);
        check_message("2000 x 65500");
    }
    ck_assert_int_lt(peak_kilobytes() - before, 100 * 1024);
}
END_TEST

/* A grey progressive JPEG of exactly `count` scans: the mean, then one coefficient a scan, plane after plane. */
static uint8_t *make_scans(int count, size_t *size)
{
    jpeg_scan_info *scans = calloc((size_t)count, sizeof *scans);
    scans[0] = (jpeg_scan_info){.comps_in_scan = 1};
    for (int i = 1; i < count; i++) {
        const int plane = (i - 1) / 63, coefficient = (i - 1) % 63 + 1;
        scans[i] = (jpeg_scan_info){.comps_in_scan = 1,
                                    .Ss = coefficient,
                                    .Se = coefficient,
                                    .Ah = plane == 0 ? 0 : 11 - plane,
                                    .Al = 10 - plane};
    }
    struct jpeg_compress_struct library;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    library.err = jpeg_std_error(&errors);
    jpeg_create_compress(&library);
    jpeg_mem_dest(&library, &bytes, &length);
    library.image_width = library.image_height = 16;
    library.input_components = 1;
    library.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&library);
    library.scan_info = scans;
    library.num_scans = count;
    jpeg_start_compress(&library, TRUE);
    uint8_t row[16];
    while (library.next_scanline < library.image_height) {
        for (unsigned x = 0; x < 16; x++) {
            row[x] = (uint8_t)(x * 16 + library.next_scanline * 5);
        }
        JSAMPROW rows = row;
        jpeg_write_scanlines(&library, &rows, 1);
    }
    jpeg_finish_compress(&library);
    jpeg_destroy_compress(&library);
    free(scans);
    *size = length;
    return bytes;
}

START_TEST(refuses_more_than_100_scans)
{
    static const struct {
        int scans;
        axf_status status;
    } cases[] = {{2, AXF_OK}, {100, AXF_OK}, {101, AXF_ERR_DATA}, {690, AXF_ERR_DATA}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        uint8_t *bytes = make_scans(cases[i].scans, &size);
        axf_image image;
        const axf_status status = axf_image_decode(bytes, size, "scans.jpg", &image, &image_memory);
        ck_assert_msg(status == cases[i].status, "%d scans: status %d, expected %d", cases[i].scans, status,
                      cases[i].status);
        if (status != AXF_OK) {
            check_message("more than 100 scans");
        }
        free(bytes);
    }
}
END_TEST

/* Garbage between the scan and the end marker: the library only warns, and goes on. */
START_TEST(refuses_jpeg_with_warnings)
{
    size_t size;
    uint8_t *bytes = read_case("odd420.jpg", &size);
    uint8_t *longer = calloc(size + 64, 1); /* more than the decoder reads ahead */
    memcpy(longer, bytes, size - 2);
    memcpy(longer + size + 62, "\xff\xd9", 2);
    axf_image image;
    ck_assert_int_eq(axf_image_decode(longer, size + 64, "junk.jpg", &image, &image_memory), AXF_ERR_DATA);
    check_message("junk.jpg: bad JPEG: ");
    check_message("extraneous bytes");
    free(longer);
}
END_TEST

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* CRC-32 as in the PNG standard, so that the lies below come with a right sum. */
static uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
    }
    return ~crc;
}

START_TEST(refuses_png_claiming_gigabytes)
{
    static const struct {
        uint32_t width, height;
    } claims[] = {{0x7fffffff, 0x7fffffff}, {65535, 65535}, {65536, 1}, {20000, 5001}, {0, 5}, {0x80000000u, 1}};
    const long before = peak_kilobytes();
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        size_t size;
        uint8_t *bytes = read_case("rgb.png", &size);
        put32(bytes + 16, claims[i].width);
        put32(bytes + 20, claims[i].height);
        put32(bytes + 29, crc_of(bytes + 12, 17));
        axf_image image;
        const axf_status status = axf_image_decode(bytes, size, "huge.png", &image, &image_memory);
        ck_assert_msg(status == AXF_ERR_DATA, "%u x %u: status %d", claims[i].width, claims[i].height, status);
        check_message("huge.png");
    }
    ck_assert_int_lt(peak_kilobytes() - before, 100 * 1024);
}
END_TEST

START_TEST(refuses_lying_chunk_lengths)
{
    static const uint32_t lengths[] = {0, 1, 12, 14, 0x7fffffff, 0x80000000u, 0xffffffffu};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int chunk = 0; chunk < 2; chunk++) {
            size_t size;
            uint8_t *bytes = read_case("rgb.png", &size);
            put32(bytes + (chunk == 0 ? 8 : 33), lengths[i]); /* IHDR, IDAT */
            axf_image image;
            const axf_status status = axf_image_decode(bytes, size, "lie.png", &image, &image_memory);
            ck_assert_msg(status == AXF_ERR_DATA, "length %u: status %d", lengths[i], status);
        }
    }
}
END_TEST

START_TEST(names_other_formats)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } cases[] = {
        {"GIF89a......", 12, "post.jpg: a GIF image; convert it"},
        {"RIFF\1\0\0\0WEBPVP8 ", 16, "a WebP image"},
        {"<!DOCTYPE html>", 15, "an HTML page"},
        {"hello", 5, "neither a JPEG nor a PNG"},
        {"", 0, "empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axf_image image;
        ck_assert_int_ne(axf_image_decode(cases[i].bytes, cases[i].size, "post.jpg", &image, &image_memory), AXF_OK);
        check_message(cases[i].part);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("image decoding");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, decodes_as_pillow);
    tcase_add_test(cases, refuses_bad_files);
    tcase_add_test(cases, refuses_every_truncation);
    tcase_add_test(cases, survives_flipped_bytes);
    tcase_add_test(cases, refuses_jpeg_claiming_gigabytes);
    tcase_add_test(cases, refuses_more_than_100_scans);
    tcase_add_test(cases, refuses_jpeg_with_warnings);
    tcase_add_test(cases, refuses_png_claiming_gigabytes);
    tcase_add_test(cases, refuses_lying_chunk_lengths);
    tcase_add_test(cases, names_other_formats);
    Suite *suite = suite_create("image decoding");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
