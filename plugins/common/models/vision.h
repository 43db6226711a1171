/* What the ViT family shares beside its layers: the recipe of a Hugging Face preprocessor_config.json, and patches with
 * a class token (and a distillation token) and learned positions. */
#ifndef AXF_COMMON_MODELS_VISION_H
#define AXF_COMMON_MODELS_VISION_H

#include "auxfuse/image_encoder.h"
#include "common/config/config.h"
#include "common/models/layers.h"

/* Changes `recipe`, the model's default, by folder/preprocessor_config.json where that is there: do_resize with size
 * (a number, {height, width} or {shortest_edge}) and resample, do_center_crop with crop_size, do_rescale with
 * rescale_factor, do_normalize with image_mean and image_std. A plain number as size squashes to a square where the
 * default squashes, else it is the short side. Refuses a recipe that gives images of several sizes, and one that does
 * not fill a patch. [describe] */
axf_status axf_vision_recipe(const axf_host *host, const char *folder, int32_t patch, axf_pixel_recipe *recipe);

/* The same for images of several sizes (AXF_RESIZE_SHORT_CAPPED), as ViLT's processor has it: the short side `size` (a
 * number or {shortest_edge}), the long one at most int(1333/800 · that), both multiples of size_divisor. Refuses a
 * recipe that does not resize. [describe] */
axf_status axf_vision_capped_recipe(const axf_host *host, const char *folder, axf_pixel_recipe *recipe);

/* A recipe of `side` pixels squared by squashing, or (crop > 0) by short side `side` and a centre crop of `crop`. */
axf_pixel_recipe axf_vision_default_recipe(int32_t side, int32_t crop, int32_t filter, const float mean[3],
                                           const float std[3]);

typedef struct axf_vision {
    const axf_host *host;
    int32_t width, patch;
    int32_t grid;      /* the position table is of grid x grid patches */
    int32_t distilled; /* 1: a distillation token follows the class token (DeiT) */
    int32_t placeless; /* 1: there is no position table (BEiT); images have grid x grid patches */
    int32_t resample;  /* 1: positions of another grid are interpolated (bicubic); 0: refused */
    double dropout;
    axf_linear projection;          /* weight [width, 3, patch, patch] */
    axf_tensor *class_token;        /* [1, 1, width] */
    axf_tensor *distillation_token; /* [1, 1, width], or NULL */
    axf_tensor *positions;          /* [1, 1 + distilled + grid², width], or NULL */
    int32_t *numbers;               /* scratch of a step's row numbers, freed by axf_vision_free */
    int64_t room;
} axf_vision;

/* embeddings.{cls_token, distillation_token, position_embeddings, patch_embeddings.projection}, as the sizes above,
 * which are set, ask for. [declare] */
void axf_vision_declare(axf_vision *vision, axf_declare *declare);
void axf_vision_free(axf_vision *vision);

/* [class token; distillation token; W patch + b] + positions -> rows [Σ(1 + distilled + patches), width]. AXF_ERR_SHAPE
 * where the images' sizes differ or do not fit the table. [step] */
axf_status axf_vision_embed(axf_vision *vision, const axf_pass *pass, const axf_images *images, axf_tensor **rows);

#endif
