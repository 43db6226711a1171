/* ResNet (He et al. 2016) of 50 and 152 layers, as in torchvision (with the stride in the 3x3 convolutions). The rows
 * are the positions of the last map, line by line, and the pooled vector is their mean. A checkpoint is a folder with
 * torchvision's tensors, conv1.weight to layer4.2.bn3.running_var; the classifier fc is not read. With conv_attention
 * the positions of the last map attend to each other: x + gamma · softmax(Q Kᵀ) V without a scale. Q, K and V are 1x1
 * convolutions of x, and gamma is trained and starts at 0. */
#include "auxfuse/image_encoder.h"
#include "common/models/layers.h"
#include "common/models/resnet.h"
#include "common/models/vision_recipe.h"

#include <string.h>

typedef struct options {
    const char *weights, *config;
    int32_t transform;
    bool conv_attention;
    int64_t attention_width;
} options;

typedef struct encoder {
    axf_resnet network;
    axf_linear query, key, value; /* weight NULL: no attention */
    axf_tensor *gamma;
} encoder;

static const char *const transform_choices[] = {"squash", "crop", NULL}; /* AXF_RESNET_… */

static const axf_option table[] = {
    AXF_WEIGHTS(
        options, weights, NULL, AXF_OPT_REQUIRED,
        "Checkpoint: a folder, owner/name or file (.pth, .safetensors) with torchvision's tensors, or `random`"),
    AXF_PATH(options, config, NULL, AXF_OPT_FILE,
             "Folder with a config.json of other sizes (width, layer1 to layer4, image_size), for random weights and "
             "those of a file"),
    AXF_ENUM(
        options, transform, "squash", transform_choices, 0,
        "squash: to 224 x 224, with ImageNet's mean and deviation; crop: short side 256, centre of 224, with those "
        "of MM-IMDb"),
    AXF_BOOL(options, conv_attention, "false", 0,
             "Let the positions of the last map attend to each other, with new layers, before rows and mean are taken"),
    AXF_INT(options, attention_width, "256", 1, 65536, 0, "Columns of queries and keys of conv_attention"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

static axf_status describe(const axf_host *host, const options *o, const int32_t blocks[AXF_RESNET_STAGES],
                           axf_image_facts *facts)
{
    const char *folder;
    axf_resnet_sizes s;
    AXF_TRY(axf_resnet_read_sizes(host, o->weights, o->config, blocks, &s, &folder));
    facts->width = facts->pooled_width = s.width * 8 * AXF_RESNET_EXPANSION;
    facts->gives = AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->couples_posts = 1;
    facts->from_pixels = 1;
    facts->recipe = axf_resnet_recipe(o->transform, s.image);
    if (folder != NULL) {
        AXF_TRY(axf_vision_recipe(host, folder, 1, &facts->recipe));
    }
    facts->rows = axf_resnet_map_side(facts->recipe.out_height) * axf_resnet_map_side(facts->recipe.out_width);
    return AXF_OK;
}

static void declare_attention(axf_declare *d, encoder *e, int64_t width, int64_t few)
{
    d->initial = AXF_INIT_UNIFORM;
    d->flags = AXF_PARAM_NEW;
    e->query = axf_declare_linear(d, "attention.query", width, few, 1);
    e->key = axf_declare_linear(d, "attention.key", width, few, 1);
    e->value = axf_declare_linear(d, "attention.value", width, width, 1);
    const axf_parameter gamma = {.name = "attention.gamma",
                                 .ndim = 1,
                                 .shape = {1},
                                 .initial = AXF_INIT_ZEROS,
                                 .flags = AXF_PARAM_NEW | AXF_PARAM_NO_DECAY};
    e->gamma = axf_declare_tensor(d, &gamma);
}

static axf_status declare(const axf_host *host, const options *o, const int32_t blocks[AXF_RESNET_STAGES], void **self)
{
    const char *folder;
    axf_resnet_sizes s;
    AXF_TRY(axf_resnet_read_sizes(host, o->weights, o->config, blocks, &s, &folder));
    host->key_rule(host, AXF_KEY_IGNORE, "fc.", NULL);
    AXF_TRY(host->weights(host, o->weights));
    encoder *made = host->allocate(host, sizeof *made);
    made->network.width = s.width;
    memcpy(made->network.blocks, s.blocks, sizeof made->network.blocks);
    axf_declare d = {.host = host};
    axf_resnet_declare(&made->network, &d);
    if (o->conv_attention) {
        declare_attention(&d, made, s.width * 8 * AXF_RESNET_EXPANSION, o->attention_width);
    }
    *self = made;
    return d.status;
}

static axf_tensor *attend(const encoder *e, const axf_pass *pass, axf_tensor *rows)
{
    const axf_ops *ops = pass->ops;
    axf_tensor *query = axf_apply_linear(pass, &e->query, rows, AXF_NONE);
    axf_tensor *key = axf_apply_linear(pass, &e->key, rows, AXF_NONE);
    axf_tensor *value = axf_apply_linear(pass, &e->value, rows, AXF_NONE);
    axf_tensor *attended = ops->attention(pass, query, key, value, NULL, 1, 1, 0, NULL);
    return ops->add(pass, ops->multiply(pass, attended, e->gamma), rows);
}

static axf_status encode(void *self, const axf_pass *pass, const axf_images *images, axf_state *state)
{
    const encoder *e = self;
    const axf_ops *ops = pass->ops;
    axf_tensor *rows = ops->image_rows(pass, axf_resnet_apply(&e->network, pass, ops->image_tensor(pass, images)));
    if (e->query.weight != NULL) {
        rows = attend(e, pass, rows);
    }
    if (pass->wanted & AXF_WANT_ROWS) {
        axf_state_put(state, "rows", rows);
    }
    if (pass->wanted & AXF_WANT_POOLED) {
        axf_state_put(state, "pooled", ops->pool_rows(pass, rows, AXF_POOL_MEAN, 0));
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const int32_t blocks_50[AXF_RESNET_STAGES] = {3, 4, 6, 3};

static axf_status describe_50(const axf_host *host, const void *o, axf_image_facts *facts)
{
    return describe(host, o, blocks_50, facts);
}

static axf_status describe_152(const axf_host *host, const void *o, axf_image_facts *facts)
{
    return describe(host, o, axf_resnet_152, facts);
}

/* `wanted` is ignored: rows and their mean need the same parameters. */
static axf_status declare_50(const axf_host *host, const void *o, uint32_t wanted, void **self)
{
    (void)wanted;
    return declare(host, o, blocks_50, self);
}

static axf_status declare_152(const axf_host *host, const void *o, uint32_t wanted, void **self)
{
    (void)wanted;
    return declare(host, o, axf_resnet_152, self);
}

static const axf_image_encoder vtable_50 = {sizeof vtable_50, describe_50, declare_50, encode, NULL, destroy, NULL};
static const axf_image_encoder vtable_152 = {sizeof vtable_152, describe_152, declare_152, encode, NULL, destroy, NULL};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "resnet50", "1", "ResNet of 50 layers, as torchvision's",
     &option_table, sizeof vtable_50, &vtable_50, NULL},
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "resnet152", "1", "ResNet of 152 layers, as torchvision's",
     &option_table, sizeof vtable_152, &vtable_152, NULL},
};
AXF_PLUGIN(resnet, "0.1.0", "MIT", components)
