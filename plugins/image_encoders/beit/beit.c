/* BEiT (Bao et al. 2022), as in transformers' BeitModel, with relative positions of its own in every layer. It has
 * pre-norm layers with LayerScale over a class token and square patches, and no norm over the last rows. The pooled
 * vector is the norm of the mean of the patches.
 *
 * In each layer bias[head, i, j] = table[index[i, j], head] is added to the scores. For patches at (y, x) of a g x g
 * grid the index is (y_i - y_j + g - 1) (2g - 1) + (x_i - x_j + g - 1). The last three rows of the table are for the
 * class token as query, as key, and as both. */
#include "auxfuse/image_encoder.h"
#include "auxfuse/ops.h"
#include "common/models/vision.h"
#include "common/models/vision_config.h"
#include "common/models/vision_recipe.h"

#include <stdio.h>

typedef struct beit {
    axf_vision vision;
    axf_transformer transformer;
    axf_norm pooler;
    int32_t rows;            /* number of rows of an image, L */
    axf_tensor **bias_table; /* [layers] of [(2g-1)² + 3, heads]; NULL: no relative positions */
    int32_t *index;          /* [L, L] rows of the table */
    float *identity;         /* [heads, heads] */
} beit;

typedef struct sizes {
    axf_vision_sizes vision;
    bool absolute, relative; /* which positions there are */
} sizes;

static axf_status check_sizes(const axf_host *host, const char *path, const axf_vision_sizes *s, bool shared, bool mean)
{
    if (shared || !mean) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "%s: '%s' is %s: only models with a position table in each layer and a pooled mean are "
                          "supported",
                          path, shared ? "use_shared_relative_position_bias" : "use_mean_pooling",
                          shared ? "true" : "false");
    }
    if (s->layer.width % s->layer.heads != 0 || s->image < s->patch || s->image / s->patch > 256) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: hidden_size %d must be a multiple of num_attention_heads %d, and image_size %d 1 to 256 "
                          "times patch_size %d",
                          path, s->layer.width, s->layer.heads, s->image, s->patch);
    }
    return AXF_OK;
}

/* Reads config.json. A key that is absent has the default of transformers' BeitConfig. */
static axf_status read_sizes(const axf_host *host, const axf_vision_options *o, const char **folder, sizes *s)
{
    axf_config config;
    AXF_TRY(axf_vision_config_open(&config, host, o, "beit", folder));
    axf_vision_config_sizes(&config, &s->vision);
    axf_layer_sizes *layer = &s->vision.layer;
    layer->qkv_bias = layer->no_key_bias = 1;
    layer->drop_path = axf_config_real(&config, "drop_path_rate", 0.1, 0, 0.999);
    layer->drop_path_rises = 1;
    layer->scale = axf_config_real(&config, "layer_scale_init_value", 0.1, 0, 1e6);
    s->absolute = axf_config_bool(&config, "use_absolute_position_embeddings", false);
    s->relative = axf_config_bool(&config, "use_relative_position_bias", false);
    const bool shared = axf_config_bool(&config, "use_shared_relative_position_bias", false);
    const bool mean = axf_config_bool(&config, "use_mean_pooling", true);
    AXF_TRY(axf_config_close(&config));
    return check_sizes(host, config.path, &s->vision, shared, mean);
}

static axf_status describe(const axf_host *host, const void *opaque, axf_image_facts *facts)
{
    static const float half[3] = {0.5f, 0.5f, 0.5f};
    const char *folder;
    sizes all;
    AXF_TRY(read_sizes(host, opaque, &folder, &all));
    const axf_vision_sizes *s = &all.vision;
    const int32_t grid = s->image / s->patch;
    facts->width = facts->pooled_width = s->layer.width;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->rows = 1 + grid * grid;
    facts->random = s->dropout > 0 || s->layer.attention_dropout > 0 || s->layer.drop_path > 0;
    facts->from_pixels = 1;
    facts->recipe = axf_vision_cropped_recipe(s->image, AXF_FILTER_BICUBIC, half, half);
    return axf_vision_square_recipe(host, folder, s->patch, s->image, &facts->recipe);
}

static void fill_index(int32_t *index, int32_t grid)
{
    const int32_t rows = 1 + grid * grid, span = 2 * grid - 1, special = span * span;
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < rows; j++) {
            int32_t at;
            if (i == 0 || j == 0) {
                at = special + (i == 0 && j == 0 ? 2 : i == 0 ? 0 : 1);
            } else {
                const int32_t a = i - 1, b = j - 1;
                at = (a / grid - b / grid + grid - 1) * span + a % grid - b % grid + grid - 1;
            }
            index[i * rows + j] = at;
        }
    }
}

