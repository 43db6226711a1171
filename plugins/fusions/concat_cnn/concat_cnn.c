/* Concatenation for a convolutional image encoder: W [tp; W_v vp + b_v] + b, where tp and vp are the pooled vectors.
 * There is no activation after the linear layer, and no dropout before the classifier. */
#include "auxfuse/fusion.h"
#include "common/models/layers.h"

typedef struct concat_cnn {
    axf_linear image, linear;
} concat_cnn;

static axf_status describe(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)host;
    (void)options;
    facts->reads_text = AXF_WANT_POOLED;
    facts->reads_image = AXF_WANT_POOLED;
    facts->width = inputs->text->pooled_width;
    facts->head_dropout = 0;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *options, const axf_fusion_inputs *inputs, void **self)
{
    (void)options;
    concat_cnn *fusion = host->allocate(host, sizeof *fusion);
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    const int64_t text = inputs->text->pooled_width, image = inputs->image->pooled_width;
    fusion->image = axf_declare_linear(&d, "image", image, text, 1);
    fusion->linear = axf_declare_linear(&d, "linear", 2 * text, text, 1);
    *self = fusion;
    return d.status;
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    const concat_cnn *fusion = self;
    axf_tensor *sides[2] = {axf_state_get(text, "pooled"),
                            axf_apply_linear(pass, &fusion->image, axf_state_get(image, "pooled"), AXF_NONE)};
    *fused = axf_apply_linear(pass, &fusion->linear, pass->ops->concat_columns(pass, sides, 2), AXF_NONE);
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "concat_cnn", "1",
     "one linear layer over the two pooled vectors, the image's first brought to the text's width", NULL, sizeof vtable,
     &vtable, NULL},
};
AXF_PLUGIN(concat_cnn, "0.1.0", "MIT", components)
