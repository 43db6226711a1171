/* Cross entropy: Σ -w[y] log softmax(logits)[y], averaged over the posts, or over their weights. */
#include "auxfuse/loss.h"

typedef struct options {
    int32_t class_weights, average;
} options;

enum { BALANCED = 0, NO_WEIGHTS = 1 };
enum { AVERAGE_BATCH = 0, AVERAGE_WEIGHTS = 1 };
static const char *const weight_choices[] = {"balanced", "none", NULL};
static const char *const average_choices[] = {"batch", "weights", NULL};

static const axf_option table[] = {
    AXF_ENUM(options, class_weights, "balanced", weight_choices, 0,
             "How posts count: none: alike; balanced: those of rare classes more, n / (classes · posts of the class)"),
    AXF_ENUM(options, average, "batch", average_choices, 0,
             "The sum is divided by the number of posts, or by the sum of their class weights"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct cross_entropy {
    options options;
} cross_entropy;

static axf_status describe(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    const options *o = opaque;
    if (inputs->multi_label) {
        return host->fail(host, AXF_ERR_SPEC, "takes one class a post, and this dataset has several labels a post");
    }
    facts->role = AXF_LOSS_OBJECTIVE;
    /* Each part of a batch has its own sum of weights, so the means of the parts would not add up to that of the
     * batch. */
    facts->scope =
        o->average == AVERAGE_WEIGHTS && o->class_weights == BALANCED ? AXF_LOSS_PER_BATCH : AXF_LOSS_PER_POST;
    facts->reads = AXF_READ_LOGITS | AXF_READ_TARGETS;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    (void)inputs;
    cross_entropy *loss = host->allocate(host, sizeof *loss);
    loss->options = *(const options *)opaque;
    *self = loss;
    return AXF_OK;
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    const cross_entropy *loss = self;
    axf_tensor *weights = loss->options.class_weights == BALANCED ? view->class_weights : NULL;
    result->sum = pass->ops->sum(pass, pass->ops->cross_entropy(pass, view->logits, view->targets, weights), 1);
    result->weight = view->posts;
    if (loss->options.average == AVERAGE_WEIGHTS && weights != NULL) {
        double sum = 0;
        for (int32_t b = 0; b < view->posts; b++) {
            sum += view->host_class_weights[view->host_targets[b]];
        }
        result->weight = sum > 0 ? sum : view->posts; /* when all weights are 0, the loss is 0 */
    }
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* the memory belongs to the host */
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "cross_entropy", "1", "cross entropy over one class a post", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(cross_entropy, "0.1.0", "MIT", components)
