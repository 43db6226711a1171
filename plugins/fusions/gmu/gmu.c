/* Gated fusion, after the gated multimodal unit (Arevalo et al. 2017): z = σ([t0; v0]), without weights,
 *   h = z ⊙ (W_t t0 + b_t) + (1 - z) ⊙ (W_v v0 + b_v),  ReLU(W h + b),
 * where t0 and v0 are the first rows, and z and h are as wide as both together. */
#include "auxfuse/fusion.h"
#include "common/models/layers.h"

typedef struct gmu {
    axf_linear text, image, linear;
} gmu;

static axf_status describe(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)host;
    (void)options;
    facts->reads_text = AXF_WANT_FIRST;
    facts->reads_image = AXF_WANT_FIRST;
    facts->width = inputs->text->width;
    facts->head_dropout = 1;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *options, const axf_fusion_inputs *inputs, void **self)
{
    (void)options;
    gmu *fusion = host->allocate(host, sizeof *fusion);
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    const int64_t text = inputs->text->width, image = inputs->image->width;
    fusion->text = axf_declare_linear(&d, "text", text, text + image, 1);
    fusion->image = axf_declare_linear(&d, "image", image, text + image, 1);
    fusion->linear = axf_declare_linear(&d, "linear", text + image, text, 1);
    *self = fusion;
    return d.status;
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    const gmu *fusion = self;
    const axf_ops *ops = pass->ops;
    axf_tensor *sides[2] = {axf_state_get(text, "first"), axf_state_get(image, "first")};
    axf_tensor *gate = ops->unary(pass, ops->concat_columns(pass, sides, 2), AXF_SIGMOID);
    axf_tensor *a = axf_apply_linear(pass, &fusion->text, sides[0], AXF_NONE);
    axf_tensor *b = axf_apply_linear(pass, &fusion->image, sides[1], AXF_NONE);
    axf_tensor *open = ops->multiply(pass, gate, a);
    axf_tensor *closed = ops->multiply(pass, ops->scale(pass, gate, -1, 1), b);
    *fused = axf_apply_linear(pass, &fusion->linear, ops->add(pass, open, closed), AXF_RELU);
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "gmu", "1", "a gate of both first rows mixes their projections", NULL,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(gmu, "0.1.0", "MIT", components)
