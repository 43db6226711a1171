/* Cross-attention in both directions between the text's rows t and the image's rows v. The rows v are the positions of
 * a convolutional encoder's last map, for which a 1x1 convolution is a linear layer. The result is the sum of two
 * branches. Each is torch.nn.MultiheadAttention(D, 1), which projects query, key, value and result:
 *   text:   query L t0; key L C v and value L' C' v of each position
 *   image:  query L C v of each position, averaged over them after the attention; key and value L t of each row
 * C reduces v to `bottleneck` columns, C' keeps its width. The branches have no layer in common.
 *
 * Only few rows are projected. A linear layer may be applied after the weighted sum, whose weights sum to 1, and after
 * the mean. In the text branch the layers of the key are applied to the query: q · (W v + b) = (Wᵀ q) · v + const. The
 * constant is the same for all positions, so the softmax does not depend on it, and key biases have no gradient there.
 *
 * The reference program fills every text up to 128 rows, and does not mask the padding in the image branch. With
 * reference_defects the rows of a text include that padding; nothing else changes. */
#include "auxfuse/fusion.h"
#include "common/models/layers.h"

#include <math.h>
#include <stdio.h>

typedef struct options {
    int64_t bottleneck;
    bool reference_defects;
} options;

static const axf_option table[] = {
    AXF_INT(options, bottleneck, "256", 1, 65536, 0, "Columns of the image's rows where they are compared with texts"),
    AXF_BOOL(options, reference_defects, "false", 0,
             "Let the image attend to the rows of padding of each text, too, filled up to its encoder's max_length"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct projections {
    axf_linear query, key, value, output;
} projections;

typedef struct xatt {
    double scale;
    struct {
        axf_linear query, key_conv, key, value_conv, value;
        projections attention;
    } text;
    struct {
        axf_linear query_conv, query, key_value;
        projections attention;
    } image;
} xatt;

static axf_status describe(const axf_host *host, const void *opaque, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)host;
    facts->padded_texts = ((const options *)opaque)->reference_defects;
    facts->reads_text = AXF_WANT_ROWS | AXF_WANT_FIRST;
    facts->reads_image = AXF_WANT_ROWS;
    facts->width = inputs->text->width;
    facts->head_dropout = 1;
    return AXF_OK;
}

/* torch keeps the three projections of the inputs in one [3D, D], and draws it as a whole: Xavier, with biases of 0. */
static axf_linear declare_in_projection(axf_declare *d, const char *branch, const char *name, int64_t width)
{
    char full[64];
    snprintf(full, sizeof full, "%s.attention.%s.weight", branch, name);
    const axf_parameter weight = {.name = full,
                                  .ndim = 2,
                                  .shape = {width, width},
                                  .initial = AXF_INIT_UNIFORM,
                                  .a = sqrt(6.0 / (double)(4 * width))};
    axf_linear layer = {axf_declare_tensor(d, &weight), NULL};
    snprintf(full, sizeof full, "%s.attention.%s.bias", branch, name);
    const axf_parameter bias = {
        .name = full, .ndim = 1, .shape = {width}, .initial = AXF_INIT_ZEROS, .flags = AXF_PARAM_NO_DECAY};
    layer.bias = axf_declare_tensor(d, &bias);
    return layer;
}

static projections declare_projections(axf_declare *d, const char *branch, int64_t width)
{
    char full[64];
    projections p = {declare_in_projection(d, branch, "query", width),
                     declare_in_projection(d, branch, "key", width),
                     declare_in_projection(d, branch, "value", width),
                     {NULL, NULL}};
    snprintf(full, sizeof full, "%s.attention.output.weight", branch);
    const axf_parameter weight = {
        .name = full, .ndim = 2, .shape = {width, width}, .initial = AXF_INIT_UNIFORM, .a = 1 / sqrt((double)width)};
    p.output.weight = axf_declare_tensor(d, &weight);
    snprintf(full, sizeof full, "%s.attention.output.bias", branch);
    const axf_parameter bias = {
        .name = full, .ndim = 1, .shape = {width}, .initial = AXF_INIT_ZEROS, .flags = AXF_PARAM_NO_DECAY};
    p.output.bias = axf_declare_tensor(d, &bias);
    return p;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_fusion_inputs *inputs, void **self)
{
    xatt *fusion = host->allocate(host, sizeof *fusion);
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    const int64_t text = inputs->text->width, image = inputs->image->width;
    const int64_t few = ((const options *)opaque)->bottleneck;
    fusion->scale = 1 / sqrt((double)text);
    fusion->text.query = axf_declare_linear(&d, "text.query", text, text, 1);
    fusion->text.key_conv = axf_declare_linear(&d, "text.key_conv", image, few, 1);
    fusion->text.key = axf_declare_linear(&d, "text.key", few, text, 1);
    fusion->text.value_conv = axf_declare_linear(&d, "text.value_conv", image, image, 1);
    fusion->text.value = axf_declare_linear(&d, "text.value", image, text, 1);
    fusion->text.attention = declare_projections(&d, "text", text);
    fusion->image.query_conv = axf_declare_linear(&d, "image.query_conv", image, few, 1);
    fusion->image.query = axf_declare_linear(&d, "image.query", few, text, 1);
    fusion->image.key_value = axf_declare_linear(&d, "image.key_value", text, text, 1);
    fusion->image.attention = declare_projections(&d, "image", text);
    *self = fusion;
    return d.status;
}

/* Applies the layers to x, one after the other. */
static axf_tensor *through(const axf_pass *pass, axf_tensor *x, const axf_linear *const *layers, int count)
{
    for (int i = 0; i < count; i++) {
        x = axf_apply_linear(pass, layers[i], x, AXF_NONE);
    }
    return x;
}

static axf_tensor *text_branch(const xatt *fusion, const axf_pass *pass, axf_tensor *first, axf_tensor *positions)
{
    const axf_ops *ops = pass->ops;
    const projections *attention = &fusion->text.attention;
    const axf_linear *const queries[] = {&fusion->text.query, &attention->query};
    axf_tensor *query = through(pass, first, queries, 2);
    const axf_linear *const keys[] = {&attention->key, &fusion->text.key, &fusion->text.key_conv};
    for (int i = 0; i < 3; i++) {
        query = ops->matmul(pass, query, keys[i]->weight, 0, 0, 1);
    }
    axf_tensor *context = ops->attention(pass, query, positions, positions, NULL, 1, fusion->scale, 0, NULL);
    const axf_linear *const values[] = {&fusion->text.value_conv, &fusion->text.value, &attention->value,
                                        &attention->output};
    return through(pass, context, values, 4);
}

static axf_tensor *image_branch(const xatt *fusion, const axf_pass *pass, axf_tensor *rows, axf_tensor *positions)
{
    const axf_ops *ops = pass->ops;
    const projections *attention = &fusion->image.attention;
    const axf_linear *const queries[] = {&fusion->image.query_conv, &fusion->image.query, &attention->query};
    axf_tensor *query = through(pass, positions, queries, 3);
    const axf_linear *const keys[] = {&fusion->image.key_value, &attention->key};
    axf_tensor *key = through(pass, rows, keys, 2);
    axf_tensor *context = ops->attention(pass, query, key, rows, NULL, 1, fusion->scale, 0, NULL);
    const axf_linear *const values[] = {&fusion->image.key_value, &attention->value, &attention->output};
    return through(pass, ops->pool_rows(pass, context, AXF_POOL_MEAN, 0), values, 3);
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    const xatt *fusion = self;
    axf_tensor *positions = axf_state_get(image, "rows");
    axf_tensor *by_text = text_branch(fusion, pass, axf_state_get(text, "first"), positions);
    axf_tensor *by_image = image_branch(fusion, pass, axf_state_get(text, "rows"), positions);
    *fused = pass->ops->add(pass, by_text, by_image);
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "xatt", "1",
     "cross-attention of texts over image positions and of image positions over texts, summed", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(xatt, "0.1.0", "MIT", components)
