#include "common/models/bert_model.h"

#include "common/tweet/normalise.h"

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
    facts->takes_padding = 1;
    facts->pad = sizes.pad;
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
    model->embeddings.positions_after_pad = model->recipe->positions_after_pad;
    axf_bert_embeddings_declare(&model->embeddings, d, "embeddings", sizes);
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
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = sizes.deviation};
    declare_parameters(model, &d, &sizes, pooled);
    AXF_TRY(d.status);
    const axf_bert_place place = {host, folder, sizes.vocabulary, sizes.pad};
    AXF_TRY(recipe->open(&place, &model->tokenizer));
    *self = model;
    return AXF_OK;
}

axf_status axf_bert_ids(const axf_host *host, const axf_bert_recipe *recipe, const void *tokenizer, int32_t normalise,
                        const char *text, size_t length, int32_t *ids, size_t max_length, size_t *count)
{
    char *normalised = NULL;
    if (normalise == AXF_BERT_NORMALISE_TWEET) {
        const axf_status status = axf_tweet_normalise(text, length, &normalised, &length);
        if (status != AXF_OK) {
            return host->fail(host, status, "the text of %zu bytes is too long to be normalised", length);
        }
    }
    const axf_status status =
        recipe->encode(tokenizer, normalised != NULL ? normalised : text, length, ids, max_length, count);
    free(normalised);
    if (status != AXF_OK) {
        return host->fail(host, status, "the text of %zu bytes could not be cut into tokens", length);
    }
    return AXF_OK;
}

axf_status axf_bert_tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const axf_bert *model = self;
    size_t tokens = 0;
    AXF_TRY(axf_bert_ids(model->host, model->recipe, model->tokenizer, model->normalise, text, length, ids,
                         (size_t)model->max_length, &tokens));
    for (size_t i = 0; types != NULL && i < tokens; i++) {
        types[i] = 0;
    }
    *count = (int32_t)tokens;
    return AXF_OK;
}

axf_status axf_bert_encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state)
{
    axf_bert *model = self;
    const int first_only = !(pass->wanted & AXF_WANT_ROWS);
    axf_tensor *x;
    AXF_TRY(axf_bert_embed(&model->embeddings, pass, tokens, AXF_BERT_TYPES_GIVEN, "embeddings", &x));
    model->transformer.key_rows = tokens->real;
    model->transformer.key_numbers = tokens->real_rows;
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
    axf_bert_embeddings_free(&model->embeddings);
}
