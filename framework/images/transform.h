/* From 8-bit RGB to an encoder's float32 input, as its pixel recipe (auxfuse/image.h) says. Thread-safe. */
#ifndef AXF_IMAGES_TRANSFORM_H
#define AXF_IMAGES_TRANSFORM_H

#include "auxfuse/image.h"
#include "images/resize.h"

/* The sizes that a recipe leads to for an image of a certain size. */
typedef struct axf_image_plan {
    int64_t height, width; /* after the resize */
    axf_window window;     /* the part that the crop keeps; the result has its height and width */
} axf_image_plan;

/* AXF_ERR_PLUGIN for a recipe with impossible values; the message names the field. The host checks a recipe once, when
 * the encoder describes itself. The functions below rely on that. */
axf_status axf_recipe_check(const axf_pixel_recipe *recipe);

/* AXF_ERR_DATA when the image is smaller than the crop, or a side would become 0; the message names `name`. */
axf_status axf_recipe_plan(const axf_pixel_recipe *recipe, int32_t height, int32_t width, const char *name,
                           axf_image_plan *plan);

/* The most pixels that an image can have after the recipe; 0: there is no bound. */
int64_t axf_recipe_most_pixels(const axf_pixel_recipe *recipe);

/* Writes float32 [3, plan->window.height, plan->window.width] to `out`. `plan` comes from axf_recipe_plan for this
 * image's size. On failure (AXF_ERR_DATA, AXF_ERR_MEMORY) `out` is not written. Further memory is taken from
 * `memory`. */
axf_status axf_image_transform(const axf_pixel_recipe *recipe, const axf_image_plan *plan, const axf_image *image,
                               const char *name, float *out, axf_scratchpad *memory);

#endif
