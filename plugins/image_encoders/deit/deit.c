/* Distilled DeiT (Touvron et al. 2021), as in transformers' DeiTModel: ViT with a distillation token after the class
 * token. Its published checkpoint has no pooler, so a pooler that is wanted has drawn first values. */
#include "common/models/vision_config.h"
#include "common/models/vit_family.h"

static const char *const ignored[] = {"cls_classifier.", "distillation_classifier.", "classifier.", "decoder.", NULL};

static const axf_vit_kind kind = {
    .model_type = "deit",
    .prefix = "deit.",
    .ignored = ignored,
    .distilled = 1,
    .crops = 1,
    .filter = AXF_FILTER_BICUBIC,
    .mean = {0.485f, 0.456f, 0.406f}, /* ImageNet */
    .std = {0.229f, 0.224f, 0.225f},
};

AXF_VIT_VTABLE(kind);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "deit", "2", "DeiT: a ViT with a distillation token",
     &axf_vision_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(deit, "0.1.0", "MIT", components)
