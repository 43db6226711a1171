#include "common/models/vision_config.h"

static const axf_option table[] = {
    AXF_WEIGHTS(
        axf_vision_options, weights, NULL, AXF_OPT_REQUIRED,
        "Checkpoint: a folder or owner/name in Hugging Face form, a file (.safetensors, .bin, .pth), or `random`"),
    AXF_PATH(axf_vision_options, config, NULL, AXF_OPT_FILE,
             "Folder with config.json (and preprocessor_config.json), for random weights and those of a file"),
};
const axf_options axf_vision_options_table = AXF_OPTIONS(axf_vision_options, table);

axf_status axf_vision_config_open(axf_config *config, const axf_host *host, const axf_vision_options *options,
                                  const char *model_type, const char **folder)
{
    AXF_TRY(axf_config_folder(host, options->weights, options->config, folder));
    AXF_TRY(axf_config_open(config, host, *folder, "config.json"));
    axf_config_expect(config, "model_type", model_type);
    axf_config_expect(config, "hidden_act", "gelu");
    axf_config_integer(config, "num_channels", 3, 3, 3);
    return AXF_OK;
}

void axf_vision_config_sizes(axf_config *config, axf_vision_sizes *s)
{
    s->dropout = axf_config_real(config, "hidden_dropout_prob", 0, 0, 0.999);
    s->layer = (axf_layer_sizes){
        .width = (int32_t)axf_config_integer(config, "hidden_size", 768, 1, 65536),
        .heads = (int32_t)axf_config_integer(config, "num_attention_heads", 12, 1, 1024),
        .inner = (int32_t)axf_config_integer(config, "intermediate_size", 3072, 1, 1 << 20),
        .eps = axf_config_real(config, "layer_norm_eps", 1e-12, 0, 1),
        .attention_dropout = axf_config_real(config, "attention_probs_dropout_prob", 0, 0, 0.999),
        .projection_dropout = s->dropout,
        .output_dropout = s->dropout,
    };
    s->layers = (int32_t)axf_config_integer(config, "num_hidden_layers", 12, 1, 1024);
    s->image = (int32_t)axf_config_integer(config, "image_size", 224, 1, 16384);
    s->patch = (int32_t)axf_config_integer(config, "patch_size", 16, 1, 16384);
    s->deviation = axf_config_real(config, "initializer_range", 0.02, 0, 100);
}
