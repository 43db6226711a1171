/* The image side of ViLT: patches with interpolated positions. */
#ifndef AXF_JOINT_ENCODERS_VILT_PATCHES_H
#define AXF_JOINT_ENCODERS_VILT_PATCHES_H

#include "common/models/layers.h"

typedef struct vilt_patches {
    const axf_host *host;
    int32_t width, patch;
    int32_t grid; /* the position table has grid x grid patches */
    double dropout;
    axf_linear projection;   /* weight [width, 3, patch, patch] */
    axf_tensor *class_token; /* [1, 1, width] */
    axf_tensor *positions;   /* [1, 1 + grid², width]; that of the class token comes first */
    /* Scratch of a step: for each patch row its four neighbours in the table and their weights. */
    int32_t *neighbour[4];
    float *weight[4];
    int64_t room;
} vilt_patches;

/* Declares embeddings.{cls_token, position_embeddings, patch_embeddings.projection}. The caller has set width, patch,
 * grid and dropout. [declare] */
void vilt_patches_declare(vilt_patches *patches, axf_declare *declare);
void vilt_patches_free(vilt_patches *patches);

/* Computes drop([class token; W patch + b] + positions) -> rows [Σ(1 + patches), width]. Images may differ in their
 * number of patches. The positions are those of the table, resampled to the image's rows and columns of patches.
 * [step] */
axf_status vilt_patches_embed(vilt_patches *patches, const axf_pass *pass, const axf_images *images, axf_tensor **rows);

#endif
