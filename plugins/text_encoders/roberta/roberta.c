/* RoBERTa (Liu et al. 2019) with its byte-level BPE: config.json, vocab.json and merges.txt of a folder in Hugging Face
 * form. */
#include "common/models/bert_family.h"
#include "common/tokenizers/byte_bpe.h"
#include "common/config/config.h"

static axf_status open_vocabulary(const axf_bert_place *place, void **tokenizer)
{
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, place->host, place->folder, "tokenizer_config.json"));
    const bool prefix = axf_config_bool(&config, "add_prefix_space", false);
    AXF_TRY(axf_config_close(&config));
    if (prefix) {
        return place->host->fail(place->host, AXF_ERR_FORMAT,
                                 "%s: add_prefix_space is true, and this tokenizer puts no blank before a text",
                                 config.path);
    }
    axf_byte_bpe *bpe;
    AXF_TRY(axf_byte_bpe_open(place->host, place->folder, &bpe));
    const axf_status status = axf_bert_check_ids(place, "vocab.json", axf_byte_bpe_size(bpe));
    if (status != AXF_OK) {
        axf_byte_bpe_close(bpe);
        return status;
    }
    *tokenizer = bpe;
    return AXF_OK;
}

static axf_status encode_text(const void *tokenizer, const char *text, size_t length, int32_t *ids, size_t max_length,
                              size_t *count)
{
    return axf_byte_bpe_encode(tokenizer, text, length, ids, max_length, count);
}

static void close_vocabulary(void *tokenizer)
{
    axf_byte_bpe_close(tokenizer);
}

static const axf_bert_recipe recipe = {
    .model_type = "roberta",
    .prefix = "roberta.",
    .head = "lm_head.",
    .vocabulary = 30522,
    .positions = 512,
    .pad = 1,
    .eps = 1e-12,
    .dropout = 0.1,
    .positions_after_pad = 1,
    .open = open_vocabulary,
    .encode = encode_text,
    .close = close_vocabulary,
};

static axf_status describe(const axf_host *host, const void *options, axf_text_facts *facts)
{
    return axf_bert_describe(&recipe, host, options, facts);
}

static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    return axf_bert_declare(&recipe, host, options, wanted, self);
}

static const axf_text_encoder vtable = {sizeof vtable,     describe,        declare,
                                        axf_bert_tokenize, axf_bert_encode, axf_bert_destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "roberta", "1", "RoBERTa with its byte-level BPE tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(roberta, "0.1.0", "MIT", components)
