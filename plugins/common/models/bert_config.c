#include "common/models/bert_config.h"

#include "common/config/config.h"

#include <math.h>

static const axf_option table[] = {
    AXF_WEIGHTS(
        axf_bert_options, weights, NULL, AXF_OPT_REQUIRED,
        "Checkpoint: a folder or owner/name in Hugging Face form, a file (.safetensors, .bin, .pth), or `random`"),
    AXF_PATH(axf_bert_options, config, NULL, AXF_OPT_FILE,
             "Folder with config.json and the tokenizer's files, for random weights and those of a file"),
    AXF_INT(axf_bert_options, max_length, "128", 2, 1 << 20, 0, "Most tokens of a text, special tokens included"),
    AXF_BERT_OPTION_ROWS(axf_bert_options),
};
const axf_options axf_bert_options_table = AXF_OPTIONS(axf_bert_options, table);

const axf_bert_shape axf_bert_shape_bert = {
    .prefix = "bert.",
    .head = "cls.",
    .vocabulary = 30522,
    .positions = 512,
    .pad = 0,
    .eps = 1e-12,
    .dropout = 0.1,
};

const axf_bert_shape axf_bert_shape_roberta = {
    .prefix = "roberta.",
    .head = "lm_head.",
    .vocabulary = 30522,
    .positions = 512,
    .pad = 1,
    .eps = 1e-12,
    .dropout = 0.1,
    .positions_after_pad = 1,
};

static axf_layer_sizes read_layer(axf_config *config, const axf_bert_shape *shape, const axf_bert_options *options)
{
    const double hidden = axf_config_real(config, "hidden_dropout_prob", shape->dropout, 0, 0.999);
    const double attention = axf_config_real(config, "attention_probs_dropout_prob", shape->dropout, 0, 0.999);
    const double dropout = isnan(options->hidden_dropout) ? hidden : options->hidden_dropout;
    return (axf_layer_sizes){
        .width = (int32_t)axf_config_integer(config, "hidden_size", 768, 1, 65536),
        .heads = (int32_t)axf_config_integer(config, "num_attention_heads", 12, 1, 1024),
        .inner = (int32_t)axf_config_integer(config, "intermediate_size", 3072, 1, 1 << 20),
        .qkv_bias = 1,
        .eps = axf_config_real(config, "layer_norm_eps", shape->eps, 0, 1),
        .attention_dropout = isnan(options->attention_dropout) ? attention : options->attention_dropout,
        .projection_dropout = dropout,
        .output_dropout = dropout,
    };
}

axf_status axf_bert_read_sizes(const axf_bert_shape *shape, const char *model_type, const axf_host *host,
                               const axf_bert_options *options, const char **folder, axf_bert_sizes *sizes)
{
    AXF_TRY(axf_config_folder(host, options->weights, options->config, folder));
    axf_config config;
    AXF_TRY(axf_config_open(&config, host, *folder, "config.json"));
    axf_config_expect(&config, "model_type", model_type);
    axf_config_expect(&config, "hidden_act", "gelu");
    axf_config_expect(&config, "position_embedding_type", "absolute");
    sizes->layer = read_layer(&config, shape, options);
    sizes->dropout = sizes->layer.output_dropout;
    sizes->layers = (int32_t)axf_config_integer(&config, "num_hidden_layers", 12, 1, 1024);
    sizes->vocabulary = (int32_t)axf_config_integer(&config, "vocab_size", shape->vocabulary, 4, 1 << 24);
    sizes->positions = (int32_t)axf_config_integer(&config, "max_position_embeddings", shape->positions, 2, 1 << 20);
    sizes->types = (int32_t)axf_config_integer(&config, "type_vocab_size", 2, 1, 1 << 16);
    sizes->pad = (int32_t)axf_config_integer(&config, "pad_token_id", shape->pad, 0, sizes->vocabulary - 1);
    sizes->deviation = axf_config_real(&config, "initializer_range", 0.02, 0, 100);
    AXF_TRY(axf_config_close(&config));
    if (sizes->layer.width % sizes->layer.heads != 0) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: hidden_size %d must be a multiple of num_attention_heads %d",
                          config.path, sizes->layer.width, sizes->layer.heads);
    }
    const int32_t usable = sizes->positions - (shape->positions_after_pad ? sizes->pad + 1 : 0);
    if (options->max_length > usable) {
        return host->fail(host, AXF_ERR_SPEC,
                          "max_length is %lld, and %s has positions for %d tokens: set it to at most that",
                          (long long)options->max_length, config.path, usable);
    }
    return AXF_OK;
}
