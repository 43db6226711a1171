/* MMBT (Kiela et al. 2019), as in transformers' MMBTModel over BERT and torchvision's ResNet-152. One BERT reads [CLS],
 * the projected image vector and [SEP], and then the word pieces of the text; its pooled first row is the result. Both
 * blocks use the same tables and the same norm, but each counts positions from 0, and norm and dropout are applied to
 * each by itself. For image-text contrast the text without the image goes through the same BERT as type 0, and its
 * first word piece is compared with the image vector after a projection of its own. */
#include "auxfuse/joint_encoder.h"
#include "common/models/bert_family.h"
#include "common/models/resnet.h"
#include "common/models/vision_recipe.h"
#include "common/tokenizers/wordpiece.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *weights, *config, *image_weights, *image_config;
    int64_t max_length;
    int32_t normalise;
    double hidden_dropout, attention_dropout;
    bool reference_defects;
} options;

static const axf_option table[] = {
    AXF_WEIGHTS(options, weights, NULL, AXF_OPT_REQUIRED,
                "Checkpoint of the BERT: a folder or owner/name in Hugging Face form, a file (.safetensors, .bin, "
                ".pth), or `random`"),
    AXF_PATH(options, config, NULL, AXF_OPT_FILE,
             "Folder with the BERT's config.json and vocab.txt, for random weights and those of a file"),
    AXF_WEIGHTS(options, image_weights, NULL, AXF_OPT_REQUIRED,
                "Checkpoint of the ResNet-152: a folder, owner/name or file (.pth, .safetensors) with torchvision's "
                "tensors, or `random`"),
    AXF_PATH(options, image_config, NULL, AXF_OPT_FILE,
             "Folder with a config.json of another ResNet's sizes (width, layer1 to layer4, image_size), for random "
             "weights and those of a file"),
    AXF_INT(options, max_length, "128", 2, 1 << 20, 0, "Most tokens of a text; none of them is special"),
    AXF_ENUM(options, normalise, "tweet", axf_normalise_choices, 0,
             "How texts are read: as BERTweet normalises tweets, or as they are"),
    AXF_REAL(options, hidden_dropout, "null", 0, 1, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MAX,
             "Dropout after embeddings and layers of the BERT; null: as config.json says"),
    AXF_REAL(options, attention_dropout, "null", 0, 1, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MAX,
             "Dropout on attention probabilities; null: as config.json says"),
    AXF_BOOL(options, reference_defects, "false", 0,
             "As the reference program: image-text matching reads the vector of the original pairs, and image-text "
             "contrast runs the ResNet, and updates its running statistics, once more (itm's second_pass: again)"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

enum { MODAL_ROWS = 3 };

typedef struct mmbt {
    const axf_host *host;
    int32_t max_length, defects;
    int32_t first_id, last_id, unknown_id; /* [CLS], [SEP], [UNK] */
    axf_bert *bert;
    axf_transformer alone; /* the same layers with other names of draws, for the text without the image */
    axf_resnet resnet;
    axf_linear modal;    /* image vector -> row before the text */
    axf_linear contrast; /* image vector -> vector that is compared with the text; weight NULL: it is not wanted */
    axf_tensor *fused;   /* from the first join of the step */
} mmbt;

static axf_bert_options bert_options(const options *o)
{
    return (axf_bert_options){o->weights,   o->config,         o->max_length,
                              o->normalise, o->hidden_dropout, o->attention_dropout};
}

static axf_status read_image_sizes(const axf_host *host, const options *o, axf_resnet_sizes *s, const char **folder)
{
    return axf_resnet_read_sizes(host, o->image_weights, o->image_config, axf_resnet_152, s, folder);
}

static int32_t image_width(const axf_resnet_sizes *s)
{
    return s->width * 8 * AXF_RESNET_EXPANSION;
}

static axf_status describe_image(const axf_host *host, const options *o, axf_image_facts *image)
{
    const char *folder;
    axf_resnet_sizes s;
    AXF_TRY(read_image_sizes(host, o, &s, &folder));
    image->width = image->pooled_width = image_width(&s);
    image->gives = AXF_WANT_POOLED;
    image->rows = 1;
    image->from_pixels = 1;
    image->couples_posts = 1;
    image->recipe = axf_resnet_recipe(AXF_RESNET_CROP, s.image);
    return folder != NULL ? axf_vision_recipe(host, folder, 1, &image->recipe) : AXF_OK;
}

static axf_status describe(const axf_host *host, const void *opaque, axf_joint_facts *facts)
{
    const options *o = opaque;
    const axf_bert_options bert = bert_options(o);
    const char *folder;
    axf_bert_sizes s;
    AXF_TRY(axf_bert_describe(&axf_bert_recipe_bert, host, &bert, &facts->text));
    AXF_TRY(axf_bert_read_sizes(&axf_bert_shape_bert, "bert", host, &bert, &folder, &s));
    if (s.types < 2 || s.positions < MODAL_ROWS) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s/config.json: MMBT needs 2 token types and %d positions, and it has %d and %d", folder,
                          MODAL_ROWS, s.types, s.positions);
    }
    AXF_TRY(describe_image(host, o, &facts->image));
    const int32_t width = s.layer.width;
    facts->width = facts->match_width = facts->contrast_text_width = facts->contrast_image_width = width;
    facts->gives = AXF_WANT_FUSED | AXF_WANT_MATCH | AXF_WANT_CONTRAST_TEXT | AXF_WANT_CONTRAST_IMAGE;
    facts->contrast_projected = 1;
    facts->random_after_parts = facts->text.random;
    facts->couples_posts = 1;
    return AXF_OK;
}

