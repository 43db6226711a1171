/* Concatenation: ReLU(W [t0; v0] + b), where t0 and v0 are the first rows of text and image. */
#include "auxfuse/fusion.h"
#include "common/models/layers.h"

typedef struct concat {
    axf_linear linear;
} concat;

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
    concat *fusion = host->allocate(host, sizeof *fusion);
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    const int64_t text = inputs->text->width, image = inputs->image->width;
    fusion->linear = axf_declare_linear(&d, "linear", text + image, text, 1);
    *self = fusion;
    return d.status;
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    const concat *fusion = self;
    axf_tensor *sides[2] = {axf_state_get(text, "first"), axf_state_get(image, "first")};
    *fused = axf_apply_linear(pass, &fusion->linear, pass->ops->concat_columns(pass, sides, 2), AXF_RELU);
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "concat", "1", "one linear layer over the two first rows", NULL,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(concat, "0.1.0", "MIT", components)