static void declare_relative(beit *model, const axf_host *host, axf_declare *d, int32_t grid)
{
    const int32_t heads = model->transformer.sizes.heads, span = 2 * grid - 1, count = model->transformer.count;
    model->bias_table = host->allocate(host, (size_t)count * sizeof *model->bias_table);
    model->transformer.bias = host->allocate(host, (size_t)count * sizeof *model->transformer.bias);
    model->index = host->allocate(host, (size_t)model->rows * (size_t)model->rows * sizeof *model->index);
    model->identity = host->allocate(host, (size_t)heads * (size_t)heads * sizeof *model->identity);
    fill_index(model->index, grid);
    for (int32_t h = 0; h < heads; h++) {
        model->identity[h * heads + h] = 1;
    }
    for (int32_t i = 0; i < count; i++) {
        char name[128];
        snprintf(name, sizeof name,
                 "encoder.layer.%d.attention.attention.relative_position_bias.relative_position_bias_table", (int)i);
        const axf_parameter spec = {
            .name = name, .ndim = 2, .shape = {span * span + 3, heads}, .initial = AXF_INIT_ZEROS};
        model->bias_table[i] = axf_declare_tensor(d, &spec);
    }
}

static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    const axf_vision_options *o = opaque;
    const char *folder;
    sizes all;
    AXF_TRY(read_sizes(host, o, &folder, &all));
    const axf_vision_sizes *s = &all.vision;
    axf_layer_names names = axf_vit_layer_names;
    if (s->layer.scale > 0) {
        names.attention_scale = "lambda_1";
        names.output_scale = "lambda_2";
    }
    const int32_t grid = s->image / s->patch;
    host->key_rule(host, AXF_KEY_PREFIX, "beit.", "");
    host->key_rule(host, AXF_KEY_IGNORE, "classifier.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "lm_head.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "embeddings.mask_token", NULL);
    AXF_TRY(host->weights(host, o->weights));
    beit *model = host->allocate(host, sizeof *model);
    axf_declare d = {.host = host, .initial = AXF_INIT_NORMAL, .a = s->deviation};
    model->rows = 1 + grid * grid;
    model->vision = (axf_vision){
        .width = s->layer.width, .patch = s->patch, .grid = grid, .placeless = !all.absolute, .dropout = s->dropout};
    axf_vision_declare(&model->vision, &d);
    model->transformer = (axf_transformer){.sizes = s->layer, .count = s->layers};
    axf_transformer_declare(&model->transformer, &d, &names);
    if (all.relative) {
        declare_relative(model, host, &d, grid);
    }
    if (wanted & AXF_WANT_POOLED) {
        d.flags = AXF_PARAM_OPTIONAL;
        model->pooler = axf_declare_norm(&d, "pooler.layernorm", s->layer.width, s->layer.eps);
    } else {
        host->key_rule(host, AXF_KEY_IGNORE, "pooler.", NULL);
    }
    *self = model;
    return d.status;
}

/* Makes the bias [heads, L, L] from the table [V, heads]. The product with the identity transposes it. */
static axf_tensor *relative_bias(const beit *model, const axf_pass *pass, axf_tensor *positions)
{
    const axf_ops *ops = pass->ops;
    const int64_t heads = model->transformer.sizes.heads, rows = model->rows;
    axf_tensor *cells = ops->gather_rows(pass, positions, model->index, rows * rows);
    axf_tensor *identity = ops->constant(pass, model->identity, heads, heads);
    axf_tensor *turned = ops->matmul(pass, identity, cells, 0, 1, 1);
    return ops->reshape(pass, turned, 3, (const int64_t[]){heads, rows, rows});
}

static axf_status encode(void *self, const axf_pass *pass, const axf_images *images, axf_state *state)
{
    beit *model = self;
    axf_tensor *x;
    AXF_TRY(axf_vision_embed(&model->vision, pass, images, &x));
    for (int32_t i = 0; model->bias_table != NULL && i < model->transformer.count; i++) {
        model->transformer.bias[i] = relative_bias(model, pass, model->bias_table[i]);
    }
    x = axf_transformer_apply(pass, &model->transformer, x, 0);
    if (pass->wanted & AXF_WANT_FIRST) {
        axf_state_put(state, "first", pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0));
    }
    if (pass->wanted & AXF_WANT_ROWS) {
        axf_state_put(state, "rows", x);
    }
    if (pass->wanted & AXF_WANT_POOLED) {
        axf_tensor *mean = pass->ops->pool_rows(pass, x, AXF_POOL_MEAN, 1);
        axf_state_put(state, "pooled", axf_apply_norm(pass, &model->pooler, mean));
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    axf_vision_free(&((beit *)self)->vision);
}

static const axf_image_encoder vtable = {sizeof vtable, describe, declare, encode, NULL, destroy, NULL};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "beit", "1",
     "BEiT: a ViT with LayerScale and relative positions in each layer", &axf_vision_options_table, sizeof vtable,
     &vtable, NULL},
};
AXF_PLUGIN(beit, "0.1.0", "MIT", components)
