/* Makes a pixel recipe from preprocessor_config.json, which it reads as the image processors of transformers do. */
#include "common/models/vision_recipe.h"

#include "common/config/config.h"

#include <math.h>
#include <stdio.h>

enum { MAX_SIDE = 16384, PILLOW_BILINEAR = 2, PILLOW_BICUBIC = 3 };

axf_pixel_recipe axf_vision_default_recipe(int32_t side, int32_t crop, int32_t filter, const float mean[3],
                                           const float std[3])
{
    axf_pixel_recipe recipe = {.struct_size = sizeof recipe,
                               .resize = crop > 0 ? AXF_RESIZE_SHORT_SIDE : AXF_RESIZE_SQUASH,
                               .filter = filter,
                               .crop = crop > 0 ? AXF_CROP_FLOOR : AXF_CROP_NONE,
                               .crop_height = crop,
                               .crop_width = crop,
                               .divisor = 255};
    if (crop > 0) {
        recipe.short_side = side;
    } else {
        recipe.height = recipe.width = side;
    }
    for (int i = 0; i < 3; i++) {
        recipe.mean[i] = mean[i];
        recipe.std[i] = std[i];
    }
    return recipe;
}

axf_pixel_recipe axf_vision_cropped_recipe(int32_t image, int32_t filter, const float mean[3], const float std[3])
{
    axf_pixel_recipe recipe = axf_vision_default_recipe(image + image / 7, 0, filter, mean, std);
    recipe.crop = AXF_CROP_FLOOR;
    recipe.crop_height = recipe.crop_width = image;
    return recipe;
}

static void read_resize(axf_config *config, axf_pixel_recipe *recipe)
{
    if (!axf_config_bool(config, "do_resize", true)) {
        recipe->resize = AXF_RESIZE_NONE;
        recipe->height = recipe->width = recipe->short_side = 0;
        return;
    }
    const int squash = recipe->resize == AXF_RESIZE_SQUASH;
    int32_t height = recipe->height, width = recipe->width, side = recipe->short_side;
    if (axf_config_is_object(config, "size")) {
        height = (int32_t)axf_config_integer(config, "size.height", 0, 1, MAX_SIDE);
        width = (int32_t)axf_config_integer(config, "size.width", height, 1, MAX_SIDE);
        side = (int32_t)axf_config_integer(config, "size.shortest_edge", 0, 1, MAX_SIDE);
        if (config->status == AXF_OK && ((height > 0) == (side > 0) || axf_config_has(config, "size.longest_edge"))) {
            config->status = config->host->fail(config->host, AXF_ERR_FORMAT,
                                                "%s: 'size' must be {height, width} or {shortest_edge}", config->path);
        }
    } else if (axf_config_has(config, "size")) {
        const int32_t number = (int32_t)axf_config_integer(config, "size", 0, 1, MAX_SIDE);
        height = width = squash ? number : 0;
        side = squash ? 0 : number;
    }
    recipe->resize = side > 0 ? AXF_RESIZE_SHORT_SIDE : AXF_RESIZE_SQUASH;
    recipe->height = height;
    recipe->width = width;
    recipe->short_side = side;
    const int64_t fallback = recipe->filter == AXF_FILTER_BICUBIC ? PILLOW_BICUBIC : PILLOW_BILINEAR;
    const int64_t filter = axf_config_integer(config, "resample", fallback, PILLOW_BILINEAR, PILLOW_BICUBIC);
    recipe->filter = filter == PILLOW_BICUBIC ? AXF_FILTER_BICUBIC : AXF_FILTER_BILINEAR;
}

/* `squashed` is 1 when the model by default resizes images without keeping the aspect ratio. When it is 0 but the file
 * does so, images are not cropped unless the file says so, too. */
static void read_crop(axf_config *config, axf_pixel_recipe *recipe, bool squashed)
{
    const bool usual = recipe->crop != AXF_CROP_NONE && (squashed || recipe->resize != AXF_RESIZE_SQUASH);
    if (!axf_config_bool(config, "do_center_crop", usual)) {
        recipe->crop = AXF_CROP_NONE;
        recipe->crop_height = recipe->crop_width = 0;
        return;
    }
    int32_t height = recipe->crop_height > 0 ? recipe->crop_height : 224, width;
    if (axf_config_is_object(config, "crop_size")) {
        height = (int32_t)axf_config_integer(config, "crop_size.height", height, 1, MAX_SIDE);
        width = (int32_t)axf_config_integer(config, "crop_size.width", height, 1, MAX_SIDE);
    } else {
        height = width = (int32_t)axf_config_integer(config, "crop_size", height, 1, MAX_SIDE);
    }
    recipe->crop = recipe->crop != AXF_CROP_NONE ? recipe->crop : AXF_CROP_FLOOR;
    recipe->crop_height = height;
    recipe->crop_width = width;
}

