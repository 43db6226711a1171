#include "common/models/vit_family.h"

#include "common/models/transformer.h"

typedef struct options {
    const char *weights, *config;
} options;

static const axf_option table[] = {
    AXF_WEIGHTS(
        options, weights, NULL, AXF_OPT_REQUIRED,
        "Checkpoint: a folder or owner/name in Hugging Face form, a file (.safetensors, .bin, .pth), or `random`"),
    AXF_PATH(options, config, NULL, AXF_OPT_FILE,
             "Folder with config.json (and preprocessor_config.json), for random weights and those of a file"),
};
const axf_options axf_vit_options = AXF_OPTIONS(options, table);

typedef struct vit {
    axf_vision vision;
    axf_transformer transformer;
    axf_norm norm;
    axf_linear pooler;
} vit;

/* What config.json says; absent keys as in transformers' ViTConfig and DeiTConfig. */
typedef struct sizes {
    axf_layer_sizes layer;
    int32_t layers, image, patch;
    double dropout, deviation;
} sizes;

static axf_status read_sizes(const axf_host *host, const axf_vit_kind *kind, const options *o, const char **folder,
                             sizes *s)
{
    AXF_TRY(axf_config_folder(host, o->weights, o->config, folder));
    axf_config config;
    AXF_TRY(axf_config_open(&config, host, *folder, "config.json"));
    axf_config_expect(&config, "model_type", kind->model_type);
    axf_config_expect(&config, "hidden_act", "gelu");
    axf_config_integer(&config, "num_channels", 3, 3, 3);
    s->dropout = axf_config_real(&config, "hidden_dropout_prob", 0, 0, 0.999);
    s->layer = (axf_layer_sizes){
        .width = (int32_t)axf_config_integer(&config, "hidden_size", 768, 1, 65536),
        .heads = (int32_t)axf_config_integer(&config, "num_attention_heads", 12, 1, 1024),
        .inner = (int32_t)axf_config_integer(&config, "intermediate_size", 3072, 1, 1 << 20),
        .qkv_bias = axf_config_bool(&config, "qkv_bias", true),
        .eps = axf_config_real(&config, "layer_norm_eps", 1e-12, 0, 1),
        .attention_dropout = axf_config_real(&config, "attention_probs_dropout_prob", 0, 0, 0.999),
        .projection_dropout = s->dropout,
        .output_dropout = s->dropout,
    };
    s->layers = (int32_t)axf_config_integer(&config, "num_hidden_layers", 12, 1, 1024);
    s->image = (int32_t)axf_config_integer(&config, "image_size", 224, 1, 16384);
    s->patch = (int32_t)axf_config_integer(&config, "patch_size", 16, 1, 16384);
    s->deviation = axf_config_real(&config, "initializer_range", 0.02, 0, 100);
    AXF_TRY(axf_config_close(&config));
    if (s->layer.width % s->layer.heads != 0 || s->image < s->patch) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: hidden_size %d must be a multiple of num_attention_heads %d, and image_size %d at least "
                          "patch_size %d",
                          config.path, s->layer.width, s->layer.heads, s->image, s->patch);
    }
    return AXF_OK;
}

static axf_pixel_recipe default_recipe(const axf_vit_kind *kind, int32_t image)
{
    const int32_t side = kind->crops ? image + image / 7 : image;
    axf_pixel_recipe recipe = axf_vision_default_recipe(side, 0, kind->filter, kind->mean, kind->std);
    if (kind->crops) {
        recipe.crop = AXF_CROP_FLOOR;
        recipe.crop_height = recipe.crop_width = image;
    }
    return recipe;
}

axf_status axf_vit_describe(const axf_host *host, const axf_vit_kind *kind, const void *opaque, axf_image_facts *facts)
{
    const char *folder;
    sizes s;
    AXF_TRY(read_sizes(host, kind, opaque, &folder, &s));
    const int32_t grid = s.image / s.patch;
    facts->width = facts->pooled_width = s.layer.width;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->rows = 1 + kind->distilled + grid * grid;
    facts->random = s.dropout > 0 || s.layer.attention_dropout > 0;
    if (kind->own_head) {
        facts->alone = AXF_WANT_FIRST;
        facts->head_deviation = s.deviation;
    }
    facts->from_pixels = 1;
    facts->recipe = default_recipe(kind, s.image);
    AXF_TRY(axf_vision_recipe(host, folder, s.patch, &facts->recipe));
    if (facts->recipe.out_height != s.image || facts->recipe.out_width != s.image) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: preprocessor_config.json makes images of %d x %d pixels, config.json has image_size %d",
                          folder, facts->recipe.out_height, facts->recipe.out_width, s.image);
    }
    return AXF_OK;
}

static void declare_keys(const axf_host *host, const axf_vit_kind *kind, int pooled)
{
    host->key_rule(host, AXF_KEY_PREFIX, kind->prefix, "");
    for (int i = 0; kind->ignored[i] != NULL; i++) {
        host->key_rule(host, AXF_KEY_IGNORE, kind->ignored[i], NULL);
    }
    host->key_rule(host, AXF_KEY_IGNORE, "embeddings.mask_token", NULL);
    if (!pooled) {
        host->key_rule(host, AXF_KEY_IGNORE, "pooler.", NULL);
    }
}

axf_status axf_vit_declare(const axf_host *host, const axf_vit_kind *kind, const void *opaque, uint32_t wanted,
                           void **self)
{
    static const axf_layer_names names = {
        .query = "attention.attention.query",
        .key = "attention.attention.key",
        .value = "attention.attention.value",
        .output = "attention.output.dense",
        .attention_norm = "layernorm_before",
        .up = "intermediate.dense",
        .down = "output.dense",
        .output_norm = "layernorm_after",
    };
    const options *o = opaque;
    const char *folder;
    sizes s;
    AXF_TRY(read_sizes(host, kind, o, &folder, &s));
    const int pooled = (wanted & AXF_WANT_POOLED) != 0;
    declare_keys(host, kind, pooled);
    AXF_TRY(host->weights(host, o->weights));
    vit *model = host->allocate(host, sizeof *model);
    axf_declare d = {.host = host, .initial = AXF_INIT_TRUNCATED, .a = s.deviation, .b = 2};
    model->vision = (axf_vision){.width = s.layer.width,
                                 .patch = s.patch,
                                 .grid = s.image / s.patch,
                                 .distilled = kind->distilled,
                                 .dropout = s.dropout};
    axf_vision_declare(&model->vision, &d);
    model->transformer = (axf_transformer){.sizes = s.layer, .count = s.layers};
    axf_transformer_declare(&model->transformer, &d, &names);
    model->norm = axf_declare_norm(&d, "layernorm", s.layer.width, s.layer.eps);
    if (pooled) {
        d.flags = AXF_PARAM_OPTIONAL; /* checkpoints of classifiers have none */
        model->pooler = axf_declare_linear(&d, "pooler.dense", s.layer.width, s.layer.width, 1);
    }
    *self = model;
    return d.status;
}

axf_status axf_vit_encode(void *self, const axf_pass *pass, const axf_images *images, axf_state *state)
{
    vit *model = self;
    const int first_only = !(pass->wanted & AXF_WANT_ROWS);
    axf_tensor *x;
    AXF_TRY(axf_vision_embed(&model->vision, pass, images, &x));
    x = axf_transformer_apply(pass, &model->transformer, x, first_only);
    x = axf_apply_norm(pass, &model->norm, x);
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

void axf_vit_destroy(void *self)
{
    axf_vision_free(&((vit *)self)->vision);
}
