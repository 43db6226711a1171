/* ViT (Dosovitskiy et al. 2021), as transformers' ViTModel: pre-norm layers over a class token and square patches. */
#include "common/models/vit_family.h"

static const char *const ignored[] = {"classifier.", "decoder.", NULL};

static const axf_vit_kind kind = {
    .model_type = "vit",
    .prefix = "vit.",
    .ignored = ignored,
    .own_head = 1, /* ViTForImageClassification's */
    .filter = AXF_FILTER_BILINEAR,
    .mean = {0.5f, 0.5f, 0.5f},
    .std = {0.5f, 0.5f, 0.5f},
};

static axf_status describe(const axf_host *host, const void *options, axf_image_facts *facts)
{
    return axf_vit_describe(host, &kind, options, facts);
}

static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    return axf_vit_declare(host, &kind, options, wanted, self);
}

static const axf_image_encoder vtable = {sizeof vtable, describe, declare, axf_vit_encode, NULL, axf_vit_destroy, NULL};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "vit", "3", "ViT: a transformer over square patches of an image",
     &axf_vit_options, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(vit, "0.1.0", "MIT", components)
