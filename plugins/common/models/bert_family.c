#include "common/models/bert_family.h"

#include "common/models/bert_wordpiece.h"

const axf_bert_recipe axf_bert_recipe_bert = {"bert", &axf_bert_shape_bert, &axf_tokenizer_wordpiece};

axf_status axf_bert_describe(const axf_bert_recipe *recipe, const axf_host *host, const void *opaque,
                             axf_text_facts *facts)
{
    const axf_bert_options *options = opaque;
    const char *folder;
    axf_bert_sizes sizes;
    AXF_TRY(axf_bert_read_sizes(recipe->shape, recipe->model_type, host, options, &folder, &sizes));
    const axf_text_place place = {host, folder, sizes.vocabulary};
    AXF_TRY(axf_text_reader_check(recipe->tokenizer, &place));
    facts->width = facts->pooled_width = sizes.layer.width;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->max_length = (int32_t)options->max_length;
    facts->vocabulary = sizes.vocabulary;
    facts->random = sizes.dropout > 0 || sizes.layer.attention_dropout > 0;
    facts->takes_padding = 1;
    facts->pad = sizes.pad;
    return AXF_OK;
}

static void declare_keys(const axf_bert_shape *shape, const axf_host *host, int pooled)
{
    host->key_rule(host, AXF_KEY_PREFIX, shape->prefix, "");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.gamma", "LayerNorm.weight");
    host->key_rule(host, AXF_KEY_SUFFIX, "LayerNorm.beta", "LayerNorm.bias");
    host->key_rule(host, AXF_KEY_IGNORE, shape->head, NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "classifier.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "embeddings.position_ids", NULL);
    if (!pooled) {
        host->key_rule(host, AXF_KEY_IGNORE, "pooler.", NULL);
    }
}

static void declare_parameters(axf_bert *model, axf_declare *d, const axf_bert_recipe *recipe,
                               const axf_bert_sizes *sizes, int pooled)
{
    const int32_t width = sizes->layer.width;
    model->embeddings.positions_after_pad = recipe->shape->positions_after_pad;
    axf_bert_embeddings_declare(&model->embeddings, d, "embeddings", sizes);
    model->transformer = (axf_transformer){.sizes = sizes->layer, .count = sizes->layers, .post_norm = 1};
    axf_transformer_declare(&model->transformer, d, &axf_bert_layer_names);
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
    AXF_TRY(axf_bert_read_sizes(recipe->shape, recipe->model_type, host, options, &folder, &sizes));
    declare_keys(recipe->shape, host, pooled);
    AXF_TRY(host->weights(host, options->weights));
    axf_bert *model = host->allocate(host, sizeof *model);
    model->reader.max_length = (int32_t)options->max_length;
    model->reader.normalise = options->normalise;
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = sizes.deviation};
    declare_parameters(model, &d, recipe, &sizes, pooled);
    AXF_TRY(d.status);
    const axf_text_place place = {host, folder, sizes.vocabulary};
    AXF_TRY(axf_text_reader_open(&model->reader, recipe->tokenizer, &place));
    *self = model;
    return AXF_OK;
}

axf_status axf_bert_tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const axf_bert *model = self;
    return axf_text_reader_tokenize(&model->reader, text, length, ids, types, count);
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
    axf_tensor *first = axf_state_put_rows(state, pass, x);
    if (pass->wanted & AXF_WANT_POOLED) {
        axf_state_put(state, "pooled", axf_apply_linear(pass, &model->pooler, first, AXF_TANH));
    }
    return AXF_OK;
}

void axf_bert_destroy(void *self)
{
    axf_bert *model = self;
    axf_text_reader_close(&model->reader);
    axf_bert_embeddings_free(&model->embeddings);
}
