/* Image encoders: an image encoder computes rows and a pooled vector for each post, from pixels or from feature rows
 * that another program left in a file. */
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
    int32_t width;         /* columns of first and rows */
    int32_t pooled_width;  /* columns of pooled, which may differ from width; 0 when `gives` lacks it */
    uint32_t gives;        /* the outputs that the encoder can compute: AXF_WANT_… */
    int32_t rows;          /* number of rows of an image; where images differ, the largest number */
    uint32_t alone;        /* what an image-only classifier reads: AXF_WANT_FIRST or AXF_WANT_POOLED.
                           * 0 means POOLED if the encoder gives it, else FIRST */
    int32_t random;        /* 1: it draws random numbers when training (dropout, DropPath) */
    int32_t couples_posts; /* 1: in training the result of a post depends on the other posts (batch norm) */
    int32_t from_pixels;   /* 1: encode reads images made by `recipe`; 0: encode_features reads rows by post id */
    axf_pixel_recipe recipe;
    /* First values of an image-only classifier, for encoders whose published class has a head of its own
     * (ViTForImageClassification): normal with this σ, cut at ±2, and biases of 0. 0 means uniform in ±1/sqrt(columns),
     * as torch.nn.Linear has it. */
    double head_deviation;
} axf_image_facts;

typedef struct axf_image_encoder {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, axf_image_facts *facts);      /* [describe] */
    axf_status (*declare)(const axf_host *host, const void *options, uint32_t wanted, void **self); /* [declare] */
    /* Adds the outputs that pass->wanted asks for to `state`. The images were made by facts.recipe. [step] */
    axf_status (*encode)(void *self, const axf_pass *pass, const axf_images *images, axf_state *state);
    /* The same for an encoder that reads no pixels: it looks up the features of the posts by their ids, [pass->posts].
     * An id that is NULL stands for a blank image, whose features are zeros. Required where facts.from_pixels is 0.
     * [step] */
    axf_status (*encode_features)(void *self, const axf_pass *pass, const char *const *ids, axf_state *state);
    void (*destroy)(void *self);
    /* Whether there are features for this post: AXF_OK, or the failure with a message that names the file. The host
     * asks once for each post before training, and data.on_bad_image says what happens to a post without features.
     * Optional: without this entry every post has features. [declare] */
    axf_status (*has_features)(void *self, const char *id);
} axf_image_encoder;

#ifdef __cplusplus
}
#endif
#endif
