/* Cross entropy of two classes whose labels are known to be wrong at known rates (Natarajan et al. 2013, their unbiased
 * estimator). With e0 = P(seen 1 | true 0), e1 = P(seen 0 | true 1) and lk the cross entropy of a post under label k:
 *   seen 0: ((1 - e1) l0 - e0 l1) / (1 - e0 - e1)      seen 1: ((1 - e0) l1 - e1 l0) / (1 - e0 - e1)
 * This is a cross entropy whose target "probabilities" are those factors, of which one is negative. The loss is the
 * mean over posts. */
#include "auxfuse/loss.h"

#include <stdlib.h>

typedef struct options {
    double flipped_0, flipped_1;
    int32_t class_weights;
} options;

enum { BALANCED = 0, NO_WEIGHTS = 1 };
static const char *const weight_choices[] = {"balanced", "none", NULL};

static const axf_option table[] = {
    AXF_REAL(options, flipped_0, "0.17851959", 0, 1, AXF_OPT_EXCLUSIVE_MAX,
             "Share of the posts of class 0 whose label says 1"),
    AXF_REAL(options, flipped_1, "0.092827", 0, 1, AXF_OPT_EXCLUSIVE_MAX,
             "Share of the posts of class 1 whose label says 0"),
    AXF_ENUM(options, class_weights, "balanced", weight_choices, 0,
             "How posts count: none: alike; balanced: those of rare classes more, n / (classes · posts of the class)"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct loss_correction {
    const axf_host *host;
    int32_t class_weights;
    float target[2][2]; /* for each seen label, the factors of l0 and l1 */
    float *targets;     /* scratch for the targets of the posts of a part */
    int32_t room;
} loss_correction;

static axf_status describe(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    const options *o = opaque;
    if (inputs->multi_label || inputs->classes != 2) {
        return host->fail(host, AXF_ERR_SPEC, "corrects the labels of two classes, one a post; this dataset has %d%s",
                          inputs->classes, inputs->multi_label ? " labels, several a post" : " classes");
    }
    if (!(o->flipped_0 + o->flipped_1 < 1)) {
        return host->fail(host, AXF_ERR_SPEC,
                          "flipped_0 + flipped_1 is %g: with 1 or more, labels say nothing of classes",
                          o->flipped_0 + o->flipped_1);
    }
    facts->role = AXF_LOSS_OBJECTIVE;
    facts->scope = AXF_LOSS_PER_POST;
    facts->reads = AXF_READ_LOGITS | AXF_READ_TARGETS;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    (void)inputs;
    const options *o = opaque;
    loss_correction *loss = host->allocate(host, sizeof *loss);
    loss->host = host;
    loss->class_weights = o->class_weights;
    const double e0 = o->flipped_0, e1 = o->flipped_1, right = 1 - e0 - e1;
    loss->target[0][0] = (float)((1 - e1) / right);
    loss->target[0][1] = (float)(-e0 / right);
    loss->target[1][0] = (float)(-e1 / right);
    loss->target[1][1] = (float)((1 - e0) / right);
    *self = loss;
    return AXF_OK;
}

static axf_status reserve(loss_correction *loss, int32_t posts)
{
    if (posts <= loss->room) {
        return AXF_OK;
    }
    float *targets = realloc(loss->targets, 2 * (size_t)posts * sizeof *targets);
    if (targets == NULL) {
        return loss->host->fail(loss->host, AXF_ERR_MEMORY, "no memory for %d targets", posts);
    }
    loss->targets = targets;
    loss->room = posts;
    return AXF_OK;
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    loss_correction *loss = self;
    const axf_ops *ops = pass->ops;
    AXF_TRY(reserve(loss, view->posts));
    for (int32_t b = 0; b < view->posts; b++) {
        const float *target = loss->target[view->host_targets[b] == 1];
        loss->targets[2 * b] = target[0];
        loss->targets[2 * b + 1] = target[1];
    }
    axf_tensor *targets = ops->constant(pass, loss->targets, view->posts, 2);
    axf_tensor *weights = loss->class_weights == BALANCED ? view->class_weights : NULL;
    result->sum = ops->sum(pass, ops->cross_entropy(pass, view->logits, targets, weights), 1);
    result->weight = view->posts;
    return AXF_OK;
}

static void destroy(void *self)
{
    free(((loss_correction *)self)->targets);
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "loss_correction", "1",
     "cross entropy of two classes, corrected for labels that are wrong at known rates", &option_table, sizeof vtable,
     &vtable, NULL},
};
AXF_PLUGIN(loss_correction, "0.1.0", "MIT", components)
