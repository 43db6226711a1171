/* Attention of the text's first row over the image's rows:
 *   q = W_q t0 + b_q,  p = softmax(q · (W_k v + b_k) / √D),  c = Σ p (W_v v + b_v),  ReLU(W [t0; c] + b)
 *
 * The image's rows need not be projected. q · (W_k v) = (W_kᵀ q) · v. The key bias adds the same number to every score,
 * so the softmax does not depend on it, and it has no gradient. Σ p (W_v v + b_v) = W_v Σ p v + b_v, since the sum of
 * all p is 1. */
#include "auxfuse/fusion.h"
#include "common/models/layers.h"

#include <math.h>

typedef struct attention {
    axf_linear query, key, value, linear;
    double scale;
} attention;

static axf_status describe(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)host;
    (void)options;
    facts->reads_text = AXF_WANT_FIRST;
    facts->reads_image = AXF_WANT_ROWS;
    facts->width = inputs->text->width;
    facts->head_dropout = 1;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *options, const axf_fusion_inputs *inputs, void **self)
{
    (void)options;
    attention *fusion = host->allocate(host, sizeof *fusion);
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    const int64_t text = inputs->text->width, image = inputs->image->width;
    fusion->scale = 1 / sqrt((double)text);
    fusion->query = axf_declare_linear(&d, "query", text, text, 1);
    fusion->key = axf_declare_linear(&d, "key", image, text, 1);
    fusion->value = axf_declare_linear(&d, "value", image, text, 1);
    fusion->linear = axf_declare_linear(&d, "linear", 2 * text, text, 1);
    *self = fusion;
    return d.status;
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    const attention *fusion = self;
    const axf_ops *ops = pass->ops;
    axf_tensor *first = axf_state_get(text, "first"), *rows = axf_state_get(image, "rows");
    axf_tensor *query = axf_apply_linear(pass, &fusion->query, first, AXF_NONE);
    axf_tensor *folded = ops->matmul(pass, query, fusion->key.weight, 0, 0, 1);
    axf_tensor *context = ops->attention(pass, folded, rows, rows, NULL, 1, fusion->scale, 0, NULL);
    axf_tensor *sides[2] = {first, axf_apply_linear(pass, &fusion->value, context, AXF_NONE)};
    *fused = axf_apply_linear(pass, &fusion->linear, ops->concat_columns(pass, sides, 2), AXF_RELU);
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "attention", "1",
     "the text's first row attends to the image's rows, then one linear layer", NULL, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(attention, "0.1.0", "MIT", components)
