/* ResNet (He et al. 2016) as torchvision's (stride in the 3x3 convolutions): the sizes in its config.json, and its
 * layers, declared and applied. */
#ifndef AXF_COMMON_MODELS_RESNET_H
#define AXF_COMMON_MODELS_RESNET_H

#include "auxfuse/image.h"
#include "common/models/layers.h"

enum { AXF_RESNET_STAGES = 4, AXF_RESNET_EXPANSION = 4 };

/* A convolution without a bias, and the batch norm after it. */
typedef struct axf_resnet_conv {
    axf_tensor *weight, *gamma, *beta, *mean, *variance;
    int32_t stride, padding;
} axf_resnet_conv;

typedef struct axf_resnet_block {
    axf_resnet_conv conv[3], shortcut; /* weight NULL: the input itself */
} axf_resnet_block;

typedef struct axf_resnet {
    int32_t width;                     /* of the first convolution; the last map has 32 times as many channels */
    int32_t blocks[AXF_RESNET_STAGES]; /* of each stage */
    axf_resnet_conv stem;
    axf_resnet_block *stage[AXF_RESNET_STAGES];
} axf_resnet;

typedef struct axf_resnet_sizes {
    int32_t width, blocks[AXF_RESNET_STAGES], image;
} axf_resnet_sizes;

extern const int32_t axf_resnet_152[AXF_RESNET_STAGES]; /* its blocks */

/* Reads sizes (width, layer1 to layer4, image_size) from the config.json of the checkpoint, or of the folder `config`
 * where the checkpoint is a file or `random` (NULL). What it does not say is as in the published model. *folder is
 * where config.json may lie, or NULL where neither is given. [describe] [declare] */
axf_status axf_resnet_read_sizes(const axf_host *host, const char *weights, const char *config,
                                 const int32_t blocks[AXF_RESNET_STAGES], axf_resnet_sizes *sizes, const char **folder);

enum { AXF_RESNET_SQUASH = 0, AXF_RESNET_CROP = 1 };

/* SQUASH: to image x image pixels, with ImageNet's mean and deviation. CROP: short side 8/7 of that, and its centre,
 * with those of MM-IMDb. */
axf_pixel_recipe axf_resnet_recipe(int32_t transform, int32_t image);

/* Declares all layers, with names as in torchvision: conv1, bn1, layer1.0.conv1, … The caller has set width and blocks.
 * [declare] */
void axf_resnet_declare(axf_resnet *network, axf_declare *declare);

/* x [posts, 3, H, W] -> [posts, 32 width, H/32, W/32], each of the five halvings rounding up. [step] */
axf_tensor *axf_resnet_apply(const axf_resnet *network, const axf_pass *pass, axf_tensor *x);

/* The rows of the last map for images that are so many pixels high; the same for columns and width. */
int32_t axf_resnet_map_side(int32_t pixels);

#endif
