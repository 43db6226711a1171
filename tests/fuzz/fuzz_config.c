/* config.json and preprocessor_config.json, through every reader of plugins/common. */
#include "fuzz.h"

#include "common/models/bert_family.h"
#include "common/models/resnet.h"
#include "common/models/vision_recipe.h"
#include "common/models/vit_family.h"

#include <math.h>

static axf_status accept(const axf_host *host, const char *folder, int32_t *ids)
{
    (void)host;
    (void)folder;
    *ids = 0;
    return AXF_OK;
}

static void read_bert(const axf_host *host)
{
    const axf_tokenizer_kind tokenizer = {.file = "vocab.txt", .check = accept};
    axf_bert_recipe recipe = axf_bert_recipe_bert;
    recipe.tokenizer = &tokenizer;
    const axf_bert_options options = {
        .weights = "folder", .max_length = 8, .hidden_dropout = NAN, .attention_dropout = NAN};
    axf_text_facts facts = {.struct_size = sizeof facts};
    if (axf_bert_describe(&recipe, host, &options, &facts) == AXF_OK) {
        fuzz_expect(facts.width > 0 && facts.vocabulary > 0, "sizes of nothing");
    }
}

static void read_images(const axf_host *host)
{
    const float mean[3] = {0.5f, 0.5f, 0.5f};
    const axf_pixel_recipe squash = axf_vision_default_recipe(224, 0, AXF_FILTER_BILINEAR, mean, mean);
    axf_pixel_recipe recipe = squash;
    if (axf_vision_recipe(host, "folder", 16, &recipe) == AXF_OK) {
        fuzz_expect(recipe.out_height >= 16 && recipe.out_width >= 16, "no patch fits");
    }
    recipe = axf_vision_default_recipe(256, 224, AXF_FILTER_BICUBIC, mean, mean);
    (void)axf_vision_recipe(host, "folder", 14, &recipe);
    recipe = squash;
    recipe.resize = AXF_RESIZE_SHORT_CAPPED;
    recipe.short_side = 384, recipe.long_cap = 639, recipe.multiple = 32;
    (void)axf_vision_capped_recipe(host, "folder", &recipe);

    const struct {
        const char *weights, *config;
    } options = {.weights = "folder"};
    const axf_vit_kind kind = {.model_type = "vit",
                               .prefix = "vit.",
                               .filter = AXF_FILTER_BILINEAR,
                               .mean = {0.5f, 0.5f, 0.5f},
                               .std = {0.5f, 0.5f, 0.5f}};
    axf_image_facts facts = {.struct_size = sizeof facts};
    (void)axf_vit_describe(host, &kind, &options, &facts);
    axf_resnet_sizes sizes;
    const char *folder;
    if (axf_resnet_read_sizes(host, "folder", NULL, axf_resnet_152, &sizes, &folder) == AXF_OK) {
        fuzz_expect(sizes.width > 0 && sizes.image > 0, "sizes of nothing");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_host own;
    fuzz_begin(1 << 20, 1024, size);
    fuzz_host_open(&own, data, size);
    read_bert(&own.host);
    read_images(&own.host);
    fuzz_host_close(&own);
    fuzz_end();
    return 0;
}
