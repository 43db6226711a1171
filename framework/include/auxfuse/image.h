/* The pixel recipe: data that says how a decoded image becomes the numbers that an image encoder reads.
 *
 * An encoder declares one recipe. The host decodes, transforms and caches images by it, so two encoders with equal
 * recipes see equal bits. The order of the steps is fixed: 8-bit RGB, resize (in 8 bits, antialiased, rounded after
 * each of its two passes, as Pillow does), crop, x / divisor in float32, (x - mean) / std in float32, channels
 * first. */
#ifndef AUXFUSE_IMAGE_H
#define AUXFUSE_IMAGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                              /* axf_pixel_recipe::resize */
       AXF_RESIZE_NONE = 1,         /* the image keeps its size */
       AXF_RESIZE_SQUASH = 2,       /* to exactly height x width; the aspect ratio is not kept */
       AXF_RESIZE_SHORT_SIDE = 3,   /* short side to short_side, long side to floor(short_side * long / short) */
       AXF_RESIZE_SHORT_CAPPED = 4, /* short side to short_side; if the long side is then longer than long_cap, both are
                                     * scaled by long_cap / long. Each side is rounded as int(x + 0.5), then down to a
                                     * multiple of `multiple` (ViLT: 384, 639, 32) */
};

enum {                          /* axf_pixel_recipe::filter: Pillow's kernels, widened by the scale when shrinking */
       AXF_FILTER_BILINEAR = 1, /* triangle, support 1 */
       AXF_FILTER_BICUBIC = 2,  /* Keys, a = -0.5, support 2 */
};

enum { /* axf_pixel_recipe::crop: where a centre crop starts. d = size - crop size, which is never negative */
       AXF_CROP_NONE = 0,
       AXF_CROP_FLOOR = 1,     /* floor(d / 2): Hugging Face's center_crop */
       AXF_CROP_HALF_EVEN = 2, /* d / 2 rounded half to even: torchvision's CenterCrop */
};

typedef struct axf_pixel_recipe {
    uint32_t struct_size; /* sizeof(axf_pixel_recipe) */
    int32_t resize;       /* AXF_RESIZE_… */
    int32_t filter;       /* AXF_FILTER_…; not read by AXF_RESIZE_NONE */
    int32_t height;       /* SQUASH: the target, pixels */
    int32_t width;        /* SQUASH */
    int32_t short_side;   /* SHORT_SIDE, SHORT_CAPPED: pixels */
    int32_t long_cap;     /* SHORT_CAPPED: longest long side, pixels */
    int32_t multiple;     /* SHORT_CAPPED: both sides become multiples of this, >= 1 */
    int32_t crop;         /* AXF_CROP_… */
    int32_t crop_height;  /* pixels, when crop is not NONE; an image smaller than the crop is refused, not padded */
    int32_t crop_width;
    int32_t one_size;   /* 1: all images come out as out_height x out_width; 0: each image has its own size */
    int32_t out_height; /* with one_size the height that resize and crop lead to (the host checks it), else 0 */
    int32_t out_width;  /* likewise */
    float divisor;      /* each 8-bit value is divided by this, 255; multiplying by 1/255 would give other bits */
    float mean[3];      /* R, G, B: subtracted after that division */
    float std[3];       /* R, G, B: the last step divides by these */
} axf_pixel_recipe;

#ifdef __cplusplus
}
#endif
#endif
