/* BERT (Devlin et al. 2019), as transformers' BertModel: word, position and type embeddings, post-norm layers, and a
 * pooler over the first row. */
#include "bert.h"

#include "common/tweet.h"

#include <stdlib.h>

static const char *const normalise_choices[] = {"tweet", "none", NULL};

static const axf_option table[] = {
    AXF_WEIGHTS(bert_options, weights, NULL, AXF_OPT_REQUIRED,
                "Checkpoint: a folder or owner/name in Hugging Face form, or `random`"),
    AXF_PATH(bert_options, config, NULL, AXF_OPT_FILE,
             "Folder with config.json and vocab.txt of a model with random weights"),
    AXF_INT(bert_options, max_length, "128", 2, 1 << 20, 0, "Most tokens of a text, [CLS] and [SEP] included"),
    AXF_ENUM(bert_options, normalise, "tweet", normalise_choices, 0,
             "How texts are read: as BERTweet normalises tweets, or as they are"),
    AXF_REAL(bert_options, hidden_dropout, "null", 0, 1, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MAX,
             "Dropout after embeddings and layers; null: as config.json says"),
    AXF_REAL(bert_options, attention_dropout, "null", 0, 1, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MAX,
             "Dropout on attention probabilities; null: as config.json says"),
};
static const axf_options option_table = AXF_OPTIONS(bert_options, table);

static axf_status describe(const axf_host *host, const void *opaque, axf_text_facts *facts)
{
    const bert_options *options = opaque;
    const char *folder;
    bert_sizes sizes;
    axf_wordpiece *wordpiece;
    AXF_TRY(bert_read_sizes(host, options, &folder, &sizes));
    AXF_TRY(bert_open_vocabulary(host, folder, &sizes, &wordpiece));
    axf_wordpiece_close(wordpiece);
    facts->width = facts->pooled_width = sizes.layer.width;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->max_length = (int32_t)options->max_length;
    facts->vocabulary = sizes.vocabulary;
    facts->random = sizes.dropout > 0 || sizes.layer.attention_dropout > 0;
    return AXF_OK;
}

static void declare_keys(const axf_host *host, int pooled)
{
    host->key_rule(host, AXF_KEY_PREFIX, "bert.", "");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.gamma", "LayerNorm.weight");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.beta", "LayerNorm.bias");
    host->key_rule(host, AXF_KEY_IGNORE, "cls.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "classifier.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "embeddings.position_ids", NULL);
    if (!pooled) {
        host->key_rule(host, AXF_KEY_IGNORE, "pooler.", NULL);
    }
}

static void declare_parameters(bert *model, axf_declare *d, const bert_sizes *sizes, int pooled)
{
    static const axf_layer_names names = {
        .query = "attention.self.query",
        .key = "attention.self.key",
        .value = "attention.self.value",
        .output = "attention.output.dense",
        .attention_norm = "attention.output.LayerNorm",
        .up = "intermediate.dense",
        .down = "output.dense",
        .output_norm = "output.LayerNorm",
    };
    const int32_t width = sizes->layer.width;
    model->words =
        axf_declare_table(d, "embeddings.word_embeddings.weight", sizes->vocabulary, width, AXF_PARAM_SPARSE);
    model->positions = axf_declare_table(d, "embeddings.position_embeddings.weight", sizes->positions, width, 0);
    model->types = axf_declare_table(d, "embeddings.token_type_embeddings.weight", sizes->types, width, 0);
    model->norm = axf_declare_norm(d, "embeddings.LayerNorm", width, sizes->layer.eps);
    model->transformer = (axf_transformer){.sizes = sizes->layer, .count = sizes->layers, .post_norm = 1};
    axf_transformer_declare(&model->transformer, d, &names);
    if (pooled) {
        d->flags = AXF_PARAM_OPTIONAL; /* checkpoints of some heads have none */
        model->pooler = axf_declare_linear(d, "pooler.dense", width, width, 1);
    }
}

static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    const bert_options *options = opaque;
    const int pooled = (wanted & AXF_WANT_POOLED) != 0;
    const char *folder;
    bert_sizes sizes;
    AXF_TRY(bert_read_sizes(host, options, &folder, &sizes));
    declare_keys(host, pooled);
    AXF_TRY(host->weights(host, options->weights));
    bert *model = host->allocate(host, sizeof *model);
    model->host = host;
    model->max_length = (int32_t)options->max_length;
    model->normalise = options->normalise;
    model->pad = sizes.pad;
    model->dropout = sizes.dropout;
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = sizes.deviation};
    declare_parameters(model, &d, &sizes, pooled);
    AXF_TRY(d.status);
    AXF_TRY(bert_open_vocabulary(host, folder, &sizes, &model->wordpiece));
    *self = model;
    return AXF_OK;
}

