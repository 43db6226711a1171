#include "images/decode.h"

#include "core/error.h"
#include "images/jpeg.h"
#include "images/png.h"

#include <string.h>

/* Formats that are found in folders of pictures but are not decoded, and how their files start. */
static const struct {
    const char *start;
    size_t length, offset;
    const char *what;
} other_formats[] = {
    {"GIF8", 4, 0, "a GIF image"},       {"WEBP", 4, 8, "a WebP image"},      {"BM", 2, 0, "a BMP image"},
    {"II*\0", 4, 0, "a TIFF image"},     {"MM\0*", 4, 0, "a TIFF image"},     {"ftypheic", 8, 4, "a HEIC image"},
    {"ftypavif", 8, 4, "an AVIF image"}, {"<!DOCTYPE", 9, 0, "an HTML page"}, {"<html", 5, 0, "an HTML page"},
    {"<?xml", 5, 0, "an XML document"},
};

axf_status axf_image_decode(const void *bytes, size_t size, const char *name, axf_image *image, axf_scratchpad *memory)
{
    *image = (axf_image){0};
    if (size == 0) {
        return axf_fail(AXF_ERR_DATA, "%s: the file is empty", name);
    }
    if (size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0) {
        return axf_image_decode_jpeg(bytes, size, name, image, memory);
    }
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) {
        return axf_image_decode_png(bytes, size, name, image, memory);
    }
    for (size_t i = 0; i < sizeof other_formats / sizeof *other_formats; i++) {
        const size_t end = other_formats[i].offset + other_formats[i].length;
        const char *at = (const char *)bytes + other_formats[i].offset;
        if (size >= end && memcmp(at, other_formats[i].start, other_formats[i].length) == 0) {
            return axf_fail(AXF_ERR_UNSUPPORTED, "%s: %s; convert it to JPEG or PNG", name, other_formats[i].what);
        }
    }
    return axf_fail(AXF_ERR_UNSUPPORTED, "%s: the first bytes show that it is neither a JPEG nor a PNG image", name);
}
