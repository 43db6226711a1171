/* The network of ResNet: its layers, declared and applied. */
#ifndef AXF_RESNET_H
#define AXF_RESNET_H

#include "common/layers.h"

enum { RESNET_STAGES = 4, RESNET_EXPANSION = 4 };

/* A convolution without bias and the batch norm after it. */
typedef struct resnet_conv {
    axf_tensor *weight, *gamma, *beta, *mean, *variance;
    int32_t stride, padding;
} resnet_conv;

typedef struct resnet_block {
    resnet_conv conv[3], shortcut; /* weight NULL: the input itself */
} resnet_block;

typedef struct resnet {
    int32_t width;                 /* of the first convolution; the last map has 32 times as many channels */
    int32_t blocks[RESNET_STAGES]; /* of each stage */
    resnet_conv stem;
    resnet_block *stage[RESNET_STAGES];
} resnet;

/* width and blocks are set. Names as in torchvision: conv1, bn1, layer1.0.conv1, … [declare] */
void resnet_declare(resnet *network, axf_declare *declare);

/* x [posts, 3, H, W] -> [posts, 32 width, H/32, W/32], each of the five halvings rounding up. [step] */
axf_tensor *resnet_apply(const resnet *network, const axf_pass *pass, axf_tensor *x);

/* Rows (or columns) of the last map for images of that many pixels. */
int32_t resnet_map_side(int32_t pixels);

#endif
