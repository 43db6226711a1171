/* RoBERTa (Liu et al. 2019) with its byte-level BPE: config.json, vocab.json and merges.txt of a folder in Hugging Face
 * form. */
#include "common/config/config.h"
#include "common/models/bert_family.h"
#include "common/tokenizers/byte_bpe.h"

static axf_status open_vocabulary(const axf_text_place *place, void **tokenizer, int32_t *ids)
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
    *tokenizer = bpe;
    *ids = axf_byte_bpe_size(bpe);
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

static const axf_tokenizer_kind tokenizer = {
    .file = "vocab.json",
    .open = open_vocabulary,
    .encode = encode_text,
    .close = close_vocabulary,
};
static const axf_bert_recipe recipe = {"roberta", &axf_bert_shape_roberta, &tokenizer};
AXF_BERT_VTABLE(recipe);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "roberta", "1", "RoBERTa with its byte-level BPE tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(roberta, "0.1.0", "MIT", components)
