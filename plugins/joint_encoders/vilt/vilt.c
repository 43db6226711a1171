/* ViLT (Kim et al. 2021), as in transformers' ViltModel: the rows of a text and of an image's patches go through one
 * transformer. The classifier, image-text matching and contrast read the text's first row. Contrast also reads the row
 * of the image's class token, and compares both without a projection. Rows are ragged, so that masks are not needed.
 * The reference program has masks, and with them cells of padding and a random order of patches; neither changes a
 * result. */
#include "auxfuse/joint_encoder.h"
#include "common/config/config.h"
#include "common/models/bert_config.h"
#include "common/models/bert_wordpiece.h"
#include "common/models/vision_recipe.h"
#include "joint_encoders/vilt/patches.h"

#include <stdlib.h>

static const axf_option table[] = {
    AXF_WEIGHTS(
        axf_bert_options, weights, NULL, AXF_OPT_REQUIRED,
        "Checkpoint: a folder or owner/name in Hugging Face form, a file (.safetensors, .bin, .pth), or `random`"),
    AXF_PATH(axf_bert_options, config, NULL, AXF_OPT_FILE,
             "Folder with config.json, vocab.txt and preprocessor_config.json, for random weights and those of a file"),
    AXF_INT(axf_bert_options, max_length, "40", 2, 1 << 20, 0, "Most tokens of a text, special tokens included"),
    AXF_BERT_OPTION_ROWS(axf_bert_options),
};
static const axf_options option_table = AXF_OPTIONS(axf_bert_options, table);

typedef struct vilt {
    const axf_host *host;
    axf_text_reader reader;
    axf_bert_embeddings text;
    vilt_patches image;
    axf_tensor *modality; /* [2 or more, D]: row 0 is added to the rows of texts, row 1 to those of images */
    axf_transformer transformer;
    axf_norm norm;
    int32_t *class_row; /* scratch of join, [posts] */
    int32_t room;
} vilt;

typedef struct sizes {
    axf_bert_sizes bert;
    int32_t image, patch, modalities;
} sizes;

/* Reads config.json. A key that is absent has the default of transformers' ViltConfig. */
static axf_status read_sizes(const axf_host *host, const axf_bert_options *o, const char **folder, sizes *s)
{
    axf_bert_shape shape = axf_bert_shape_bert;
    shape.positions = 40;
    shape.dropout = 0;
    AXF_TRY(axf_bert_read_sizes(&shape, "vilt", host, o, folder, &s->bert));
    axf_config config;
    AXF_TRY(axf_config_open(&config, host, *folder, "config.json"));
    axf_config_integer(&config, "num_channels", 3, 3, 3);
    s->bert.layer.qkv_bias = axf_config_bool(&config, "qkv_bias", true);
    s->image = (int32_t)axf_config_integer(&config, "image_size", 384, 1, 16384);
    s->patch = (int32_t)axf_config_integer(&config, "patch_size", 32, 1, 4096);
    s->modalities = (int32_t)axf_config_integer(&config, "modality_type_vocab_size", 2, 2, 1 << 16);
    if (axf_config_integer(&config, "max_image_length", -1, -1, 1 << 30) >= 0 && config.status == AXF_OK) {
        config.status = host->fail(host, AXF_ERR_UNSUPPORTED,
                                   "%s: max_image_length is set: patches would be left out at random", config.path);
    }
    AXF_TRY(axf_config_close(&config));
    if (s->image < s->patch) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: image_size %d must be at least patch_size %d", config.path,
                          s->image, s->patch);
    }
    return AXF_OK;
}

static axf_status read_recipe(const axf_host *host, const char *folder, const sizes *s, axf_pixel_recipe *recipe)
{
    *recipe = (axf_pixel_recipe){.struct_size = sizeof *recipe,
                                 .resize = AXF_RESIZE_SHORT_CAPPED,
                                 .filter = AXF_FILTER_BICUBIC,
                                 .short_side = s->image,
                                 .multiple = s->patch,
                                 .divisor = 255,
                                 .mean = {0.5f, 0.5f, 0.5f},
                                 .std = {0.5f, 0.5f, 0.5f}};
    AXF_TRY(axf_vision_capped_recipe(host, folder, recipe));
    if (recipe->multiple % s->patch != 0) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: preprocessor_config.json makes sides multiples of %d, which do not fill patches of %d",
                          folder, recipe->multiple, s->patch);
    }
    return AXF_OK;
}

static axf_status describe(const axf_host *host, const void *opaque, axf_joint_facts *facts)
{
    const axf_bert_options *o = opaque;
    const char *folder;
    sizes s;
    AXF_TRY(read_sizes(host, o, &folder, &s));
    const axf_text_place place = {host, folder, s.bert.vocabulary};
    AXF_TRY(axf_text_reader_check(&axf_tokenizer_wordpiece, &place));
    const int32_t width = s.bert.layer.width;
    const int random = s.bert.dropout > 0 || s.bert.layer.attention_dropout > 0;
    facts->text.width = width;
    facts->text.max_length = (int32_t)o->max_length;
    facts->text.vocabulary = s.bert.vocabulary;
    facts->text.random = facts->image.random = facts->random_after_parts = random;
    facts->image.width = width;
    facts->image.gives = AXF_WANT_ROWS;
    facts->image.from_pixels = 1;
    AXF_TRY(read_recipe(host, folder, &s, &facts->image.recipe));
    const axf_pixel_recipe *recipe = &facts->image.recipe;
    facts->image.rows = 1 + (recipe->short_side / s.patch) * (recipe->long_cap / s.patch);
    facts->width = facts->match_width = facts->contrast_text_width = facts->contrast_image_width = width;
    facts->gives = AXF_WANT_FUSED | AXF_WANT_MATCH | AXF_WANT_CONTRAST_TEXT | AXF_WANT_CONTRAST_IMAGE;
    facts->contrast_projected = 1;
    return AXF_OK;
}

