#include "common/bert_model.h"

#include "common/tweet.h"

#include <stdlib.h>

axf_status axf_bert_check_ids(const axf_bert_place *place, const char *file, int32_t ids)
{
    if (ids > place->vocabulary) {
        return place->host->fail(place->host, AXF_ERR_FORMAT,
                                 "%s/%s has %d tokens, config.json beside it a vocab_size of %d", place->folder, file,
                                 ids, place->vocabulary);
    }
    return AXF_OK;
}

axf_status axf_bert_describe(const axf_bert_recipe *recipe, const axf_host *host, const void *opaque,
                             axf_text_facts *facts)
{
    const axf_bert_options *options = opaque;
    const char *folder;
    axf_bert_sizes sizes;
    AXF_TRY(axf_bert_read_sizes(recipe, host, options, &folder, &sizes));
    const axf_bert_place place = {host, folder, sizes.vocabulary, sizes.pad};
    if (recipe->check != NULL) {
        AXF_TRY(recipe->check(&place));
    } else {
        void *tokenizer;
        AXF_TRY(recipe->open(&place, &tokenizer));
        recipe->close(tokenizer);
    }
    facts->width = facts->pooled_width = sizes.layer.width;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->max_length = (int32_t)options->max_length;
    facts->vocabulary = sizes.vocabulary;
    facts->random = sizes.dropout > 0 || sizes.layer.attention_dropout > 0;
    return AXF_OK;
}

static void declare_keys(const axf_bert_recipe *recipe, const axf_host *host, int pooled)
{
    host->key_rule(host, AXF_KEY_PREFIX, recipe->prefix, "");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.gamma", "LayerNorm.weight");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.beta", "LayerNorm.bias");
    host->key_rule(host, AXF_KEY_IGNORE, recipe->head, NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "classifier.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "embeddings.position_ids", NULL);
    if (!pooled) {
        host->key_rule(host, AXF_KEY_IGNORE, "pooler.", NULL);
    }
}

static void declare_parameters(axf_bert *model, axf_declare *d, const axf_bert_sizes *sizes, int pooled)
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

axf_status axf_bert_declare(const axf_bert_recipe *recipe, const axf_host *host, const void *opaque, uint32_t wanted,
                            void **self)
{
    const axf_bert_options *options = opaque;
    const int pooled = (wanted & AXF_WANT_POOLED) != 0;
    const char *folder;
    axf_bert_sizes sizes;
    AXF_TRY(axf_bert_read_sizes(recipe, host, options, &folder, &sizes));
    declare_keys(recipe, host, pooled);
    AXF_TRY(host->weights(host, options->weights));
    axf_bert *model = host->allocate(host, sizeof *model);
    model->host = host;
    model->recipe = recipe;
    model->max_length = (int32_t)options->max_length;
    model->normalise = options->normalise;
    model->pad = sizes.pad;
    model->dropout = sizes.dropout;
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = sizes.deviation};
    declare_parameters(model, &d, &sizes, pooled);
    AXF_TRY(d.status);
    const axf_bert_place place = {host, folder, sizes.vocabulary, sizes.pad};
    AXF_TRY(recipe->open(&place, &model->tokenizer));
    *self = model;
    return AXF_OK;
}

axf_status axf_bert_tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const axf_bert *model = self;
    char *normalised = NULL;
    if (model->normalise == AXF_BERT_NORMALISE_TWEET) {
        const axf_status status = axf_tweet_normalise(text, length, &normalised, &length);
        if (status != AXF_OK) {
            return model->host->fail(model->host, status, "the text of %zu bytes is too long to be normalised", length);
        }
    }
    size_t tokens = 0;
    const axf_status status = model->recipe->encode(model->tokenizer, normalised != NULL ? normalised : text, length,
                                                    ids, (size_t)model->max_length, &tokens);
    free(normalised);
    if (status != AXF_OK) {
        return model->host->fail(model->host, status, "the text of %zu bytes could not be cut into tokens", length);
    }
    for (size_t i = 0; types != NULL && i < tokens; i++) {
        types[i] = 0;
    }
    *count = (int32_t)tokens;
    return AXF_OK;
}

