/* ViT (Dosovitskiy et al. 2021), as in transformers' ViTModel: pre-norm layers over a class token and square
 * patches. */
#include "common/models/vision_config.h"
#include "common/models/vit_family.h"

static const char *const ignored[] = {"classifier.", "decoder.", NULL};

static const axf_vit_kind kind = {
    .model_type = "vit",
    .prefix = "vit.",
    .ignored = ignored,
    .own_head = 1, /* that of ViTForImageClassification */
    .filter = AXF_FILTER_BILINEAR,
    .mean = {0.5f, 0.5f, 0.5f},
    .std = {0.5f, 0.5f, 0.5f},
};

AXF_VIT_VTABLE(kind);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "vit", "3", "ViT: a transformer over square patches of an image",
     &axf_vision_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(vit, "0.1.0", "MIT", components)