static void declare_keys(const axf_host *host)
{
    static const char *const ignored[] = {"mlm_score.", "classifier.", "rank_output.", "pooler.",
                                          "embeddings.text_embeddings.position_ids"};
    host->key_rule(host, AXF_KEY_PREFIX, "vilt.", "");
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        host->key_rule(host, AXF_KEY_IGNORE, ignored[i], NULL);
    }
}

static void declare_parameters(vilt *model, axf_declare *d, const sizes *s)
{
    const int32_t width = s->bert.layer.width;
    axf_bert_embeddings_declare(&model->text, d, "embeddings.text_embeddings", &s->bert);
    model->image =
        (vilt_patches){.width = width, .patch = s->patch, .grid = s->image / s->patch, .dropout = s->bert.dropout};
    vilt_patches_declare(&model->image, d);
    model->modality = axf_declare_table(d, "embeddings.token_type_embeddings.weight", s->modalities, width, 0);
    model->transformer = (axf_transformer){.sizes = s->bert.layer, .count = s->bert.layers};
    axf_transformer_declare(&model->transformer, d, &axf_vit_layer_names);
    model->norm = axf_declare_norm(d, "layernorm", width, s->bert.layer.eps);
}

/* `wanted` is ignored, since all outputs need the same parameters. */
static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    (void)wanted;
    const axf_bert_options *o = opaque;
    const char *folder;
    sizes s;
    AXF_TRY(read_sizes(host, o, &folder, &s));
    declare_keys(host);
    AXF_TRY(host->weights(host, o->weights));
    vilt *model = host->allocate(host, sizeof *model);
    model->host = host;
    model->reader.max_length = (int32_t)o->max_length;
    model->reader.normalise = o->normalise;
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = s.bert.deviation};
    declare_parameters(model, &d, &s);
    AXF_TRY(d.status);
    const axf_text_place place = {host, folder, s.bert.vocabulary};
    AXF_TRY(axf_text_reader_open(&model->reader, &axf_tokenizer_wordpiece, &place));
    *self = model;
    return AXF_OK;
}

static axf_status tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count)
{
    const vilt *model = self;
    return axf_text_reader_tokenize(&model->reader, text, length, ids, types, count);
}

/* x + row `row` of the modality table. */
static axf_tensor *with_modality(const vilt *model, const axf_pass *pass, axf_tensor *x, int32_t row)
{
    return pass->ops->add(pass, x, pass->ops->gather_rows(pass, model->modality, &row, 1));
}

static axf_status text_part(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *text)
{
    vilt *model = self;
    axf_tensor *rows;
    AXF_TRY(axf_bert_embed(&model->text, pass, tokens, AXF_BERT_TYPES_GIVEN, "embeddings.text", &rows));
    axf_state_put(text, "rows", with_modality(model, pass, rows, 0));
    return AXF_OK;
}

static axf_status image_part(void *self, const axf_pass *pass, const axf_images *images, axf_state *image)
{
    vilt *model = self;
    axf_tensor *rows;
    AXF_TRY(vilt_patches_embed(&model->image, pass, images, &rows));
    axf_state_put(image, "rows", with_modality(model, pass, rows, 1));
    return AXF_OK;
}

static axf_status reserve(vilt *model, int32_t posts)
{
    if (posts <= model->room) {
        return AXF_OK;
    }
    int32_t *class_row = realloc(model->class_row, (size_t)posts * sizeof *class_row);
    if (class_row == NULL) {
        return model->host->fail(model->host, AXF_ERR_MEMORY, "no memory for %d row numbers", posts);
    }
    model->class_row = class_row;
    model->room = posts;
    return AXF_OK;
}

/* The row of the image's class token of each post, which comes right after its text -> [posts, D]. */
static axf_tensor *class_rows(const vilt *model, const axf_pass *pass, const axf_tensor *text, axf_tensor *all)
{
    for (int32_t b = 0; b < pass->posts; b++) {
        const int32_t length = text->rows->offset[b + 1] - text->rows->offset[b];
        model->class_row[b] = all->rows->offset[b] + length;
    }
    return pass->ops->gather_rows(pass, all, model->class_row, pass->posts);
}

static axf_status join(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_joined *joined)
{
    vilt *model = self;
    axf_tensor *const parts[] = {axf_state_get(text, "rows"), axf_state_get(image, "rows")};
    const int image_too = (pass->wanted & AXF_WANT_CONTRAST_IMAGE) != 0;
    AXF_TRY(reserve(model, pass->posts));
    axf_tensor *x = pass->ops->concat_rows(pass, parts, 2);
    x = axf_transformer_apply(pass, &model->transformer, x, !image_too);
    axf_tensor *first = axf_apply_norm(pass, &model->norm, pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0));
    joined->fused = joined->match = joined->contrast_text = first;
    if (image_too && x != NULL) {
        joined->contrast_image = axf_apply_norm(pass, &model->norm, class_rows(model, pass, parts[0], x));
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    vilt *model = self;
    axf_text_reader_close(&model->reader);
    axf_bert_embeddings_free(&model->text);
    vilt_patches_free(&model->image);
    free(model->class_row);
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
    {sizeof(axf_component), AXF_KIND_JOINT_ENCODER, "vilt", "1", "ViLT: words and image patches in one transformer",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(vilt, "0.1.0", "MIT", components)
