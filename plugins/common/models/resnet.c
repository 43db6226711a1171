#include "common/models/resnet.h"

#include "auxfuse/ops.h"
#include "common/config/config.h"
#include "common/models/vision_recipe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EPSILON 1e-5
#define MOMENTUM 0.1

enum { NAME_SIZE = 64 };

const int32_t axf_resnet_152[AXF_RESNET_STAGES] = {3, 8, 36, 3};

axf_status axf_resnet_read_sizes(const axf_host *host, const char *weights, const char *config_option,
                                 const int32_t blocks[AXF_RESNET_STAGES], axf_resnet_sizes *sizes, const char **folder)
{
    static const char *const keys[AXF_RESNET_STAGES] = {"layer1", "layer2", "layer3", "layer4"};
    *sizes = (axf_resnet_sizes){.width = 64, .image = 224};
    memcpy(sizes->blocks, blocks, sizeof sizes->blocks);
    *folder = NULL;
    if (config_option == NULL && (weights == NULL || axf_config_is_file(weights))) {
        return AXF_OK;
    }
    AXF_TRY(axf_config_folder(host, weights, config_option, folder));
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, *folder, "config.json"));
    axf_config_expect(&config, "model_type", "torchvision_resnet");
    sizes->width = (int32_t)axf_config_integer(&config, "width", sizes->width, 1, 1024);
    for (int i = 0; i < AXF_RESNET_STAGES; i++) {
        sizes->blocks[i] = (int32_t)axf_config_integer(&config, keys[i], sizes->blocks[i], 1, 256);
    }
    sizes->image = (int32_t)axf_config_integer(&config, "image_size", sizes->image, 32, 4096);
    return axf_config_close(&config);
}

axf_pixel_recipe axf_resnet_recipe(int32_t transform, int32_t image)
{
    static const float mean[2][3] = {{0.485f, 0.456f, 0.406f}, {0.46777044f, 0.44531429f, 0.40661017f}};
    static const float std[2][3] = {{0.229f, 0.224f, 0.225f}, {0.12221994f, 0.12145835f, 0.14380469f}};
    const int crop = transform == AXF_RESNET_CROP;
    axf_pixel_recipe recipe = axf_vision_default_recipe(crop ? image + image / 7 : image, crop ? image : 0,
                                                        AXF_FILTER_BILINEAR, mean[crop], std[crop]);
    recipe.crop = crop ? AXF_CROP_HALF_EVEN : AXF_CROP_NONE;
    recipe.one_size = 1;
    recipe.out_height = recipe.out_width = image;
    return recipe;
}

static axf_tensor *declare_vector(axf_declare *declare, const char *norm, const char *field, int64_t width,
                                  int32_t initial, uint32_t flags)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s.%s", norm, field);
    const axf_parameter spec = {.name = name, .ndim = 1, .shape = {width}, .initial = initial, .flags = flags};
    return axf_declare_tensor(declare, &spec);
}

/* Declares a convolution of `inputs` to `outputs` channels with a window of size x size. It starts with torchvision's
 * values: normal, by fan-out. */
static axf_resnet_conv declare_conv(axf_declare *declare, const char *conv, const char *norm, int64_t inputs,
                                    int64_t outputs, int32_t size, int32_t stride)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s.weight", conv);
    const axf_parameter spec = {.name = name,
                                .ndim = 4,
                                .shape = {outputs, inputs, size, size},
                                .initial = AXF_INIT_NORMAL,
                                .a = sqrt(2 / (double)(outputs * size * size))};
    const uint32_t plain = AXF_PARAM_NO_DECAY, buffer = AXF_PARAM_NO_DECAY | AXF_PARAM_BUFFER;
    return (axf_resnet_conv){.weight = axf_declare_tensor(declare, &spec),
                             .gamma = declare_vector(declare, norm, "weight", outputs, AXF_INIT_ONES, plain),
                             .beta = declare_vector(declare, norm, "bias", outputs, AXF_INIT_ZEROS, plain),
                             .mean = declare_vector(declare, norm, "running_mean", outputs, AXF_INIT_ZEROS, buffer),
                             .variance = declare_vector(declare, norm, "running_var", outputs, AXF_INIT_ONES, buffer),
                             .stride = stride,
                             .padding = size / 2};
}

