/* BERT proper: its checkpoints' keys and its WordPiece tokenizer. */
#include "common/models/bert_family.h"
#include "common/config/config.h"
#include "common/tokenizers/wordpiece.h"

/* vocab.txt, cut and lower-cased as tokenizer_config.json says. */
static axf_status open_vocabulary(const axf_bert_place *place, void **tokenizer)
{
    const axf_host *host = place->host;
    axf_config config;
    AXF_TRY(axf_config_open_optional(&config, host, place->folder, "tokenizer_config.json"));
    axf_wordpiece_options options = {.do_lower_case = axf_config_bool(&config, "do_lower_case", true)};
    options.strip_accents = axf_config_bool(&config, "strip_accents", options.do_lower_case);
    options.tokenize_chinese_chars = axf_config_bool(&config, "tokenize_chinese_chars", true);
    AXF_TRY(axf_config_close(&config));
    char error[1024];
    axf_wordpiece *wordpiece;
    const axf_status status = axf_wordpiece_open(axf_config_path(host, place->folder, "vocab.txt"), &options, error,
                                                 sizeof error, &wordpiece);
    if (status != AXF_OK) {
        return host->fail(host, status, "%s", error);
    }
    const axf_status fits = axf_bert_check_ids(place, "vocab.txt", axf_wordpiece_size(wordpiece));
    if (fits != AXF_OK) {
        axf_wordpiece_close(wordpiece);
        return fits;
    }
    *tokenizer = wordpiece;
    return AXF_OK;
}

static axf_status encode_text(const void *tokenizer, const char *text, size_t length, int32_t *ids, size_t max_length,
                              size_t *count)
{
    return axf_wordpiece_encode(tokenizer, text, length, ids, max_length, count);
}

static void close_vocabulary(void *tokenizer)
{
    axf_wordpiece_close(tokenizer);
}

const axf_bert_recipe axf_bert_recipe_bert = {
    .model_type = "bert",
    .prefix = "bert.",
    .head = "cls.",
    .vocabulary = 30522,
    .positions = 512,
    .pad = 0,
    .eps = 1e-12,
    .dropout = 0.1,
    .open = open_vocabulary,
    .encode = encode_text,
    .close = close_vocabulary,
};
