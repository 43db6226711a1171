/* Bernice (DeLucia et al. 2022): XLM-R's model (Conneau et al. 2020) with a SentencePiece vocabulary of tweets:
 * config.json and sentencepiece.bpe.model of a folder in Hugging Face form. */
#include "common/models/bert_family.h"
#include "text_encoders/bernice/tokenizer.h"

static axf_status check_vocabulary(const axf_text_place *place, int32_t *ids)
{
    return bernice_tokenizer_check(place->host, place->folder, ids);
}

static axf_status open_vocabulary(const axf_text_place *place, void **tokenizer, int32_t *ids)
{
    bernice_tokenizer *opened;
    AXF_TRY(check_vocabulary(place, ids));
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

static const axf_tokenizer_kind tokenizer = {
    .file = "sentencepiece.bpe.model",
    .open = open_vocabulary,
    .check = check_vocabulary,
    .encode = encode_text,
    .close = close_vocabulary,
};
static const axf_bert_recipe recipe = {"xlm-roberta", &axf_bert_shape_roberta, &tokenizer};
AXF_BERT_VTABLE(recipe);

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bernice", "1", "Bernice (XLM-R) with its SentencePiece tokenizer",
     &axf_bert_options_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bernice, "0.1.0", "MIT", components)
