#include "images/transform.h"

#include "core/error.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static axf_status check_resize(const axf_pixel_recipe *r)
{
    const bool squash = r->resize == AXF_RESIZE_SQUASH, capped = r->resize == AXF_RESIZE_SHORT_CAPPED;
    const bool by_side = r->resize == AXF_RESIZE_SHORT_SIDE || capped;
    if (r->resize < AXF_RESIZE_NONE || r->resize > AXF_RESIZE_SHORT_CAPPED) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: unknown resize rule %d", r->resize);
    }
    if (r->resize != AXF_RESIZE_NONE && r->filter != AXF_FILTER_BILINEAR && r->filter != AXF_FILTER_BICUBIC) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: unknown filter %d", r->filter);
    }
    if (squash && (r->height < 1 || r->height > AXF_IMAGE_MAX_SIDE || r->width < 1 || r->width > AXF_IMAGE_MAX_SIDE)) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: resize to %d x %d; sides must be 1 to %d", r->height, r->width,
                        AXF_IMAGE_MAX_SIDE);
    }
    if (by_side && (r->short_side < 1 || r->short_side > AXF_IMAGE_MAX_SIDE)) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: short side %d; must be 1 to %d", r->short_side,
                        AXF_IMAGE_MAX_SIDE);
    }
    if (capped && (r->long_cap < r->short_side || r->long_cap > AXF_IMAGE_MAX_SIDE || r->multiple < 1)) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: long side at most %d in multiples of %d, short side %d",
                        r->long_cap, r->multiple, r->short_side);
    }
    return AXF_OK;
}

static axf_status check_values(const axf_pixel_recipe *r)
{
    bool sound = isfinite(r->divisor) && r->divisor != 0.0f;
    for (int channel = 0; channel < 3; channel++) {
        sound = sound && isfinite(r->mean[channel]) && isfinite(r->std[channel]) && r->std[channel] != 0.0f;
    }
    return sound
               ? AXF_OK
               : axf_fail(AXF_ERR_PLUGIN, "pixel recipe: divisor, mean and std must be finite, divisor and std not 0");
}

axf_status axf_recipe_check(const axf_pixel_recipe *r)
{
    if (r->struct_size < sizeof *r) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe of %u bytes, this program needs %zu; rebuild the plugin",
                        r->struct_size, sizeof *r);
    }
    AXF_TRY(check_resize(r));
    AXF_TRY(check_values(r));
    if (r->crop < AXF_CROP_NONE || r->crop > AXF_CROP_HALF_EVEN) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: unknown crop rule %d", r->crop);
    }
    if (r->crop != AXF_CROP_NONE && (r->crop_height < 1 || r->crop_width < 1)) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: crop to %d x %d", r->crop_height, r->crop_width);
    }
    const bool cropped = r->crop != AXF_CROP_NONE;
    const bool fixed = cropped || r->resize == AXF_RESIZE_SQUASH;
    const int32_t height = cropped ? r->crop_height : r->height, width = cropped ? r->crop_width : r->width;
    if (r->one_size != 0 && (!fixed || r->out_height != height || r->out_width != width)) {
        return axf_fail(AXF_ERR_PLUGIN, "pixel recipe: one size %d x %d, but resize and crop give %s (%d x %d)",
                        r->out_height, r->out_width, fixed ? "another" : "a size per image", height, width);
    }
    return AXF_OK;
}

static void short_side_size(const axf_pixel_recipe *r, int32_t height, int32_t width, axf_image_plan *plan)
{
    const int64_t side = r->short_side;
    plan->height = height <= width ? side : side * height / width;
    plan->width = width <= height ? side : side * width / height;
}

/* ViLT's rule, computed in double as Hugging Face's image processor does. */
static void capped_size(const axf_pixel_recipe *r, int32_t height, int32_t width, axf_image_plan *plan)
{
    const double scale = (double)r->short_side / (height < width ? height : width);
    double new_height = height < width ? r->short_side : scale * height;
    double new_width = height < width ? scale * width : r->short_side;
    const double longest = fmax(new_height, new_width);
    if (longest > r->long_cap) {
        const double shrink = (double)r->long_cap / longest;
        new_height = shrink * new_height;
        new_width = shrink * new_width;
    }
    plan->height = (int64_t)(new_height + 0.5) / r->multiple * r->multiple;
    plan->width = (int64_t)(new_width + 0.5) / r->multiple * r->multiple;
}

