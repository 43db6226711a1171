/* Bernice (DeLucia et al. 2022): XLM-R's model (Conneau et al. 2020) with a SentencePiece vocabulary of tweets:
 * config.json and sentencepiece.bpe.model of a folder in Hugging Face form. */
#include "common/models/bert_family.h"
#include "text_encoders/bernice/tokenizer.h"

static axf_status check_vocabulary(const axf_bert_place *place)
{
    int32_t ids;
    AXF_TRY(bernice_tokenizer_check(place->host, place->folder, &ids));
    return axf_bert_check_ids(place, "sentencepiece.bpe.model", ids);
}

static axf_status open_vocabulary(const axf_bert_place *place, void **tokenizer)
{
    AXF_TRY(check_vocabulary(place));
    bernice_tokenizer *opened;
    AXF_TRY(bernice_tokenizer_open(place->host, place->folder, &opened));
    *tokenizer = opened;
    return AXF_OK;
}

static axf_status encode_text(const void *tokenizer, const char *text, size_t length, int32_t *ids, size_t max_length,
                              size_t *count)
{
    return bernice_tokenizer_encode(tokenizer, text, length, ids, max_length, count);
}

static void close_vocabulary(void *tokenizer)
{
    bernice_tokenizer_close(tokenizer);
}

static const axf_bert_recipe recipe = {
    .model_type = "xlm-roberta",
    .prefix = "roberta.",
    .head = "lm_head.",
    .vocabulary = 30522,
    .positions = 512,
    .pad = 1,
    .eps = 1e-12,
    .dropout = 0.1,
    .positions_after_pad = 1,
    .open = open_vocabulary,
    .check = check_vocabulary,
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
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bernice", "1", "Bernice (XLM-R) with its SentencePiece tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bernice, "0.1.0", "MIT", components)