static axf_status reserve(axf_bert *model, int64_t count)
{
    if (count <= model->room) {
        return AXF_OK;
    }
    int32_t *numbers = realloc(model->numbers, 2 * (size_t)count * sizeof *numbers);
    if (numbers == NULL) {
        return model->host->fail(model->host, AXF_ERR_MEMORY, "no memory for %lld row numbers", (long long)count);
    }
    model->numbers = numbers;
    model->others = numbers + count;
    model->room = count;
    return AXF_OK;
}

/* Rows model->numbers[0..count) of `table`; `index` is the same numbers as a tensor, or NULL. The pad token written in
 * a text is an ordinary token, but row `pad` never gets a gradient (padding_idx): it is looked up behind a detach, and
 * the others with zeros in its place. */
static axf_tensor *look_up(const axf_bert *model, const axf_pass *pass, axf_tensor *table, axf_tensor *index,
                           const axf_rows *rows, int64_t count)
{
    const axf_ops *ops = pass->ops;
    int64_t pads = 0;
    for (int64_t i = 0; i < count; i++) {
        const int pad = model->numbers[i] == model->pad;
        model->others[i] = pad ? -1 : model->numbers[i];
        pads += pad;
    }
    if (pads == 0) {
        index = index != NULL ? index : ops->index(pass, model->numbers, count);
        return ops->embedding(pass, table, index, rows);
    }
    axf_tensor *others = ops->embedding(pass, table, ops->index(pass, model->others, count), rows);
    for (int64_t i = 0; i < count; i++) {
        model->others[i] = model->numbers[i] == model->pad ? model->pad : -1;
    }
    axf_tensor *padding = ops->embedding(pass, ops->detach(pass, table), ops->index(pass, model->others, count), rows);
    return ops->add(pass, others, padding);
}

static axf_tensor *word_rows(const axf_bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const int64_t count = tokens->ids->shape[0];
    for (int64_t i = 0; i < count; i++) {
        model->numbers[i] = i < tokens->rows->total ? tokens->host_ids[i] : -1;
    }
    return look_up(model, pass, model->words, tokens->ids, tokens->rows, count);
}

static axf_tensor *position_rows(const axf_bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const axf_rows *rows = tokens->rows;
    const int64_t count = tokens->ids->shape[0];
    const int after_pad = model->recipe->positions_after_pad;
    for (int32_t b = 0; b < rows->posts; b++) {
        int32_t next = after_pad ? model->pad + 1 : 0;
        for (int32_t i = rows->offset[b]; i < rows->offset[b + 1]; i++) {
            model->numbers[i] = after_pad && tokens->host_ids[i] == model->pad ? model->pad : next++;
        }
    }
    for (int64_t i = rows->total; i < count; i++) {
        model->numbers[i] = -1;
    }
    if (after_pad) {
        return look_up(model, pass, model->positions, NULL, rows, count);
    }
    return pass->ops->embedding(pass, model->positions, pass->ops->index(pass, model->numbers, count), rows);
}

static axf_tensor *type_rows(const axf_bert *model, const axf_pass *pass, const axf_tokens *tokens)
{
    const int64_t count = tokens->ids->shape[0];
    for (int64_t i = 0; i < count; i++) {
        const int32_t type = tokens->host_types != NULL && i < tokens->rows->total ? tokens->host_types[i] : 0;
        model->numbers[i] = i < tokens->rows->total ? type : -1;
    }
    return pass->ops->embedding(pass, model->types, pass->ops->index(pass, model->numbers, count), tokens->rows);
}

static axf_tensor *embed(const axf_bert *model, const axf_pass *pass, const axf_tokens *tokens)
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

axf_status axf_bert_encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state)
{
    axf_bert *model = self;
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

void axf_bert_destroy(void *self)
{
    axf_bert *model = self;
    model->recipe->close(model->tokenizer);
    free(model->numbers);
}
