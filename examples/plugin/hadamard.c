/* A complete plugin to copy: a fusion by low-rank bilinear pooling (Kim et al. 2017, "Hadamard Product for Low-rank
 * Bilinear Pooling", equation 9):
 *
 *   fused = P (tanh(U t) * tanh(V v)) + b,   t and v the first rows of text and image, * by element
 *
 * A plugin file always has this order: options, what a built component remembers, the calls of its kind in the order in
 * which the host makes them, the tables that show them. It includes public headers alone and links to no symbol of the
 * program. Three things to change in a copy: the formula, the names, the version (which must rise when results change).
 */
#include "auxfuse/fusion.h"
#include "auxfuse/ops.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What YAML can say, and where it goes: model.fusion: {strategy: hadamard, rank: 128}. The host parses, checks ranges,
 * reports errors with their position, and shows the help in `auxfuse plugins hadamard`. */
typedef struct options {
    int64_t rank;
} options;

static const axf_option rows[] = {
    AXF_INT(options, rank, "64", 1, 65536, 0, "Width of the space in which text and image are multiplied"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

/* What a built fusion remembers. The memory and the tensors are the host's: nothing of it is freed here. */
typedef struct hadamard {
    axf_tensor *text, *image, *out, *bias; /* U [rank, Dt], V [rank, Dv], P [D, rank], b [D] */
} hadamard;

/* [describe] From options and the facts of what feeds it: what is read, and what comes out. Loads nothing. */
static axf_status describe(const axf_host *host, const void *values, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts)
{
    (void)host;
    (void)values;
    facts->reads_text = AXF_WANT_FIRST;
    facts->reads_image = AXF_WANT_FIRST;
    facts->width = inputs->text->width;
    facts->head_dropout = 1;
    return AXF_OK;
}

/* A weight [outputs, inputs], uniform in ±1/sqrt(inputs) at first. AXF_PARAM_NEW: no checkpoint has it. */
static axf_tensor *weight(const axf_host *host, const char *name, int64_t outputs, int64_t inputs)
{
    const axf_parameter parameter = {.struct_size = sizeof parameter,
                                     .name = name,
                                     .ndim = 2,
                                     .shape = {outputs, inputs},
                                     .initial = AXF_INIT_UNIFORM,
                                     .a = 1 / sqrt((double)inputs),
                                     .flags = AXF_PARAM_NEW};
    return host->parameter(host, &parameter);
}

/* [declare] Every parameter, by name and shape. The host allocates, draws or loads, trains and saves them. */
static axf_status declare(const axf_host *host, const void *values, const axf_fusion_inputs *inputs, void **self)
{
    const options *o = values;
    const int64_t width = inputs->text->width;
    const axf_parameter bias = {.struct_size = sizeof bias,
                                .name = "out.bias",
                                .ndim = 1,
                                .shape = {width},
                                .initial = AXF_INIT_ZEROS,
                                .flags = AXF_PARAM_NEW | AXF_PARAM_NO_DECAY};
    hadamard *fusion = host->allocate(host, sizeof *fusion);
    fusion->text = weight(host, "text.weight", o->rank, width);
    fusion->image = weight(host, "image.weight", o->rank, inputs->image->width);
    fusion->out = weight(host, "out.weight", width, o->rank);
    fusion->bias = host->parameter(host, &bias);
    *self = fusion;
    /* NULL: refused, and the host has recorded why. */
    return fusion->text && fusion->image && fusion->out && fusion->bias ? AXF_OK : AXF_ERR_PLUGIN;
}

static axf_tensor *first_row(const axf_state *state)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (strcmp(state->item[i].name, "first") == 0) {
            return state->item[i].tensor;
        }
    }
    return NULL; /* never: describe asked for it */
}

/* [step] The formula. Ops record themselves, so that the host runs backward; an op that fails returns NULL, and ops
 * pass NULL on: the host finds the recorded error. */
static axf_status fuse(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused)
{
    const hadamard *fusion = self;
    const axf_ops *ops = pass->ops;
    axf_tensor *t = ops->linear(pass, first_row(text), fusion->text, NULL, AXF_TANH);
    axf_tensor *v = ops->linear(pass, first_row(image), fusion->image, NULL, AXF_TANH);
    *fused = ops->linear(pass, ops->multiply(pass, t, v), fusion->out, fusion->bias, AXF_NONE);
    return AXF_OK;
}

static void destroy(void *self)
{
    (void)self; /* nothing is owned */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "hadamard", "1", "low-rank bilinear pooling of the two first rows",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(hadamard, "0.1.0", "MIT", components)
