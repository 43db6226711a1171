/* What is done to an image before an encoder sees it, as a Hugging Face preprocessor_config.json says. */
#ifndef AXF_COMMON_MODELS_VISION_RECIPE_H
#define AXF_COMMON_MODELS_VISION_RECIPE_H

#include "auxfuse/image.h"
#include "auxfuse/plugin.h"

/* Changes `recipe`, the model's default, as folder/preprocessor_config.json says, where that is there: do_resize with
 * size (a number, {height, width} or {shortest_edge}) and resample, do_center_crop with crop_size, do_rescale with
 * rescale_factor, do_normalize with image_mean and image_std. A plain number as size squashes to a square where the
 * default squashes, else it is the short side. Refuses a recipe that gives images of several sizes, and one that does
 * not fill a patch. [describe] */
axf_status axf_vision_recipe(const axf_host *host, const char *folder, int32_t patch, axf_pixel_recipe *recipe);

/* The same for a model whose images have one size only: AXF_ERR_FORMAT when the recipe does not give images of `image`
 * pixels squared. [describe] */
axf_status axf_vision_square_recipe(const axf_host *host, const char *folder, int32_t patch, int32_t image,
                                    axf_pixel_recipe *recipe);

/* The same as axf_vision_recipe for images of several sizes (AXF_RESIZE_SHORT_CAPPED), as ViLT's processor has it: the
 * short side `size` (a number or {shortest_edge}), the long one at most int(1333/800 · that), both multiples of
 * size_divisor. Refuses a recipe that does not resize. [describe] */
axf_status axf_vision_capped_recipe(const axf_host *host, const char *folder, axf_pixel_recipe *recipe);

/* Returns a recipe that squashes to `side` pixels squared, or, where crop > 0, one that makes the short side `side`
 * pixels long and then takes the centre of `crop` pixels squared. */
axf_pixel_recipe axf_vision_default_recipe(int32_t side, int32_t crop, int32_t filter, const float mean[3],
                                           const float std[3]);

/* Returns a recipe that squashes to 8/7 of `image` pixels squared, and then crops to `image` squared: 256 and 224,
 * say. */
axf_pixel_recipe axf_vision_cropped_recipe(int32_t image, int32_t filter, const float mean[3], const float std[3]);

#endif
