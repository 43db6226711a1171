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

axf_status axf_bert_wordpiece_open(const axf_text_place *place, const axf_wordpiece_options *options, void **tokenizer,
                                   int32_t *ids)
{
    axf_wordpiece *wordpiece;
    AXF_TRY(axf_wordpiece_open(place->host, place->folder, options, &wordpiece));
    *tokenizer = wordpiece;
    *ids = axf_wordpiece_size(wordpiece);
    return AXF_OK;
}

axf_status axf_bert_wordpiece_encode(const void *tokenizer, const char *text, size_t length, int32_t *ids,
                                     size_t max_length, size_t *count)
{
    return axf_wordpiece_encode(tokenizer, text, length, ids, max_length, count);
}

void axf_bert_wordpiece_close(void *tokenizer)
{
    axf_wordpiece_close(tokenizer);
}

static axf_status open_fast(const axf_text_place *place, void **tokenizer, int32_t *ids)
{
    axf_wordpiece_options options;
    AXF_TRY(axf_bert_wordpiece_options(place->host, place->folder, &options));
    return axf_bert_wordpiece_open(place, &options, tokenizer, ids);
}

const axf_tokenizer_kind axf_tokenizer_wordpiece = {
    .file = "vocab.txt",
    .open = open_fast,
    .encode = axf_bert_wordpiece_encode,
    .close = axf_bert_wordpiece_close,
};