static void read_scale(axf_config *config, axf_pixel_recipe *recipe)
{
    if (!axf_config_bool(config, "do_rescale", true)) {
        recipe->divisor = 1;
    } else {
        const double factor = axf_config_real(config, "rescale_factor", 1.0 / 255, 1e-9, 1e9);
        recipe->divisor = (float)(1 / factor); /* 255 for 1/255, whatever its rounding */
    }
    if (!axf_config_bool(config, "do_normalize", true)) {
        for (int i = 0; i < 3; i++) {
            recipe->mean[i] = 0;
            recipe->std[i] = 1;
        }
        return;
    }
    axf_config_triple(config, "image_mean", -HUGE_VAL, recipe->mean);
    axf_config_triple(config, "image_std", 0, recipe->std);
}

static axf_status finish(const axf_host *host, const char *path, int32_t patch, axf_pixel_recipe *recipe)
{
    if (recipe->crop != AXF_CROP_NONE) {
        recipe->out_height = recipe->crop_height;
        recipe->out_width = recipe->crop_width;
    } else if (recipe->resize == AXF_RESIZE_SQUASH) {
        recipe->out_height = recipe->height;
        recipe->out_width = recipe->width;
    } else {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "%s: gives images of several sizes: set 'size' to {height, width}, or do_center_crop", path);
    }
    recipe->one_size = 1;
    const int squash = recipe->resize == AXF_RESIZE_SQUASH;
    const int32_t height = squash ? recipe->height : recipe->short_side;
    const int32_t width = squash ? recipe->width : recipe->short_side;
    if (recipe->resize != AXF_RESIZE_NONE && (recipe->out_height > height || recipe->out_width > width)) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: crops %d x %d out of images whose sides may be %d x %d", path,
                          recipe->out_height, recipe->out_width, height, width);
    }
    if (recipe->out_height < patch || recipe->out_width < patch) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: images of %d x %d pixels do not fill a patch of %d", path,
                          recipe->out_height, recipe->out_width, patch);
    }
    return AXF_OK;
}

axf_status axf_vision_recipe(const axf_host *host, const char *folder, int32_t patch, axf_pixel_recipe *recipe)
{
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, folder, "preprocessor_config.json"));
    const bool squashed = recipe->resize == AXF_RESIZE_SQUASH;
    read_resize(&config, recipe);
    read_crop(&config, recipe, squashed);
    read_scale(&config, recipe);
    AXF_TRY(axf_config_close(&config));
    return finish(host, config.path, patch, recipe);
}

axf_status axf_vision_square_recipe(const axf_host *host, const char *folder, int32_t patch, int32_t image,
                                    axf_pixel_recipe *recipe)
{
    AXF_TRY(axf_vision_recipe(host, folder, patch, recipe));
    if (recipe->out_height != image || recipe->out_width != image) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: preprocessor_config.json makes images of %d x %d pixels, config.json has image_size %d",
                          folder, recipe->out_height, recipe->out_width, image);
    }
    return AXF_OK;
}

axf_status axf_vision_capped_recipe(const axf_host *host, const char *folder, axf_pixel_recipe *recipe)
{
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, folder, "preprocessor_config.json"));
    const char *key = axf_config_is_object(&config, "size") ? "size.shortest_edge" : "size";
    recipe->short_side = (int32_t)axf_config_integer(&config, key, recipe->short_side, 1, MAX_SIDE / 2);
    recipe->long_cap = (int32_t)(1333.0 / 800 * recipe->short_side);
    recipe->multiple = (int32_t)axf_config_integer(&config, "size_divisor", recipe->multiple, 1, recipe->short_side);
    const int64_t filter = axf_config_integer(&config, "resample", PILLOW_BICUBIC, PILLOW_BILINEAR, PILLOW_BICUBIC);
    recipe->filter = filter == PILLOW_BICUBIC ? AXF_FILTER_BICUBIC : AXF_FILTER_BILINEAR;
    const bool resized = axf_config_bool(&config, "do_resize", true);
    read_scale(&config, recipe);
    AXF_TRY(axf_config_close(&config));
    if (!resized) {
        return host->fail(host, AXF_ERR_UNSUPPORTED, "%s: do_resize is false: images of any size would have to fit",
                          config.path);
    }
    return AXF_OK;
}
