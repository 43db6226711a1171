#include "images/decode.h"

#include "core/error.h"

#include <stdlib.h>
#include <string.h>

void axf_image_free(axf_image *image)
{
    free(image->pixels);
    *image = (axf_image){0};
}

axf_status axf_image_alloc(axf_image *image, int64_t height, int64_t width, const char *name)
{
    *image = (axf_image){0};
    if (height < 1 || width < 1 || height > AXF_IMAGE_MAX_SIDE || width > AXF_IMAGE_MAX_SIDE ||
        height * width > AXF_IMAGE_MAX_PIXELS) {
        return axf_fail(AXF_ERR_DATA,
                        "%s: an image of %lld x %lld pixels; sides must be 1 to %d, and at most %d pixels in all", name,
                        (long long)width, (long long)height, AXF_IMAGE_MAX_SIDE, AXF_IMAGE_MAX_PIXELS);
    }
    image->pixels = malloc((size_t)height * (size_t)width * 3);
    if (image->pixels == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory for an image of %lld x %lld pixels", name, (long long)width,
                        (long long)height);
    }
    image->height = (int32_t)height;
    image->width = (int32_t)width;
    return AXF_OK;
}

/* Formats that turn up under the name of a picture and are not decoded, told by how their files start. */
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

axf_status axf_image_decode(const void *bytes, size_t size, const char *name, axf_image *image)
{
    *image = (axf_image){0};
    if (size == 0) {
        return axf_fail(AXF_ERR_DATA, "%s: the file is empty", name);
    }
    if (size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0) {
        return axf_image_decode_jpeg(bytes, size, name, image);
    }
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) {
        return axf_image_decode_png(bytes, size, name, image);
    }
    for (size_t i = 0; i < sizeof other_formats / sizeof *other_formats; i++) {
        const size_t end = other_formats[i].offset + other_formats[i].length;
        const char *at = (const char *)bytes + other_formats[i].offset;
        if (size >= end && memcmp(at, other_formats[i].start, other_formats[i].length) == 0) {
            return axf_fail(AXF_ERR_UNSUPPORTED, "%s: %s; convert it to JPEG or PNG", name, other_formats[i].what);
        }
    }
    return axf_fail(AXF_ERR_UNSUPPORTED, "%s: neither a JPEG nor a PNG image by its first bytes", name);
}
