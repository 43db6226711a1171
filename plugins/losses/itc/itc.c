/* Image-text contrast (CLIP; Radford et al. 2021). With S[i, j] = exp(s) cos(text i, image j), the loss is the mean of
 * the cross entropies of its rows and its columns. The target of each text is the image of its own post. Equal texts or
 * images in a batch are treated as different. */
#include "auxfuse/loss.h"
#include "common/models/layers.h"

#include <stdlib.h>

typedef struct options {
    int64_t projection_width;
    int32_t temperature;
} options;

enum { LEARNED = 0, FIXED = 1 };
static const char *const temperature_choices[] = {"learned", "fixed", NULL};

static const axf_option table[] = {
    AXF_INT(options, projection_width, "512", 1, 65536, 0,
            "Width that both vectors are projected to before they are compared"),
    AXF_ENUM(options, temperature, "learned", temperature_choices, 0,
             "Whether the factor on the cosines is trained, or stays at exp(2.6592)"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct itc {
    const axf_host *host;
    axf_linear text, image; /* weight NULL: the vectors are compared as they are */
    axf_tensor *logit_scale;
    int32_t *own; /* scratch for the place of each post of the part within the batch */
    int32_t room;
} itc;

static axf_status describe(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    (void)opaque;
    const int32_t text = inputs->contrast_text_width, image = inputs->contrast_image_width;
    if (text < 1 || image < 1) {
        return host->fail(host, AXF_ERR_SPEC,
                          "compares a text with an image vector, and this model does not give both");
    }
    if (inputs->contrast_projected && text != image) {
        return host->fail(host, AXF_ERR_SPEC, "the model's text vectors are %d wide and its image vectors %d", text,
                          image);
    }
    facts->role = AXF_LOSS_AUXILIARY;
    facts->scope = AXF_LOSS_PER_BATCH;
    facts->reads = AXF_READ_CONTRAST;
    facts->publishes = "itc.similarity";
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    const options *o = opaque;
    itc *loss = host->allocate(host, sizeof *loss);
    loss->host = host;
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    if (!inputs->contrast_projected) {
        const int64_t width = o->projection_width;
        loss->text = axf_declare_linear(&d, "text_projection", inputs->contrast_text_width, width, 0);
        loss->image = axf_declare_linear(&d, "image_projection", inputs->contrast_image_width, width, 0);
    }
    const axf_parameter scale = {.name = "logit_scale",
                                 .ndim = 1,
                                 .shape = {1},
                                 .initial = AXF_INIT_CONSTANT,
                                 .a = 2.6592,
                                 .flags = AXF_PARAM_NO_DECAY | (o->temperature == FIXED ? AXF_PARAM_BUFFER : 0)};
    loss->logit_scale = axf_declare_tensor(&d, &scale);
    *self = loss;
    return d.status;
}

static axf_tensor *unit_vectors(const axf_pass *pass, const axf_linear *projection, axf_tensor *x)
{
    return pass->ops->l2_normalize(pass,
                                   projection->weight != NULL ? axf_apply_linear(pass, projection, x, AXF_NONE) : x);
}

/* Finds the places of this part's posts among those that `gather` returns: in their order where there is one part, else
 * by their slots. */
static axf_status own_places(itc *loss, const axf_pass *pass, const axf_loss_view *view)
{
    if (view->posts > loss->room) {
        int32_t *own = realloc(loss->own, (size_t)view->posts * sizeof *own);
        if (own == NULL) {
            return loss->host->fail(loss->host, AXF_ERR_MEMORY, "no memory for %d posts", view->posts);
        }
        loss->own = own;
        loss->room = view->posts;
    }
    for (int32_t b = 0; b < view->posts; b++) {
        loss->own[b] = view->posts == view->batch_posts ? b : pass->slots[b];
    }
    return AXF_OK;
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    itc *loss = self;
    const axf_ops *ops = pass->ops;
    AXF_TRY(own_places(loss, pass, view));
    axf_tensor *text = unit_vectors(pass, &loss->text, view->contrast_text), *all_texts;
    axf_tensor *image = unit_vectors(pass, &loss->image, view->contrast_image), *all_images;
    AXF_TRY(view->gather(view->context, text, &all_texts));
    AXF_TRY(view->gather(view->context, image, &all_images));
    axf_tensor *scale = ops->unary(pass, loss->logit_scale, AXF_EXP);
    axf_tensor *by_text = ops->multiply(pass, ops->matmul(pass, text, all_images, 0, 1, 1), scale);
    axf_tensor *by_image = ops->multiply(pass, ops->matmul(pass, image, all_texts, 0, 1, 1), scale);
    axf_tensor *own = ops->index(pass, loss->own, view->posts);
    axf_tensor *text_sum = ops->sum(pass, ops->cross_entropy(pass, by_text, own, NULL), 0.5);
    axf_tensor *image_sum = ops->sum(pass, ops->cross_entropy(pass, by_image, own, NULL), 0.5);
    result->sum = ops->add(pass, text_sum, image_sum);
    result->weight = view->posts;
    result->scalar_name = "temperature";
    result->scalar = ops->unary(pass, ops->scale(pass, ops->detach(pass, loss->logit_scale), -1, 0), AXF_EXP);
    return by_text != NULL ? view->publish(view->context, "itc.similarity", by_text) : AXF_OK;
}

static void destroy(void *self)
{
    free(((itc *)self)->own);
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "itc", "1", "image-text contrast: a text is nearest to its own image",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(itc, "0.1.0", "MIT", components)
