#include "images/image.h"

#include "core/error.h"

axf_status axf_image_alloc(axf_image *image, int64_t height, int64_t width, const char *name, axf_scratchpad *memory)
{
    *image = (axf_image){0};
    if (height < 1 || width < 1 || height > AXF_IMAGE_MAX_SIDE || width > AXF_IMAGE_MAX_SIDE ||
        height * width > AXF_IMAGE_MAX_PIXELS) {
        return axf_fail(AXF_ERR_DATA,
                        "%s: an image of %lld x %lld pixels; sides must be 1 to %d, and at most %d pixels in all", name,
                        (long long)width, (long long)height, AXF_IMAGE_MAX_SIDE, AXF_IMAGE_MAX_PIXELS);
    }
    image->pixels = axf_scratchpad_take(memory, (size_t)height * (size_t)width * 3);
    if (image->pixels == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory for an image of %lld x %lld pixels", name, (long long)width,
                        (long long)height);
    }
    image->height = (int32_t)height;
    image->width = (int32_t)width;
    return AXF_OK;
}
