/* BERT (Devlin et al. 2019) with its WordPiece tokenizer: config.json, tokenizer_config.json and vocab.txt of a folder
 * in Hugging Face form. */
#include "common/models/bert_family.h"

AXF_BERT_VTABLE(axf_bert_recipe_bert);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bert", "1", "BERT with its WordPiece tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bert, "0.1.0", "MIT", components)
