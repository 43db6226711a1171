/* BERTweet (Nguyen et al. 2020): RoBERTa's model with fastBPE over tweets: config.json, vocab.txt and bpe.codes of a
 * folder in Hugging Face form. */
#include "common/models/bert_family.h"
#include "common/tokenizers/bpe.h"

static const axf_tokenizer_kind tokenizer = {.file = "vocab.txt", .open = axf_bpe_open};
static const axf_bert_recipe recipe = {"roberta", &axf_bert_shape_roberta, &tokenizer};
AXF_BERT_VTABLE(recipe);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bertweet", "2", "BERTweet with its fastBPE tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bertweet, "0.1.0", "MIT", components)
