#include "common/models/bert_wordpiece.h"

#include "common/config/config.h"

axf_status axf_bert_wordpiece_options(const axf_host *host, const char *folder, axf_wordpiece_options *options)
{
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, folder, "tokenizer_config.json"));
    *options = (axf_wordpiece_options){.do_lower_case = axf_config_bool(&config, "do_lower_case", true)};
    options->strip_accents = axf_config_bool(&config, "strip_accents", options->do_lower_case);
    options->tokenize_chinese_chars = axf_config_bool(&config, "tokenize_chinese_chars", true);
    return axf_config_close(&config);
}

static axf_status open_fast(const axf_host *host, const char *folder, axf_tokenizer **tokenizer)
{
    axf_wordpiece_options options;
    AXF_TRY(axf_bert_wordpiece_options(host, folder, &options));
    return axf_wordpiece_open(host, folder, &options, tokenizer);
}

const axf_tokenizer_kind axf_tokenizer_wordpiece = {.file = "vocab.txt", .open = open_fast};
