/* Image encoders: pixels (or feature rows read from a file) to rows and a pooled vector. */
#ifndef AUXFUSE_IMAGE_ENCODER_H
#define AUXFUSE_IMAGE_ENCODER_H

#include "auxfuse/image.h"
#include "auxfuse/ops.h"
#include "auxfuse/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_IMAGE_ENCODER "auxfuse.image_encoder/1"

typedef struct axf_image_facts {
    uint32_t struct_size;
    int32_t width;        /* columns of first and rows */
    int32_t pooled_width; /* columns of pooled; may differ from width; 0 when `gives` lacks it */
    uint32_t gives;       /* AXF_WANT_… */
    int32_t rows;         /* rows of an image where all have the same number, else the most */
    uint32_t
        alone; /* what an image-only classifier reads: AXF_WANT_FIRST or POOLED; 0: POOLED where given, else FIRST */
    int32_t random;        /* 1: draws random numbers when training (dropout, DropPath) */
    int32_t couples_posts; /* 1: batch norm in training: a post's result depends on its neighbours */
    int32_t from_pixels;   /* 1: encode reads images after `recipe`; 0: encode_features reads rows by post id */
    axf_pixel_recipe recipe;
    /* An image-only classifier begins normal with this σ, cut at ±2, and with biases of 0, where the published class has
     * such a head of its own (ViTForImageClassification); 0: uniform in ±1/sqrt(columns), as torch.nn.Linear. */
    double head_deviation;
} axf_image_facts;

typedef struct axf_image_encoder {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, axf_image_facts *facts);      /* [describe] */
    axf_status (*declare)(const axf_host *host, const void *options, uint32_t wanted, void **self); /* [declare] */
    /* Adds what pass->wanted asks for to `state`. Images after facts.recipe. [step] */
    axf_status (*encode)(void *self, const axf_pass *pass, const axf_images *images, axf_state *state);
    /* Instead of pixels: the row tables of these post ids; an id that is NULL stands for a blank image, whose features
     * are zeros. Optional; required with from_pixels 0. [step] */
    axf_status (*encode_features)(void *self, const axf_pass *pass, const char *const *ids, axf_state *state);
    void (*destroy)(void *self);
    /* Whether encode_features can give this post: AXF_OK, or the failure with a message naming the file. The host asks
     * once for each post before training, and data.on_bad_image decides. Optional: then every post has features.
     * [declare] */
    axf_status (*has_features)(void *self, const char *id);
} axf_image_encoder;

#ifdef __cplusplus
}
#endif
#endif