static axf_status tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const bert *model = self;
    char *normalised = NULL;
    if (model->normalise == BERT_NORMALISE_TWEET) {
        const axf_status status = axf_tweet_normalise(text, length, &normalised, &length);
        if (status != AXF_OK) {
            return model->host->fail(model->host, status, "the text of %zu bytes is too long to be normalised", length);
        }
    }
    size_t tokens;
    const axf_status status = axf_wordpiece_encode(model->wordpiece, normalised != NULL ? normalised : text, length,
                                                   ids, (size_t)model->max_length, &tokens);
    free(normalised);
    if (status != AXF_OK) {
        return model->host->fail(model->host, status, "the text could not be cut into word pieces");
    }
    for (size_t i = 0; types != NULL && i < tokens; i++) {
        types[i] = 0;
    }
    *count = (int32_t)tokens;
    return AXF_OK;
}

static axf_status reserve(bert *model, int64_t count)
{
    if (count <= model->room) {
        return AXF_OK;
    }
    int32_t *numbers = realloc(model->numbers, (size_t)count * sizeof *numbers);
    if (numbers == NULL) {
        return model->host->fail(model->host, AXF_ERR_MEMORY, "no memory for %lld row numbers", (long long)count);
    }
    model->numbers = numbers;
    model->room = count;
    return AXF_OK;
}

/* Rows of the word table. [PAD] written in a text is an ordinary token, but its row never gets a gradient
 * (padding_idx): it is looked up behind a detach, and the others with zeros in its place. */
static axf_tensor *word_rows(const bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const axf_ops *ops = pass->ops;
    const int64_t total = tokens->rows->total, count = tokens->ids->shape[0];
    int64_t pads = 0;
    for (int64_t i = 0; i < count; i++) {
        const int pad = i < total && tokens->host_ids[i] == model->pad;
        model->numbers[i] = i >= total || pad ? -1 : tokens->host_ids[i];
        pads += pad;
    }
    if (pads == 0) {
        return ops->embedding(pass, model->words, tokens->ids, tokens->rows);
    }
    axf_tensor *others = ops->embedding(pass, model->words, ops->index(pass, model->numbers, count), tokens->rows);
    for (int64_t i = 0; i < count; i++) {
        model->numbers[i] = i < total && tokens->host_ids[i] == model->pad ? model->pad : -1;
    }
    axf_tensor *padding =
        ops->embedding(pass, ops->detach(pass, model->words), ops->index(pass, model->numbers, count), tokens->rows);
    return ops->add(pass, others, padding);
}

static axf_tensor *position_rows(const bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const axf_rows *rows = tokens->rows;
    const int64_t count = tokens->ids->shape[0];
    for (int32_t b = 0; b < rows->posts; b++) {
        for (int32_t i = rows->offset[b]; i < rows->offset[b + 1]; i++) {
            model->numbers[i] = i - rows->offset[b];
        }
    }
    for (int64_t i = rows->total; i < count; i++) {
        model->numbers[i] = -1;
    }
    return pass->ops->embedding(pass, model->positions, pass->ops->index(pass, model->numbers, count), rows);
}

static axf_tensor *type_rows(const bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const int64_t count = tokens->ids->shape[0];
    for (int64_t i = 0; i < count; i++) {
        const int32_t type = tokens->host_types != NULL && i < tokens->rows->total ? tokens->host_types[i] : 0;
        model->numbers[i] = i < tokens->rows->total ? type : -1;
    }
    return pass->ops->embedding(pass, model->types, pass->ops->index(pass, model->numbers, count), tokens->rows);
}

static axf_tensor *embed(const bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const axf_ops *ops = pass->ops;
    ops->scope_begin(pass);
    axf_tensor *words = word_rows(model, pass, tokens);
    axf_tensor *types = type_rows(model, pass, tokens);
    axf_tensor *x = ops->add(pass, ops->add(pass, words, types), position_rows(model, pass, tokens));
    x = ops->dropout(pass, axf_apply_norm(pass, &model->norm, x), model->dropout, "embeddings");
    ops->scope_end(pass, &x, 1);
    return x;
}

static axf_status encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state)
{
    bert *model = self;
    const int first_only = !(pass->wanted & AXF_WANT_ROWS);
    AXF_TRY(reserve(model, tokens->ids->shape[0]));
    axf_tensor *x = embed(model, pass, tokens);
    x = axf_transformer_apply(pass, &model->transformer, x, first_only);
    axf_tensor *first = pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0);
    if (pass->wanted & AXF_WANT_FIRST) {
        axf_state_put(state, "first", first);
    }
    if (pass->wanted & AXF_WANT_ROWS) {
        axf_state_put(state, "rows", x);
    }
    if (pass->wanted & AXF_WANT_POOLED) {
        axf_state_put(state, "pooled", axf_apply_linear(pass, &model->pooler, first, AXF_TANH));
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    bert *model = self;
    axf_wordpiece_close(model->wordpiece);
    free(model->numbers);
}

static const axf_text_encoder vtable = {sizeof vtable, describe, declare, tokenize, encode, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_TEXT_ENCODER, "bert", "1", "BERT with its WordPiece tokenizer", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bert, "0.1.0", "MIT", components)