/* The first pixel of a centre crop that cuts off `spare` pixels, half of them before it. */
static int64_t crop_start(int32_t rule, int64_t spare)
{
    const int64_t half = spare / 2;
    const bool up = rule == AXF_CROP_HALF_EVEN && spare % 2 != 0 && half % 2 != 0;
    return up ? half + 1 : half;
}

axf_status axf_recipe_plan(const axf_pixel_recipe *r, int32_t height, int32_t width, const char *name,
                           axf_image_plan *plan)
{
    *plan = (axf_image_plan){.height = height, .width = width};
    if (r->resize == AXF_RESIZE_SQUASH) {
        plan->height = r->height;
        plan->width = r->width;
    } else if (r->resize == AXF_RESIZE_SHORT_SIDE) {
        short_side_size(r, height, width, plan);
    } else if (r->resize == AXF_RESIZE_SHORT_CAPPED) {
        capped_size(r, height, width, plan);
    }
    if (plan->height < 1 || plan->width < 1) {
        return axf_fail(AXF_ERR_DATA, "%s: an image of %d x %d pixels is too narrow: a side would become 0", name,
                        width, height);
    }
    if (r->crop == AXF_CROP_NONE) {
        if (plan->height > AXF_IMAGE_MAX_SIDE || plan->width > AXF_IMAGE_MAX_SIDE) {
            return axf_fail(AXF_ERR_DATA, "%s: an image of %d x %d pixels would become %lld x %lld; sides may have %d",
                            name, width, height, (long long)plan->width, (long long)plan->height, AXF_IMAGE_MAX_SIDE);
        }
        plan->window = (axf_window){0, 0, (int32_t)plan->height, (int32_t)plan->width};
        return AXF_OK;
    }
    const int64_t spare_rows = plan->height - r->crop_height, spare_columns = plan->width - r->crop_width;
    if (spare_rows < 0 || spare_columns < 0) {
        return axf_fail(AXF_ERR_DATA, "%s: %lld x %lld pixels after the resize, less than the crop of %d x %d", name,
                        (long long)plan->width, (long long)plan->height, r->crop_width, r->crop_height);
    }
    plan->window = (axf_window){(int32_t)crop_start(r->crop, spare_rows), (int32_t)crop_start(r->crop, spare_columns),
                                r->crop_height, r->crop_width};
    return AXF_OK;
}

int64_t axf_recipe_most_pixels(const axf_pixel_recipe *r)
{
    if (r->crop != AXF_CROP_NONE) {
        return (int64_t)r->crop_height * r->crop_width;
    }
    return r->resize == AXF_RESIZE_SQUASH         ? (int64_t)r->height * r->width
           : r->resize == AXF_RESIZE_SHORT_CAPPED ? (int64_t)r->short_side * r->long_cap
                                                  : 0;
}

/* The results for all 256 values of each channel, computed with the recipe's float32 operations once instead of once
 * for each pixel. */
static void normalise(const axf_pixel_recipe *r, const axf_image *image, float *out)
{
    float table[3][256];
    for (int channel = 0; channel < 3; channel++) {
        for (int value = 0; value < 256; value++) {
            const float scaled = (float)value / r->divisor;
            const float centred = scaled - r->mean[channel];
            table[channel][value] = centred / r->std[channel];
        }
    }
    const size_t count = (size_t)image->height * (size_t)image->width;
    float *red = out, *green = out + count, *blue = out + 2 * count;
    const uint8_t *pixel = image->pixels;
    for (size_t i = 0; i < count; i++, pixel += 3) {
        red[i] = table[0][pixel[0]];
        green[i] = table[1][pixel[1]];
        blue[i] = table[2][pixel[2]];
    }
}

axf_status axf_image_transform(const axf_pixel_recipe *recipe, const axf_image_plan *plan, const axf_image *image,
                               const char *name, float *out, axf_scratchpad *memory)
{
    axf_image resized;
    AXF_TRY(axf_image_resize(image, plan->height, plan->width, recipe->filter, plan->window, name, &resized, memory));
    normalise(recipe, &resized, out);
    return AXF_OK;
}
