/* BERT (Devlin et al. 2019) with its WordPiece tokenizer: config.json, tokenizer_config.json and vocab.txt of a folder
 * in Hugging Face form. */
#include "common/models/bert_family.h"

static axf_status describe(const axf_host *host, const void *options, axf_text_facts *facts)
{
    return axf_bert_describe(&axf_bert_recipe_bert, host, options, facts);
}

static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)
{
    return axf_bert_declare(&axf_bert_recipe_bert, host, options, wanted, self);
}

static const axf_text_encoder vtable = {sizeof vtable,     describe,        declare,
                                        axf_bert_tokenize, axf_bert_encode, axf_bert_destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bert", "1", "BERT with its WordPiece tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bert, "0.1.0", "MIT", components)
