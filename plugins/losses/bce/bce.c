/* Binary cross entropy of several labels: the mean over posts and labels of
 *   -(w[k] y log σ(x) + (1 - y) log(1 - σ(x))),  w[k] = posts without label k / posts with it. */
#include "auxfuse/loss.h"

typedef struct options {
    int32_t class_weights;
} options;

enum { BALANCED = 0, NO_WEIGHTS = 1 };
static const char *const weight_choices[] = {"balanced", "none", NULL};

static const axf_option table[] = {
    AXF_ENUM(options, class_weights, "balanced", weight_choices, 0,
             "How posts that have a label count: none: as those without it; balanced: both alike in sum, posts without "
             "it / posts with it"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct bce {
    options options;
} bce;

static axf_status describe(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    (void)opaque;
    if (!inputs->multi_label) {
        return host->fail(host, AXF_ERR_SPEC, "takes several labels a post, and this dataset has one class a post");
    }
    facts->role = AXF_LOSS_OBJECTIVE;
    facts->scope = AXF_LOSS_PER_POST;
    facts->reads = AXF_READ_LOGITS | AXF_READ_TARGETS;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    (void)inputs;
    bce *loss = host->allocate(host, sizeof *loss);
    loss->options = *(const options *)opaque;
    *self = loss;
    return AXF_OK;
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    const bce *loss = self;
    axf_tensor *weights = loss->options.class_weights == BALANCED ? view->class_weights : NULL;
    result->sum = pass->ops->sum(pass, pass->ops->binary_cross_entropy(pass, view->logits, view->targets, weights), 1);
    result->weight = view->posts;
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "bce", "1", "binary cross entropy over several labels a post", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(bce, "0.1.0", "MIT", components)
