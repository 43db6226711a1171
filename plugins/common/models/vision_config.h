/* The options and the config.json of models of the ViT family. */
#ifndef AXF_COMMON_MODELS_VISION_CONFIG_H
#define AXF_COMMON_MODELS_VISION_CONFIG_H

#include "common/config/config.h"
#include "common/models/transformer.h"

typedef struct axf_vision_options {
    const char *weights, *config;
} axf_vision_options;

extern const axf_options axf_vision_options_table;

typedef struct axf_vision_sizes {
    axf_layer_sizes layer;
    int32_t layers, image, patch;
    double dropout, deviation;
} axf_vision_sizes;

/* Opens the config.json of a model of this type, with "gelu" and images of 3 channels; *folder is where it is. The
 * caller reads on, and closes it. [describe] [declare] */
axf_status axf_vision_config_open(axf_config *config, const axf_host *host, const axf_vision_options *options,
                                  const char *model_type, const char **folder);

/* Reads the sizes, except for qkv_bias and no_key_bias, under the keys that transformers' ViTConfig has. */
void axf_vision_config_sizes(axf_config *config, axf_vision_sizes *sizes);

#endif