static void declare_layers_again(mmbt *model)
{
    axf_transformer *alone = &model->alone;
    *alone = model->bert->transformer;
    const size_t size = (size_t)alone->count * sizeof *alone->layer;
    axf_layer *layer = model->host->allocate(model->host, size);
    memcpy(layer, alone->layer, size);
    for (int32_t i = 0; i < alone->count; i++) {
        for (size_t k = 0; k < sizeof layer->draw / sizeof *layer->draw; k++) {
            char name[sizeof *layer->draw];
            memcpy(name, layer[i].draw[k], sizeof name);
            snprintf(layer[i].draw[k], sizeof name, "alone.%.*s", (int)(sizeof name - sizeof "alone."), name);
        }
    }
    alone->layer = layer;
}

/* Parameters are declared in the order of computation. The image comes first, so that freeze_until: layer4 freezes the
 * ResNet and trains the rest. */
static axf_status declare_parameters(mmbt *model, const options *o, uint32_t wanted)
{
    const axf_host *host = model->host;
    const axf_bert_options bert = bert_options(o);
    const char *folder;
    axf_resnet_sizes s;
    void *self;
    AXF_TRY(read_image_sizes(host, o, &s, &folder));
    host->key_rule(host, AXF_KEY_IGNORE, "fc.", NULL);
    AXF_TRY(host->weights(host, o->image_weights));
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM};
    model->resnet.width = s.width;
    memcpy(model->resnet.blocks, s.blocks, sizeof s.blocks);
    axf_resnet_declare(&model->resnet, &d);
    AXF_TRY(d.status);
    AXF_TRY(axf_bert_declare(&axf_bert_recipe_bert, host, &bert, AXF_WANT_POOLED, &self));
    model->bert = self;
    d.flags = AXF_PARAM_NEW;
    const int32_t width = (int32_t)model->bert->embeddings.types->shape[1];
    model->modal = axf_declare_linear(&d, "modal_encoder.proj_embeddings", image_width(&s), width, 1);
    if (wanted & AXF_WANT_CONTRAST_IMAGE) {
        model->contrast = axf_declare_linear(&d, "image_projection", image_width(&s), width, 1);
    }
    return d.status;
}

