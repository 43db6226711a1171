#include "common/models/layers.h"

#include "auxfuse/ops.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 160 };

axf_tensor *axf_declare_tensor(axf_declare *declare, const axf_parameter *parameter)
{
    if (declare->status != AXF_OK) {
        return NULL;
    }
    axf_parameter spec = *parameter;
    spec.struct_size = sizeof spec;
    spec.flags |= declare->flags;
    axf_tensor *tensor = declare->host->parameter(declare->host, &spec);
    if (tensor == NULL) {
        declare->status = AXF_ERR_PLUGIN; /* the host recorded the message */
    }
    return tensor;
}

static axf_tensor *declare_vector(axf_declare *declare, const char *layer, const char *field, int64_t width,
                                  int32_t initial, double a)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s.%s", layer, field);
    const axf_parameter spec = {
        .name = name, .ndim = 1, .shape = {width}, .initial = initial, .a = a, .flags = AXF_PARAM_NO_DECAY};
    return axf_declare_tensor(declare, &spec);
}

axf_linear axf_declare_linear(axf_declare *declare, const char *name, int64_t inputs, int64_t outputs, int bias)
{
    char weight[NAME_SIZE];
    snprintf(weight, sizeof weight, "%s.weight", name);
    const int uniform = declare->initial == AXF_INIT_UNIFORM;
    const double bound = 1 / sqrt((double)inputs);
    const axf_parameter spec = {.name = weight,
                                .ndim = 2,
                                .shape = {outputs, inputs},
                                .initial = declare->initial,
                                .a = uniform ? bound : declare->a,
                                .b = declare->b};
    axf_linear layer = {axf_declare_tensor(declare, &spec), NULL};
    if (bias) {
        layer.bias = declare_vector(declare, name, "bias", outputs, uniform ? AXF_INIT_UNIFORM : AXF_INIT_ZEROS, bound);
    }
    return layer;
}

axf_norm axf_declare_norm(axf_declare *declare, const char *name, int64_t width, double eps)
{
    return (axf_norm){declare_vector(declare, name, "weight", width, AXF_INIT_ONES, 0),
                      declare_vector(declare, name, "bias", width, AXF_INIT_ZEROS, 0), eps};
}

axf_tensor *axf_declare_table(axf_declare *declare, const char *name, int64_t rows, int64_t width, uint32_t flags)
{
    const axf_parameter spec = {.name = name,
                                .ndim = 2,
                                .shape = {rows, width},
                                .initial = declare->initial,
                                .a = declare->a,
                                .b = declare->b,
                                .flags = flags};
    return axf_declare_tensor(declare, &spec);
}

axf_tensor *axf_apply_linear(const axf_pass *pass, const axf_linear *layer, axf_tensor *x, int32_t activation)
{
    return pass->ops->linear(pass, x, layer->weight, layer->bias, activation);
}

axf_tensor *axf_apply_norm(const axf_pass *pass, const axf_norm *norm, axf_tensor *x)
{
    return pass->ops->layer_norm(pass, x, norm->gamma, norm->beta, norm->eps);
}

axf_tensor *axf_state_get(const axf_state *state, const char *name)
{
    for (uint32_t i = 0; i < state->count; i++) {
        if (strcmp(state->item[i].name, name) == 0) {
            return state->item[i].tensor;
        }
    }
    return NULL;
}

void axf_state_put(axf_state *state, const char *name, axf_tensor *tensor)
{
    if (state->count < AXF_STATE_MAX) {
        state->item[state->count].name = name;
        state->item[state->count++].tensor = tensor;
    }
}

axf_tensor *axf_state_put_rows(axf_state *state, const axf_pass *pass, axf_tensor *x)
{
    axf_tensor *first = pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0);
    if (pass->wanted & AXF_WANT_FIRST) {
        axf_state_put(state, "first", first);
    }
    if (pass->wanted & AXF_WANT_ROWS) {
        axf_state_put(state, "rows", x);
    }
    return first;
}