static axf_resnet_conv declare_inner(axf_declare *declare, const char *block, int32_t number, int64_t inputs,
                                     int64_t outputs, int32_t size, int32_t stride)
{
    char conv[NAME_SIZE], norm[NAME_SIZE];
    snprintf(conv, sizeof conv, "%s.conv%d", block, (int)number);
    snprintf(norm, sizeof norm, "%s.bn%d", block, (int)number);
    return declare_conv(declare, conv, norm, inputs, outputs, size, stride);
}

/* A block: 1x1, 3x3 (which has the stride), and 1x1 to four times the width. The first block of a stage also has a 1x1
 * shortcut. */
static axf_resnet_block declare_block(axf_declare *declare, int32_t stage, int32_t at, int64_t inputs, int64_t width)
{
    char block[NAME_SIZE / 2], conv[NAME_SIZE], norm[NAME_SIZE];
    const int64_t outputs = AXF_RESNET_EXPANSION * width;
    const int32_t stride = stage > 0 && at == 0 ? 2 : 1;
    snprintf(block, sizeof block, "layer%d.%d", (int)stage + 1, (int)at);
    axf_resnet_block made = {.conv = {declare_inner(declare, block, 1, inputs, width, 1, 1),
                                      declare_inner(declare, block, 2, width, width, 3, stride),
                                      declare_inner(declare, block, 3, width, outputs, 1, 1)}};
    if (at == 0) {
        snprintf(conv, sizeof conv, "%s.downsample.0", block);
        snprintf(norm, sizeof norm, "%s.downsample.1", block);
        made.shortcut = declare_conv(declare, conv, norm, inputs, outputs, 1, stride);
    }
    return made;
}

void axf_resnet_declare(axf_resnet *network, axf_declare *declare)
{
    const axf_host *host = declare->host;
    int64_t channels = network->width;
    network->stem = declare_conv(declare, "conv1", "bn1", 3, channels, 7, 2);
    for (int32_t s = 0; s < AXF_RESNET_STAGES; s++) {
        const int64_t width = (int64_t)network->width << s;
        network->stage[s] = host->allocate(host, (size_t)network->blocks[s] * sizeof *network->stage[s]);
        for (int32_t i = 0; i < network->blocks[s]; i++) {
            network->stage[s][i] = declare_block(declare, s, i, channels, width);
            channels = AXF_RESNET_EXPANSION * width;
        }
    }
}

static axf_tensor *apply_conv(const axf_pass *pass, const axf_resnet_conv *conv, axf_tensor *x)
{
    axf_tensor *map = pass->ops->conv2d(pass, x, conv->weight, NULL, conv->stride, conv->padding);
    return pass->ops->batch_norm(pass, map, conv->gamma, conv->beta, conv->mean, conv->variance, EPSILON, MOMENTUM);
}

static axf_tensor *apply_block(const axf_pass *pass, const axf_resnet_block *block, axf_tensor *x)
{
    const axf_ops *ops = pass->ops;
    axf_tensor *map = ops->unary(pass, apply_conv(pass, &block->conv[0], x), AXF_RELU);
    map = ops->unary(pass, apply_conv(pass, &block->conv[1], map), AXF_RELU);
    map = apply_conv(pass, &block->conv[2], map);
    axf_tensor *shortcut = block->shortcut.weight != NULL ? apply_conv(pass, &block->shortcut, x) : x;
    return ops->unary(pass, ops->add(pass, map, shortcut), AXF_RELU);
}

axf_tensor *axf_resnet_apply(const axf_resnet *network, const axf_pass *pass, axf_tensor *x)
{
    const axf_ops *ops = pass->ops;
    ops->scope_begin(pass);
    x = ops->unary(pass, apply_conv(pass, &network->stem, x), AXF_RELU);
    x = ops->max_pool2d(pass, x, 3, 2, 1);
    ops->scope_end(pass, &x, 1);
    for (int32_t s = 0; s < AXF_RESNET_STAGES; s++) {
        for (int32_t i = 0; i < network->blocks[s]; i++) {
            ops->scope_begin(pass);
            x = apply_block(pass, &network->stage[s][i], x);
            ops->scope_end(pass, &x, 1);
        }
    }
    return x;
}

int32_t axf_resnet_map_side(int32_t pixels)
{
    for (int i = 0; i < 5; i++) {
        pixels = (pixels + 1) / 2;
    }
    return pixels;
}
