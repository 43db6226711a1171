/* Image-text matching: each post, with probability 1/2, gets the text of another post of the batch, and a head predicts
 * from the match vector whether text and image belong together. Random negatives: all other texts are equally likely,
 * and a text may be taken several times. Hard negatives (Li et al. 2021): the image of post i gets the text of post j
 * with a probability proportional to exp(S[j, i]), where S are the similarities of the loss itc. In a batch of one post
 * it keeps its text. Pairs are drawn in evaluation, too. */
#include "auxfuse/loss.h"
#include "common/models/layers.h"

#include <math.h>
#include <stdlib.h>

typedef struct options {
    bool second_pass;
    int32_t negatives;
} options;

enum { RANDOM = 0, HARD = 1 };
static const char *const negative_choices[] = {"random", "hard", NULL};
static const char similarity_name[] = "itc.similarity";

static const axf_option table[] = {
    AXF_BOOL(options, second_pass, "false", 0,
             "Encode text and image again with new dropout, as the reference program does, instead of re-pairing the "
             "first pass's vectors"),
    AXF_ENUM(
        options, negatives, "random", negative_choices, 0,
        "Which texts replace the own one: any other, or rather those that the loss itc takes for close to the image"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct itm {
    const axf_host *host;
    int32_t negatives;
    axf_linear head;
    int32_t *pairs;    /* scratch for text index, image index and label of each post */
    float *similarity; /* scratch [posts, posts], only for hard negatives */
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
    const options *o = opaque;
    facts->second_pass = o->second_pass;
    facts->reads_published = o->negatives == HARD ? similarity_name : NULL;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    itm *loss = host->allocate(host, sizeof *loss);
    loss->host = host;
    loss->negatives = ((const options *)opaque)->negatives;
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
    const size_t n = (size_t)posts;
    int32_t *pairs = realloc(loss->pairs, 3 * n * sizeof *pairs);
    loss->pairs = pairs != NULL ? pairs : loss->pairs;
    float *similarity = loss->similarity;
    if (loss->negatives == HARD) {
        similarity = realloc(loss->similarity, n * n * sizeof *similarity);
        loss->similarity = similarity != NULL ? similarity : loss->similarity;
    }
    if (pairs == NULL || (loss->negatives == HARD && similarity == NULL)) {
        return loss->host->fail(loss->host, AXF_ERR_MEMORY, "no memory for %d pairs", posts);
    }
    loss->room = posts;
    return AXF_OK;
}

static axf_status read_similarity(itm *loss, const axf_loss_view *view)
{
    axf_tensor *similarity;
    const int64_t posts = view->posts;
    AXF_TRY(view->published(view->context, similarity_name, &similarity));
    if (similarity->ndim != 2 || similarity->shape[0] != posts || similarity->shape[1] != posts) {
        return loss->host->fail(loss->host, AXF_ERR_SPEC,
                                "hard negatives need the similarities of all %lld texts and images of the batch, and "
                                "'%s' is %lld x %lld",
                                (long long)posts, similarity_name, (long long)similarity->shape[0],
                                (long long)similarity->shape[1]);
    }
    return view->read(view->context, similarity, loss->similarity);
}

/* Picks one of the other posts, all equally likely, by `draw` in [0, 1). */
static int32_t random_donor(int32_t posts, int32_t own, float draw)
{
    const int32_t others = posts - 1, drawn = (int32_t)(draw * (float)others);
    const int32_t donor = drawn < others ? drawn : others - 1; /* the product may have been rounded up */
    return donor + (donor >= own);
}

/* Picks another post by `draw` in [0, 1). Column `own` has the similarities of the post's image with every text. */
static int32_t hard_donor(const float *similarity, int32_t posts, int32_t own, float draw)
{
    float most = -INFINITY;
    for (int32_t j = 0; j < posts; j++) {
        const float here = similarity[(size_t)j * (size_t)posts + (size_t)own];
        most = j != own && here > most ? here : most;
    }
    double sum = 0;
    for (int32_t j = 0; j < posts; j++) {
        sum += j != own ? exp((double)similarity[(size_t)j * (size_t)posts + (size_t)own] - (double)most) : 0;
    }
    double left = (double)draw * sum;
    int32_t donor = own;
    for (int32_t j = 0; j < posts; j++) {
        if (j == own) {
            continue;
        }
        donor = j;
        left -= exp((double)similarity[(size_t)j * (size_t)posts + (size_t)own] - (double)most);
        if (left < 0) {
            break;
        }
    }
    return donor;
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
            text[b] = loss->negatives == HARD ? hard_donor(loss->similarity, posts, b, draw[1])
                                              : random_donor(posts, b, draw[1]);
        }
    }
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    itm *loss = self;
    const axf_ops *ops = pass->ops;
    const int32_t posts = view->posts;
    AXF_TRY(reserve(loss, posts));
    if (loss->negatives == HARD && posts > 1) {
        AXF_TRY(read_similarity(loss, view));
    }
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
    itm *loss = self;
    free(loss->pairs);
    free(loss->similarity);
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "itm", "1", "image-text matching: does this text belong to this image",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(itm, "0.1.0", "MIT", components)
