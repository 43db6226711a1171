#include "common/models/vit_family.h"

#include "common/models/vision.h"
#include "common/models/vision_config.h"
#include "common/models/vision_recipe.h"

typedef struct vit {
    axf_vision vision;
    axf_transformer transformer;
    axf_norm norm;
    axf_linear pooler;
} vit;

/* Reads config.json. A key that is absent has the default of transformers' ViTConfig and DeiTConfig. */
static axf_status read_sizes(const axf_host *host, const axf_vit_kind *kind, const axf_vision_options *o,
                             const char **folder, axf_vision_sizes *s)
{
    axf_config config;
    AXF_TRY(axf_vision_config_open(&config, host, o, kind->model_type, folder));
    axf_vision_config_sizes(&config, s);
    s->layer.qkv_bias = axf_config_bool(&config, "qkv_bias", true);
    AXF_TRY(axf_config_close(&config));
    if (s->layer.width % s->layer.heads != 0 || s->image < s->patch) {
        return host->fail(host, AXF_ERR_FORMAT,
                          "%s: hidden_size %d must be a multiple of num_attention_heads %d, and image_size %d at least "
                          "patch_size %d",
                          config.path, s->layer.width, s->layer.heads, s->image, s->patch);
    }
    return AXF_OK;
}

axf_status axf_vit_describe(const axf_host *host, const axf_vit_kind *kind, const void *opaque, axf_image_facts *facts)
{
    const char *folder;
    axf_vision_sizes s;
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
    facts->recipe = kind->crops ? axf_vision_cropped_recipe(s.image, kind->filter, kind->mean, kind->std)
                                : axf_vision_default_recipe(s.image, 0, kind->filter, kind->mean, kind->std);
    return axf_vision_square_recipe(host, folder, s.patch, s.image, &facts->recipe);
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
    const axf_vision_options *o = opaque;
    const char *folder;
    axf_vision_sizes s;
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
    axf_transformer_declare(&model->transformer, &d, &axf_vit_layer_names);
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
    axf_tensor *first = axf_state_put_rows(state, pass, x);
    if (pass->wanted & AXF_WANT_POOLED) {
        axf_state_put(state, "pooled", axf_apply_linear(pass, &model->pooler, first, AXF_TANH));
    }
    return AXF_OK;
}

void axf_vit_destroy(void *self)
{
    axf_vision_free(&((vit *)self)->vision);
}
