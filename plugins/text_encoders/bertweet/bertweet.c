/* BERTweet (Nguyen et al. 2020): RoBERTa's model with fastBPE over tweets: config.json, vocab.txt and bpe.codes of a
 * folder in Hugging Face form. */
#include "common/models/bert_family.h"
#include "common/tokenizers/bpe.h"

static axf_status open_vocabulary(const axf_text_place *place, void **tokenizer, int32_t *ids)
{
    axf_bpe *bpe;
    AXF_TRY(axf_bpe_open(place->host, place->folder, &bpe));
    *tokenizer = bpe;
    *ids = axf_bpe_size(bpe);
    return AXF_OK;
}

static axf_status encode_text(const void *tokenizer, const char *text, size_t length, int32_t *ids, size_t max_length,
                              size_t *count)
{
    return axf_bpe_encode(tokenizer, text, length, ids, max_length, count);
}

static void close_vocabulary(void *tokenizer)
{
    axf_bpe_close(tokenizer);
}

static const axf_tokenizer_kind tokenizer = {
    .file = "vocab.txt",
    .open = open_vocabulary,
    .encode = encode_text,
    .close = close_vocabulary,
};
static const axf_bert_recipe recipe = {"roberta", &axf_bert_shape_roberta, &tokenizer};
AXF_BERT_VTABLE(recipe);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bertweet", "2", "BERTweet with its fastBPE tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bertweet, "0.1.0", "MIT", components)