static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    const options *o = opaque;
    mmbt *model = host->allocate(host, sizeof *model);
    model->host = host;
    model->max_length = (int32_t)o->max_length;
    model->defects = o->reference_defects;
    int32_t ends[2];
    size_t count;
    axf_status status = declare_parameters(model, o, wanted);
    if (status == AXF_OK) {
        status = axf_tokenizer_encode(model->bert->reader.tokenizer, "", 0, ends, 2, &count);
    }
    if (status != AXF_OK) {
        if (model->bert != NULL) {
            axf_bert_destroy(model->bert);
        }
        return status;
    }
    declare_layers_again(model);
    model->first_id = ends[0];
    model->last_id = ends[1];
    model->unknown_id = axf_wordpiece_unknown_id(model->bert->reader.tokenizer);
    *self = model;
    return AXF_OK;
}

/* The word pieces without [CLS] and [SEP]. Each post must have at least one row, so a text without words becomes
 * [UNK]. */
static axf_status tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const mmbt *model = self;
    const size_t most = (size_t)model->max_length + 2;
    int32_t *all = malloc(most * sizeof *all);
    if (all == NULL) {
        return model->host->fail(model->host, AXF_ERR_MEMORY, "no memory for %zu tokens", most);
    }
    size_t tokens = 0;
    const axf_status status = axf_text_reader_ids(&model->bert->reader, text, length, all, most, &tokens);
    if (status == AXF_OK && tokens > 2) {
        memcpy(ids, all + 1, (tokens - 2) * sizeof *ids);
        *count = (int32_t)tokens - 2;
    } else {
        ids[0] = model->unknown_id;
        *count = 1;
    }
    free(all);
    for (int32_t i = 0; types != NULL && i < *count; i++) {
        types[i] = 1;
    }
    return status;
}

static axf_status text_part(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *text)
{
    mmbt *model = self;
    axf_bert_embeddings *embeddings = &model->bert->embeddings;
    axf_tensor *rows;
    AXF_TRY(axf_bert_embed(embeddings, pass, tokens, 1, "embeddings", &rows));
    axf_state_put(text, "rows", rows);
    if (pass->wanted & AXF_WANT_CONTRAST_TEXT) {
        AXF_TRY(axf_bert_embed(embeddings, pass, tokens, 0, "alone.embeddings", &rows));
        rows = axf_transformer_apply(pass, &model->alone, rows, 1);
        axf_state_put(text, "contrast", pass->ops->pool_rows(pass, rows, AXF_POOL_FIRST, 0));
    }
    return AXF_OK;
}

/* The mean of the last map of each image -> [posts, channels]. */
static axf_tensor *image_vectors(const mmbt *model, const axf_pass *pass, const axf_images *images)
{
    axf_tensor *map = axf_resnet_apply(&model->resnet, pass, pass->ops->image_tensor(pass, images));
    return pass->ops->pool_rows(pass, pass->ops->image_rows(pass, map), AXF_POOL_MEAN, 0);
}

static axf_status image_part(void *self, const axf_pass *pass, const axf_images *images, axf_state *image)
{
    const mmbt *model = self;
    axf_tensor *vectors = image_vectors(model, pass, images);
    axf_state_put(image, "pooled", vectors);
    if (pass->wanted & AXF_WANT_CONTRAST_IMAGE) {
        axf_state_put(image, "contrast", model->defects ? image_vectors(model, pass, images) : vectors);
    }
    return AXF_OK;
}

/* Row `row` of `from` for each post -> [posts, D]. */
static axf_tensor *row_each(const mmbt *model, const axf_pass *pass, axf_tensor *from, int32_t row)
{
    int32_t *numbers = model->bert->embeddings.numbers;
    for (int32_t b = 0; b < pass->posts; b++) {
        numbers[b] = row;
    }
    return pass->ops->embedding(pass, from, pass->ops->index(pass, numbers, pass->posts), NULL);
}

