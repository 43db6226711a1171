/* A complete plugin to copy: a fusion by low-rank bilinear pooling (Kim et al. 2017, "Hadamard Product for Low-rank
 * Bilinear Pooling", equation 9):
 *
 *   fused = P (tanh(U t) * tanh(V v)) + b
 *
 * where t and v are the first rows of text and image, and * multiplies element by element.
 *
 * A plugin file always has this order: its options, the struct of a built component, the calls of its kind in the order
 * in which the host makes them, and the tables through which the host finds them. It includes only public headers, and
 * links to no symbol of the program. In a copy, change three things: the formula, the names, and the version, which
 * must rise when results change. */
#include "auxfuse/fusion.h"
#include "auxfuse/ops.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The options that can be written in YAML, as in model.fusion: {strategy: hadamard, rank: 128}. The host parses them
 * into this struct, checks ranges, reports errors with their position, and shows the help in `auxfuse plugins
 * hadamard`. */
typedef struct options {
    int64_t rank;
} options;

static const axf_option rows[] = {
    AXF_INT(options, rank, "64", 1, 65536, 0, "Width of the space in which text and image are multiplied"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

/* A built fusion. The memory and the tensors belong to the host, so nothing is freed here. */
typedef struct hadamard {
    axf_tensor *text, *image, *out, *bias; /* U [rank, Dt], V [rank, Dv], P [D, rank], b [D] */
} hadamard;

/* [describe] Says, from the options and the facts of both encoders, what the fusion reads and how wide its result is.
 * It loads nothing. */
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

/* Declares a weight [outputs, inputs], whose first values are uniform in ±1/sqrt(inputs). AXF_PARAM_NEW says that no
 * checkpoint of an encoder has it. */
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

/* [declare] Declares every parameter by name and shape. The host allocates, draws or loads, trains and saves them. */
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
    /* A parameter is NULL when the host refused it. The host has recorded the reason. */
    return fusion->text && fusion->image && fusion->out && fusion->bias ? AXF_OK : AXF_ERR_PLUGIN;
}

static axf_tensor *first_row(const axf_state *state)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (strcmp(state->item[i].name, "first") == 0) {
            return state->item[i].tensor;
        }
    }
    return NULL; /* this never happens, because describe asked for it */
}

/* [step] Computes the formula. Ops record themselves, so the host can run the backward pass. An op that fails returns
 * NULL, and an op that gets NULL returns NULL, so nothing is checked here: the host finds the recorded error. */
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
    (void)self; /* the memory belongs to the host */
}

static const axf_fusion vtable = {sizeof vtable, describe, declare, fuse, destroy};

static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_FUSION, "hadamard", "1", "low-rank bilinear pooling of the two first rows",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(hadamard, "0.1.0", "MIT", components)
