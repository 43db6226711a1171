/* Patches of an image with a class token (and a distillation token) and learned positions, as the models of the ViT
 * family begin with. */
#ifndef AXF_COMMON_MODELS_VISION_H
#define AXF_COMMON_MODELS_VISION_H

#include "common/models/layers.h"

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

/* Declares embeddings.{cls_token, distillation_token, position_embeddings, patch_embeddings.projection}, as far as the
 * fields above, which the caller has set, ask for them. [declare] */
void axf_vision_declare(axf_vision *vision, axf_declare *declare);
void axf_vision_free(axf_vision *vision);

/* [class token; distillation token; W patch + b] + positions -> rows [Σ(1 + distilled + patches), width]. AXF_ERR_SHAPE
 * where the images' sizes differ or do not fit the table. [step] */
axf_status axf_vision_embed(axf_vision *vision, const axf_pass *pass, const axf_images *images, axf_tensor **rows);

#endif