/* [CLS], image and [SEP], each with its position and type 0, after norm and dropout -> rows [3 posts, D]. */
static axf_status modal_rows(mmbt *model, const axf_pass *pass, axf_tensor *vectors, axf_tensor **rows)
{
    const axf_ops *ops = pass->ops;
    axf_bert_embeddings *e = &model->bert->embeddings;
    AXF_TRY(axf_bert_embeddings_reserve(e, (int64_t)MODAL_ROWS * pass->posts + 32));
    ops->scope_begin(pass);
    axf_tensor *const parts[MODAL_ROWS] = {row_each(model, pass, e->words, model->first_id),
                                           axf_apply_linear(pass, &model->modal, vectors, AXF_NONE),
                                           row_each(model, pass, e->words, model->last_id)};
    axf_tensor *x = ops->concat_rows(pass, parts, MODAL_ROWS);
    if (x != NULL) {
        for (int64_t i = 0; i < x->shape[0]; i++) {
            e->numbers[i] = i < x->rows->total ? (int32_t)(i % MODAL_ROWS) : -1;
        }
        const int32_t type = 0;
        axf_tensor *positions = ops->embedding(pass, e->positions, ops->index(pass, e->numbers, x->shape[0]), x->rows);
        x = ops->add(pass, ops->add(pass, x, positions), ops->gather_rows(pass, e->types, &type, 1));
        x = ops->dropout(pass, axf_apply_norm(pass, &e->norm, x), e->dropout, "modal.embeddings");
    }
    ops->scope_end(pass, &x, 1);
    *rows = x;
    return AXF_OK;
}

/* With reference_defects the match vectors are those of the first join of the step, as in the reference program. */
static axf_status join_first_again(const mmbt *model, const axf_pass *pass, axf_joined *joined)
{
    if (model->fused == NULL || model->fused->shape[0] != pass->posts) {
        return model->host->fail(model->host, AXF_ERR_SPEC,
                                 "reference_defects reads the vectors of the original pairs, but their number is not "
                                 "that of the %d pairs",
                                 pass->posts);
    }
    joined->match = model->fused;
    return AXF_OK;
}

static axf_status join(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_joined *joined)
{
    mmbt *model = self;
    if (model->defects && !(pass->wanted & AXF_WANT_FUSED)) {
        return join_first_again(model, pass, joined);
    }
    axf_tensor *parts[2] = {NULL, axf_state_get(text, "rows")};
    AXF_TRY(modal_rows(model, pass, axf_state_get(image, "pooled"), &parts[0]));
    axf_tensor *x = pass->ops->concat_rows(pass, parts, 2);
    x = axf_transformer_apply(pass, &model->bert->transformer, x, 1);
    x = pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0);
    joined->fused = joined->match = axf_apply_linear(pass, &model->bert->pooler, x, AXF_TANH);
    model->fused = joined->fused;
    if (pass->wanted & AXF_WANT_CONTRAST_TEXT) {
        joined->contrast_text = axf_state_get(text, "contrast");
    }
    if (pass->wanted & AXF_WANT_CONTRAST_IMAGE) {
        joined->contrast_image = axf_apply_linear(pass, &model->contrast, axf_state_get(image, "contrast"), AXF_NONE);
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    axf_bert_destroy(((mmbt *)self)->bert);
}

static const axf_joint_encoder vtable = {.struct_size = sizeof vtable,
                                         .describe = describe,
                                         .declare = declare,
                                         .tokenize = tokenize,
                                         .text_part = text_part,
                                         .image_part = image_part,
                                         .join = join,
                                         .destroy = destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_JOINT_ENCODER, "mmbt", "1",
     "MMBT: the image of a ResNet as a word before the text in BERT", &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(mmbt, "0.1.0", "MIT", components)
