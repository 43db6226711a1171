/* A BERT folder in Hugging Face form: config.json, tokenizer_config.json and vocab.txt. */
#include "bert.h"

#include "common/config.h"

#include <math.h>

axf_status bert_read_sizes(const axf_host *host, const bert_options *options, const char **folder, bert_sizes *sizes)
{
    AXF_TRY(axf_config_folder(host, options->weights, options->config, folder));
    axf_config config;
    AXF_TRY(axf_config_open(&config, host, *folder, "config.json"));
    axf_config_expect(&config, "model_type", "bert");
    axf_config_expect(&config, "hidden_act", "gelu");
    axf_config_expect(&config, "position_embedding_type", "absolute");
    const double hidden = axf_config_real(&config, "hidden_dropout_prob", 0.1, 0, 0.999);
    const double attention = axf_config_real(&config, "attention_probs_dropout_prob", 0.1, 0, 0.999);
    sizes->dropout = isnan(options->hidden_dropout) ? hidden : options->hidden_dropout;
    sizes->layer = (axf_layer_sizes){
        .width = (int32_t)axf_config_integer(&config, "hidden_size", 768, 1, 65536),
        .heads = (int32_t)axf_config_integer(&config, "num_attention_heads", 12, 1, 1024),
        .inner = (int32_t)axf_config_integer(&config, "intermediate_size", 3072, 1, 1 << 20),
        .qkv_bias = 1,
        .eps = axf_config_real(&config, "layer_norm_eps", 1e-12, 0, 1),
        .attention_dropout = isnan(options->attention_dropout) ? attention : options->attention_dropout,
        .projection_dropout = sizes->dropout,
        .output_dropout = sizes->dropout,
    };
    sizes->layers = (int32_t)axf_config_integer(&config, "num_hidden_layers", 12, 1, 1024);
    sizes->vocabulary = (int32_t)axf_config_integer(&config, "vocab_size", 30522, 4, 1 << 24);
    sizes->positions = (int32_t)axf_config_integer(&config, "max_position_embeddings", 512, 2, 1 << 20);
    sizes->types = (int32_t)axf_config_integer(&config, "type_vocab_size", 2, 1, 1 << 16);
    sizes->pad = (int32_t)axf_config_integer(&config, "pad_token_id", 0, 0, sizes->vocabulary - 1);
    sizes->deviation = axf_config_real(&config, "initializer_range", 0.02, 0, 100);
    AXF_TRY(axf_config_close(&config));
    if (sizes->layer.width % sizes->layer.heads != 0) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: hidden_size %d must be a multiple of num_attention_heads %d",
                          config.path, sizes->layer.width, sizes->layer.heads);
    }
    if (options->max_length > sizes->positions) {
        return host->fail(host, AXF_ERR_SPEC,
                          "max_length is %lld, and %s has positions for %d tokens: set it to at most that",
                          (long long)options->max_length, config.path, sizes->positions);
    }
    return AXF_OK;
}

axf_status bert_open_vocabulary(const axf_host *host, const char *folder, const bert_sizes *sizes,
                                axf_wordpiece **wordpiece)
{
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, folder, "tokenizer_config.json"));
    axf_wordpiece_options options = {.do_lower_case = axf_config_bool(&config, "do_lower_case", true)};
    options.strip_accents = axf_config_bool(&config, "strip_accents", options.do_lower_case);
    options.tokenize_chinese_chars = axf_config_bool(&config, "tokenize_chinese_chars", true);
    AXF_TRY(axf_config_close(&config));
    const char *path = axf_config_path(host, folder, "vocab.txt");
    char error[1024];
    const axf_status status = axf_wordpiece_open(path, &options, error, sizeof error, wordpiece);
    if (status != AXF_OK) {
        return host->fail(host, status, "%s", error);
    }
    const int32_t lines = axf_wordpiece_size(*wordpiece);
    if (lines > sizes->vocabulary) {
        axf_wordpiece_close(*wordpiece);
        *wordpiece = NULL;
        return host->fail(host, AXF_ERR_FORMAT, "%s has %d tokens, config.json beside it a vocab_size of %d", path,
                          lines, sizes->vocabulary);
    }
    return AXF_OK;
}
