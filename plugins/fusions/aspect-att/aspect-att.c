/* Attention over the two pooled vectors: ReLU(w A), where A = [tp; vp] is 2 x D, and w is the softmax of tanh(A u + c)
 * over the two.
 *
 * The reference program has a defect here. It writes the N texts and then the N images of a batch into one list of 2N
 * vectors, and takes the vectors 2n and 2n + 1 for post n. So the first half of the batch gets only texts, the second
 * half only images, and they are those of other posts. `reference_defects` does the same. */
#include "auxfuse/fusion.h"
#include "common/models/layers.h"

#include <stdlib.h>

typedef struct options {
    bool reference_defects;
} options;

static const axf_option table[] = {
    AXF_BOOL(options, reference_defects, "false", 0,
             "Mix the texts and images of a batch as the reference program does, instead of each post's own two"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct aspect {
    const axf_host *host;
    bool mix;
    axf_linear score;
    int32_t *from; /* scratch for reference_defects: the first vector of each post, and then the second of each */
    int32_t room;
} aspect;

static axf_status describe(const axf_host *host, const void *opaque, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)opaque;
    const int32_t text = inputs->text->pooled_width, image = inputs->image->pooled_width;
    if (text != image) {
        return host->fail(host, AXF_ERR_SPEC,
                          "weighs one pooled vector against the other, which must be equally wide: the text's has %d "
                          "columns, the image's %d",
                          text, image);
    }
    facts->reads_text = AXF_WANT_POOLED;
    facts->reads_image = AXF_WANT_POOLED;
    facts->width = text;
    facts->head_dropout = 1;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_fusion_inputs *inputs, void **self)
{
    aspect *fusion = host->allocate(host, sizeof *fusion);
    fusion->host = host;
    fusion->mix = ((const options *)opaque)->reference_defects;
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    fusion->score = axf_declare_linear(&d, "score", inputs->text->pooled_width, 1, 1);
    *self = fusion;
    return d.status;
}

static axf_status reserve(aspect *fusion, int32_t posts)
{
    if (posts <= fusion->room) {
        return AXF_OK;
    }
    int32_t *from = realloc(fusion->from, 2 * (size_t)posts * sizeof *from);
    if (from == NULL) {
        return fusion->host->fail(fusion->host, AXF_ERR_MEMORY, "no memory for %d posts", posts);
    }
    fusion->from = from;
    fusion->room = posts;
    return AXF_OK;
}

/* Replaces the two vectors of each post by those that the reference program takes for them. */
static axf_status mix(aspect *fusion, const axf_pass *pass, axf_tensor *pair[2])
{
    const int32_t posts = pass->posts;
    AXF_TRY(reserve(fusion, posts));
    int32_t *first = fusion->from, *second = first + posts;
    for (int32_t i = 0; i < 2 * posts; i++) { /* i counts all texts, then all images; `both` has them post by post */
        const int32_t place = i < posts ? 2 * i : 2 * (i - posts) + 1;
        (i % 2 == 0 ? first : second)[i / 2] = place;
    }
    axf_tensor *both = pass->ops->concat_rows(pass, pair, 2);
    pair[0] = pass->ops->gather_rows(pass, both, first, posts);
    pair[1] = pass->ops->gather_rows(pass, both, second, posts);
    return AXF_OK;
}

static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    aspect *fusion = self;
    const axf_ops *ops = pass->ops;
    axf_tensor *pair[2] = {axf_state_get(text, "pooled"), axf_state_get(image, "pooled")}, *scores[2];
    if (fusion->mix) {
        AXF_TRY(mix(fusion, pass, pair));
    }
    for (int i = 0; i < 2; i++) {
        scores[i] = axf_apply_linear(pass, &fusion->score, pair[i], AXF_TANH);
    }
    axf_tensor *weights = ops->softmax(pass, ops->concat_columns(pass, scores, 2));
    for (int i = 0; i < 2; i++) {
        pair[i] = ops->multiply(pass, pair[i], ops->slice_columns(pass, weights, i, 1));
    }
    *fused = ops->unary(pass, ops->add(pass, pair[0], pair[1]), AXF_RELU);
    return AXF_OK;
}

static void destroy(void *self)
{
    free(((aspect *)self)->from);
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "aspect-att", "1",
     "a weighted sum of the two pooled vectors, the weights from a score of each", &option_table, sizeof vtable,
     &vtable, NULL},
};
AXF_PLUGIN(aspect_att, "0.1.0", "MIT", components)
