/* ViT (Dosovitskiy et al. 2021) and what differs from it in its tokens and names alone: pre-norm layers over tokens and
 * square patches, and a norm over all rows. */
#ifndef AXF_COMMON_MODELS_VIT_FAMILY_H
#define AXF_COMMON_MODELS_VIT_FAMILY_H

#include "auxfuse/image_encoder.h"

typedef struct axf_vit_kind {
    const char *model_type;     /* in config.json */
    const char *prefix;         /* of the trunk in checkpoints of whole models: "vit." */
    const char *const *ignored; /* heads of other tasks: prefixes, NULL at the end */
    int32_t distilled;          /* 1: a distillation token follows the class token */
    int32_t crops; /* 1: images are by default squashed to 8/7 of the model's side and then cropped to it (256, 224) */
    int32_t own_head; /* 1: the published class has a classifier: it reads the class row, and begins as the layers do */
    int32_t filter;
    float mean[3], std[3]; /* of the pixels, by default */
} axf_vit_kind;

/* The entries of an axf_image_encoder, for one kind in static storage. The options are axf_vision_options
 * (vision_config.h). */
axf_status axf_vit_describe(const axf_host *host, const axf_vit_kind *kind, const void *options,
                            axf_image_facts *facts);
axf_status axf_vit_declare(const axf_host *host, const axf_vit_kind *kind, const void *options, uint32_t wanted,
                           void **self);
axf_status axf_vit_encode(void *self, const axf_pass *pass, const axf_images *images, axf_state *state);
void axf_vit_destroy(void *self);

/* Defines `vtable`, the axf_image_encoder of a plugin of this kind. The entries of a table take no further argument, so
 * that each plugin needs two functions of its own that pass its kind on. */
#define AXF_VIT_VTABLE(kind)                                                                                           \
    static axf_status describe(const axf_host *host, const void *options, axf_image_facts *facts)                      \
    {                                                                                                                  \
        return axf_vit_describe(host, &(kind), options, facts);                                                        \
    }                                                                                                                  \
    static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)                 \
    {                                                                                                                  \
        return axf_vit_declare(host, &(kind), options, wanted, self);                                                  \
    }                                                                                                                  \
    static const axf_image_encoder vtable = {sizeof vtable, describe,        declare, axf_vit_encode,                  \
                                             NULL,          axf_vit_destroy, NULL}

#endif
