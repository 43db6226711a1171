/* A second label of the posts as an auxiliary task, named after TIR's "image adds". A linear layer predicts, from the
 * fused vector after the classifier's dropout, which of two values a column of the dataset has. */
#include "auxfuse/loss.h"
#include "common/models/layers.h"

#include <stdlib.h>

typedef struct options {
    const char *column;
} options;

static const axf_option table[] = {
    AXF_STRING(options, column, "image_adds", 0, "Column of the dataset with the second label, 0 or 1 in every post"),
};
static const axf_options option_table = AXF_OPTIONS(options, table);

typedef struct iadds {
    const axf_host *host;
    const char *column;
    axf_linear head;
    int32_t *labels; /* scratch for the labels of the posts of a part */
    int32_t room;
} iadds;

static axf_status describe(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts)
{
    const options *o = opaque;
    (void)inputs;
    if (o->column == NULL || o->column[0] == '\0') {
        return host->fail(host, AXF_ERR_SPEC, "'column' must name a column of the dataset");
    }
    facts->role = AXF_LOSS_AUXILIARY;
    facts->scope = AXF_LOSS_PER_POST;
    facts->reads = AXF_READ_FUSED_DROPPED;
    facts->column = o->column;
    return AXF_OK;
}

static axf_status declare(const axf_host *host, const void *opaque, const axf_loss_inputs *inputs, void **self)
{
    iadds *loss = host->allocate(host, sizeof *loss);
    loss->host = host;
    loss->column = ((const options *)opaque)->column;
    axf_declare d = {.host = host, .initial = AXF_INIT_UNIFORM, .flags = AXF_PARAM_NEW};
    loss->head = axf_declare_linear(&d, "head", inputs->fused_width, 2, 1);
    *self = loss;
    return d.status;
}

static axf_status reserve(iadds *loss, int32_t posts)
{
    if (posts <= loss->room) {
        return AXF_OK;
    }
    int32_t *labels = realloc(loss->labels, (size_t)posts * sizeof *labels);
    if (labels == NULL) {
        return loss->host->fail(loss->host, AXF_ERR_MEMORY, "no memory for %d labels", posts);
    }
    loss->labels = labels;
    loss->room = posts;
    return AXF_OK;
}

static axf_status read_labels(iadds *loss, const axf_loss_view *view)
{
    axf_tensor *values;
    const float *numbers;
    AXF_TRY(reserve(loss, view->posts));
    AXF_TRY(view->column(view->context, loss->column, &values, &numbers));
    for (int32_t b = 0; b < view->posts; b++) {
        if (numbers[b] != 0 && numbers[b] != 1) {
            return loss->host->fail(loss->host, AXF_ERR_SPEC, "column '%s' is %g for a post: it must be 0 or 1",
                                    loss->column, (double)numbers[b]);
        }
        loss->labels[b] = (int32_t)numbers[b];
    }
    return AXF_OK;
}

static axf_status compute(void *self, const axf_pass *pass, const axf_loss_view *view, axf_loss_result *result)
{
    iadds *loss = self;
    const axf_ops *ops = pass->ops;
    AXF_TRY(read_labels(loss, view));
    axf_tensor *logits = axf_apply_linear(pass, &loss->head, view->fused_dropped, AXF_NONE);
    axf_tensor *labels = ops->index(pass, loss->labels, view->posts);
    result->sum = ops->sum(pass, ops->cross_entropy(pass, logits, labels, NULL), 1);
    result->weight = view->posts;
    return AXF_OK;
}

static void destroy(void *self)
{
    free(((iadds *)self)->labels);
}

static const axf_loss vtable = {sizeof vtable, describe, declare, compute, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_LOSS, "iadds", "1",
     "a second label of the dataset, told from the fused vector (TIR: does the image add to the text)", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(iadds, "0.1.0", "MIT", components)
