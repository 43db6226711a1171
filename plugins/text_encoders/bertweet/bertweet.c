/* BERTweet (Nguyen et al. 2020): RoBERTa's model with fastBPE over tweets: config.json, vocab.txt and bpe.codes of a
 * folder in Hugging Face form. */
#include "common/models/bert_family.h"
#include "common/tokenizers/bpe.h"

static axf_status open_vocabulary(const axf_bert_place *place, void **tokenizer)
{
    char error[1024];
    axf_bpe *bpe;
    const axf_status status = axf_bpe_open(place->folder, error, sizeof error, &bpe);
    if (status != AXF_OK) {
        return place->host->fail(place->host, status, "%s", error);
    }
    const axf_status fits = axf_bert_check_ids(place, "vocab.txt", axf_bpe_size(bpe));
    if (fits != AXF_OK) {
        axf_bpe_close(bpe);
        return fits;
    }
    *tokenizer = bpe;
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
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bertweet", "2", "BERTweet with its fastBPE tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bertweet, "0.1.0", "MIT", components)
