/* RoBERTa (Liu et al. 2019) with its byte-level BPE: config.json, vocab.json and merges.txt of a folder in Hugging Face
 * form. */
#include "common/config/config.h"
#include "common/models/bert_family.h"
#include "common/tokenizers/byte_bpe.h"

static axf_status open_vocabulary(const axf_host *host, const char *folder, axf_tokenizer **tokenizer)
{
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, folder, "tokenizer_config.json"));
    const bool prefix = axf_config_bool(&config, "add_prefix_space", false);
    AXF_TRY(axf_config_close(&config));
    if (prefix) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: add_prefix_space is true, and this tokenizer puts no blank before a text", config.path);
    }
    return axf_byte_bpe_open(host, folder, tokenizer);
}

static const axf_tokenizer_kind tokenizer = {.file = "vocab.json", .open = open_vocabulary};
static const axf_bert_recipe recipe = {"roberta", &axf_bert_shape_roberta, &tokenizer};
AXF_BERT_VTABLE(recipe);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "roberta", "1", "RoBERTa with its byte-level BPE tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(roberta, "0.1.0", "MIT", components)
