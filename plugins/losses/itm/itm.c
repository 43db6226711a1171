/* Image-text matching: each post, with probability 1/2, gets the text of another post of the batch (every other one is
 * as likely, and may be taken several times), and a head tells from the fused vector whether text and image belong
 * together. A batch of one post keeps its text. Drawn in evaluation too. */
#include "auxfuse/loss.h"
#include "common/layers.h"

#include <stdlib.h>

typedef struct options {
    bool second_pass;
} options;

static const axf_option table[] = {
    AXF_BOOL(options, second_pass, "false", 0,
             "Encode text and image again with new dropout, as the reference program does, instead of re-pairing the "
             "first pass's vectors"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct itm {
    const axf_host *host;
    axf_linear head;
    int32_t *pairs; /* scratch: text index, image index and label of each post */
    int32_t room;
} itm;

static axf_status describe(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    if (!inputs->pairs) {
        return host->fail(host, AXF_ERR_SPEC, "pairs texts with images, and this model does not have both");
    }
    facts->role = AXF_LOSS_AUXILIARY;
    facts->scope = AXF_LOSS_PER_BATCH; /* texts come from the whole batch */
    facts->reads = AXF_READ_PAIRS;
    facts->second_pass = ((const options *)opaque)->second_pass;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    (void)opaque;
    itm *loss = host->allocate(host, sizeof *loss);
    loss->host = host;
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    loss->head = axf_declare_linear(&d, "head", inputs->match_width, 2, 1);
    *self = loss;
    return d.status;
}

static axf_status reserve(itm *loss, int32_t posts)
{
    if (posts <= loss->room) {
        return AXF_OK;
    }
    int32_t *pairs = realloc(loss->pairs, 3 * (size_t)posts * sizeof *pairs);
    if (pairs == NULL) {
        return loss->host->fail(loss->host, AXF_ERR_MEMORY, "no memory for %d pairs", posts);
    }
    loss->pairs = pairs;
    loss->room = posts;
    return AXF_OK;
}

static void draw_pairs(const itm *loss, const axf_pass *pass, int32_t posts, int32_t *text, int32_t *image,
                       int32_t *match)
{
    for (int32_t b = 0; b < posts; b++) {
        float draw[2]; /* whether the text is replaced, and by which of the others */
        loss->host->uniform(loss->host, pass, "pairs", pass->slots[b], 2, draw);
        text[b] = image[b] = b;
        match[b] = posts < 2 || !(draw[0] < 0.5f);
        if (!match[b]) {
            const int32_t others = posts - 1, drawn = (int32_t)(draw[1] * (float)others);
            const int32_t donor = drawn < others ? drawn : others - 1; /* the product may have been rounded up */
            text[b] = donor + (donor >= b);
        }
    }
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    itm *loss = self;
    const axf_ops *ops = pass->ops;
    const int32_t posts = view->posts;
    AXF_TRY(reserve(loss, posts));
    int32_t *text = loss->pairs, *image = text + posts, *match = image + posts;
    draw_pairs(loss, pass, posts, text, image, match);
    view->note_pairs(view->context, posts, text, image, match);
    axf_tensor *vectors;
    AXF_TRY(view->repair(view->context, posts, text, image, &vectors));
    axf_tensor *logits = axf_apply_linear(pass, &loss->head, vectors, AXF_NONE);
    axf_tensor *labels = ops->index(pass, match, posts);
    result->sum = ops->sum(pass, ops->cross_entropy(pass, logits, labels, NULL), 1);
    result->weight = posts;
    return AXF_OK;
}

static void destroy(void *self)
{
    free(((itm *)self)->pairs);
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "itm", "1", "image-text matching: does this text belong to this image",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(itm, "0.1.0", "MIT", components)
