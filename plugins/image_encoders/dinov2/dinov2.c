/* DINOv2 (Oquab et al. 2023), as in transformers' Dinov2Model: ViT layers with LayerScale, and positions interpolated
 * to the image's grid. It has no pooler; the pooled vector is the class token after the last norm. */
#include "auxfuse/image_encoder.h"
#include "common/models/vision.h"
#include "common/models/vision_config.h"
#include "common/models/vision_recipe.h"

typedef struct dinov2 {
    axf_vision vision;
    axf_transformer transformer;
    axf_norm norm;
} dinov2;

static axf_status check_sizes(const axf_host *host, const char *path, const axf_vision_sizes *s, double ratio,
                              bool swiglu)
{
    if (swiglu) {
        return host->fail(host, AXF_ERR_UNSUPPORTED,
                          "%s: 'use_swiglu_ffn' is true (DINOv2 giant); the sizes small, base and large are supported",
                          path);
    }
    if (s->layer.width % s->layer.heads != 0 || s->image < s->patch || s->layer.inner < 1) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: hidden_size %d must be a multiple of num_attention_heads %d, image_size %d at least "
                          "patch_size %d, and mlp_ratio %g times the width at least 1",
                          path, s->layer.width, s->layer.heads, s->image, s->patch, ratio);
    }
    return AXF_OK;
}

/* Reads config.json. A key that is absent has the default of transformers' Dinov2Config. */
static axf_status read_sizes(const axf_host *host, const axf_vision_options *o, const char **folder,
                             axf_vision_sizes *s)
{
    axf_config config;
    AXF_TRY(axf_vision_config_open(&config, host, o, "dinov2", folder));
    const double ratio = axf_config_real(&config, "mlp_ratio", 4, 0, 64);
    const bool swiglu = axf_config_bool(&config, "use_swiglu_ffn", false);
    s->layer = (axf_layer_sizes){
        .width = (int32_t)axf_config_integer(&config, "hidden_size", 768, 1, 16384),
        .heads = (int32_t)axf_config_integer(&config, "num_attention_heads", 12, 1, 1024),
        .qkv_bias = axf_config_bool(&config, "qkv_bias", true),
        .eps = axf_config_real(&config, "layer_norm_eps", 1e-6, 0, 1),
        .attention_dropout = axf_config_real(&config, "attention_probs_dropout_prob", 0, 0, 0.999),
        .drop_path = axf_config_real(&config, "drop_path_rate", 0, 0, 0.999),
        .scale = axf_config_real(&config, "layerscale_value", 1, -1e6, 1e6),
    };
    s->layer.inner = (int32_t)(s->layer.width * ratio);
    s->layers = (int32_t)axf_config_integer(&config, "num_hidden_layers", 12, 1, 1024);
    s->image = (int32_t)axf_config_integer(&config, "image_size", 224, 1, 16384);
    s->patch = (int32_t)axf_config_integer(&config, "patch_size", 16, 1, 16384);
    s->dropout = axf_config_real(&config, "hidden_dropout_prob", 0, 0, 0.999);
    s->deviation = axf_config_real(&config, "initializer_range", 0.02, 0, 100);
    AXF_TRY(axf_config_close(&config));
    return check_sizes(host, config.path, s, ratio, swiglu);
}

static axf_status describe(const axf_host *host, const void *opaque, axf_image_facts *facts)
{
    static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f}; /* ImageNet */
    const char *folder;
    axf_vision_sizes s;
    AXF_TRY(read_sizes(host, opaque, &folder, &s));
    facts->width = facts->pooled_width = s.layer.width;
    facts->gives = AXF_WANT_FIRST | AXF_WANT_ROWS | AXF_WANT_POOLED;
    facts->random = s.dropout > 0 || s.layer.attention_dropout > 0 || s.layer.drop_path > 0;
    facts->from_pixels = 1;
    facts->recipe = axf_vision_default_recipe(256, 224, AXF_FILTER_BICUBIC, mean, std);
    AXF_TRY(axf_vision_recipe(host, folder, s.patch, &facts->recipe));
    facts->rows = 1 + (facts->recipe.out_height / s.patch) * (facts->recipe.out_width / s.patch);
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, uint32_t wanted, void **self)
{
    static const axf_layer_names names = {
        .query = "attention.attention.query",
        .key = "attention.attention.key",
        .value = "attention.attention.value",
        .output = "attention.output.dense",
        .attention_norm = "norm1",
        .up = "mlp.fc1",
        .down = "mlp.fc2",
        .output_norm = "norm2",
        .attention_scale = "layer_scale1.lambda1",
        .output_scale = "layer_scale2.lambda1",
    };
    (void)wanted;
    const axf_vision_options *o = opaque;
    const char *folder;
    axf_vision_sizes s;
    AXF_TRY(read_sizes(host, o, &folder, &s));
    host->key_rule(host, AXF_KEY_PREFIX, "dinov2.", "");
    host->key_rule(host, AXF_KEY_IGNORE, "classifier.", NULL);
    host->key_rule(host, AXF_KEY_IGNORE, "embeddings.mask_token", NULL);
    AXF_TRY(host->weights(host, o->weights));
    dinov2 *model = host->allocate(host, sizeof *model);
    axf_declare d = {.host = host, .initial = AXF_INIT_TRUNCATED, .a = s.deviation, .b = 2};
    model->vision = (axf_vision){
        .width = s.layer.width, .patch = s.patch, .grid = s.image / s.patch, .resample = 1, .dropout = s.dropout};
    axf_vision_declare(&model->vision, &d);
    model->transformer = (axf_transformer){.sizes = s.layer, .count = s.layers};
    axf_transformer_declare(&model->transformer, &d, &names);
    model->norm = axf_declare_norm(&d, "layernorm", s.layer.width, s.layer.eps);
    *self = model;
    return d.status;
}

static axf_status encode(void *self, const axf_pass *pass, const axf_images *images, axf_state *state)
{
    dinov2 *model = self;
    const int first_only = !(pass->wanted & AXF_WANT_ROWS);
    axf_tensor *x;
    AXF_TRY(axf_vision_embed(&model->vision, pass, images, &x));
    x = axf_transformer_apply(pass, &model->transformer, x, first_only);
    x = axf_apply_norm(pass, &model->norm, x);
    axf_tensor *first = axf_state_put_rows(state, pass, x);
    if (pass->wanted & AXF_WANT_POOLED) {
        axf_state_put(state, "pooled", first);
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    axf_vision_free(&((dinov2 *)self)->vision);
}

static const axf_image_encoder vtable = {sizeof vtable, describe, declare, encode, NULL, destroy, NULL};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_IMAGE_ENCODER, "dinov2", "1",
     "DINOv2: a self-supervised ViT with LayerScale and interpolated positions", &axf_vision_options_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(dinov2, "0.1.0", "MIT", components)
