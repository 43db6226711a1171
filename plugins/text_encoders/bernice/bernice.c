/* Bernice (DeLucia et al. 2022): XLM-R's model (Conneau et al. 2020) with a SentencePiece vocabulary of tweets:
 * config.json and sentencepiece.bpe.model of a folder in Hugging Face form. */
#include "common/models/bert_family.h"
#include "text_encoders/bernice/tokenizer.h"

static const axf_tokenizer_kind tokenizer = {
    .file = "sentencepiece.bpe.model",
    .open = bernice_tokenizer_open,
    .check = bernice_tokenizer_check,
};
static const axf_bert_recipe recipe = {"xlm-roberta", &axf_bert_shape_roberta, &tokenizer};
AXF_BERT_VTABLE(recipe);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bernice", "1", "Bernice (XLM-R) with its SentencePiece tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bernice, "0.1.0", "MIT", components)
