#include "common/models/transformer.h"

#include "auxfuse/ops.h"

#include <math.h>
#include <stdio.h>

enum { DRAW_ATTENTION, DRAW_PROJECTION, DRAW_OUTPUT, DRAW_ATTENTION_PATH, DRAW_OUTPUT_PATH };

enum { NAME_SIZE = 128 };

const axf_layer_names axf_bert_layer_names = {
    .query = "attention.self.query",
    .key = "attention.self.key",
    .value = "attention.self.value",
    .output = "attention.output.dense",
    .attention_norm = "attention.output.LayerNorm",
    .up = "intermediate.dense",
    .down = "output.dense",
    .output_norm = "output.LayerNorm",
};

const axf_layer_names axf_vit_layer_names = {
    .query = "attention.attention.query",
    .key = "attention.attention.key",
    .value = "attention.attention.value",
    .output = "attention.output.dense",
    .attention_norm = "layernorm_before",
    .up = "intermediate.dense",
    .down = "output.dense",
    .output_norm = "layernorm_after",
};

static const char *stack_of(const axf_layer_names *names)
{
    return names->stack != NULL ? names->stack : "layer";
}

static const char *full_name(char name[NAME_SIZE], const axf_layer_names *names, int32_t layer, const char *part)
{
    snprintf(name, NAME_SIZE, "encoder.%s.%d.%s", stack_of(names), (int)layer, part);
    return name;
}

static axf_tensor *declare_scale(axf_declare *declare, const char *name, const axf_layer_sizes *sizes)
{
    const axf_parameter spec = {.name = name,
                                .ndim = 1,
                                .shape = {sizes->width},
                                .initial = AXF_INIT_CONSTANT,
                                .a = sizes->scale,
                                .flags = AXF_PARAM_NO_DECAY};
    return axf_declare_tensor(declare, &spec);
}

static void declare_layer(axf_layer *layer, int32_t at, const axf_layer_sizes *sizes, axf_declare *declare,
                          const axf_layer_names *names)
{
    static const char *const draws[] = {"attention", "attention.output", "output", "attention.path", "output.path"};
    char name[NAME_SIZE];
    const int64_t width = sizes->width, inner = sizes->inner;
    for (int32_t i = 0; i < 5; i++) {
        snprintf(layer->draw[i], sizeof layer->draw[i], "%s.%d.%s", stack_of(names), (int)at, draws[i]);
    }
    layer->query = axf_declare_linear(declare, full_name(name, names, at, names->query), width, width, sizes->qkv_bias);
    layer->key = axf_declare_linear(declare, full_name(name, names, at, names->key), width, width,
                                    sizes->qkv_bias && !sizes->no_key_bias);
    layer->value = axf_declare_linear(declare, full_name(name, names, at, names->value), width, width, sizes->qkv_bias);
    layer->output = axf_declare_linear(declare, full_name(name, names, at, names->output), width, width, 1);
    layer->attention_norm =
        axf_declare_norm(declare, full_name(name, names, at, names->attention_norm), width, sizes->eps);
    layer->up = axf_declare_linear(declare, full_name(name, names, at, names->up), width, inner, 1);
    layer->down = axf_declare_linear(declare, full_name(name, names, at, names->down), inner, width, 1);
    layer->output_norm = axf_declare_norm(declare, full_name(name, names, at, names->output_norm), width, sizes->eps);
    if (names->attention_scale != NULL) {
        layer->attention_scale = declare_scale(declare, full_name(name, names, at, names->attention_scale), sizes);
        layer->output_scale = declare_scale(declare, full_name(name, names, at, names->output_scale), sizes);
    }
}

void axf_transformer_declare(axf_transformer *transformer, axf_declare *declare, const axf_layer_names *names)
{
    const axf_host *host = declare->host;
    transformer->layer = host->allocate(host, (size_t)transformer->count * sizeof *transformer->layer);
    for (int32_t i = 0; i < transformer->count; i++) {
        const axf_layer_sizes *sizes = &transformer->sizes;
        declare_layer(&transformer->layer[i], i, sizes, declare, names);
        const double last = transformer->count > 1 ? transformer->count - 1 : 1;
        transformer->layer[i].drop_path = sizes->drop_path_rises ? sizes->drop_path * i / last : sizes->drop_path;
    }
}

/* The rows of x that other rows attend to. */
static axf_tensor *attended_rows(const axf_pass *pass, const axf_transformer *transformer, axf_tensor *x)
{
    const axf_rows *rows = transformer->key_rows;
    if (rows == NULL) {
        return x;
    }
    const int64_t count = axf_rows_padded(rows->total);
    return pass->ops->with_rows(pass, pass->ops->gather_rows(pass, x, transformer->key_numbers, count), rows);
}

/* x are rows [R, D]; `queries` are the rows that are wanted: x itself, or dense [B, D]. The result has the shape of
 * `queries`. `bias` is as in the op attention. */
static axf_tensor *attend(const axf_pass *pass, const axf_transformer *transformer, const axf_layer *layer,
                          axf_tensor *x, axf_tensor *queries, axf_tensor *bias)
{
    const axf_ops *ops = pass->ops;
    const axf_layer_sizes *sizes = &transformer->sizes;
    axf_tensor *attended = attended_rows(pass, transformer, x);
    axf_tensor *q = axf_apply_linear(pass, &layer->query, queries, AXF_NONE);
    axf_tensor *k = axf_apply_linear(pass, &layer->key, attended, AXF_NONE);
    axf_tensor *v = axf_apply_linear(pass, &layer->value, attended, AXF_NONE);
    const double scale = 1 / sqrt((double)sizes->width / sizes->heads);
    axf_tensor *context =
        ops->attention(pass, q, k, v, bias, sizes->heads, scale, sizes->attention_dropout, layer->draw[DRAW_ATTENTION]);
    axf_tensor *projected = axf_apply_linear(pass, &layer->output, context, AXF_NONE);
    return ops->dropout(pass, projected, sizes->projection_dropout, layer->draw[DRAW_PROJECTION]);
}

static axf_tensor *feed_forward(const axf_pass *pass, const axf_layer *layer, const axf_layer_sizes *sizes,
                                axf_tensor *x)
{
    axf_tensor *inner = axf_apply_linear(pass, &layer->up, x, AXF_GELU);
    axf_tensor *down = axf_apply_linear(pass, &layer->down, inner, AXF_NONE);
    return pass->ops->dropout(pass, down, sizes->output_dropout, layer->draw[DRAW_OUTPUT]);
}

static axf_tensor *first_rows(const axf_pass *pass, axf_tensor *x, int first_only)
{
    return first_only ? pass->ops->pool_rows(pass, x, AXF_POOL_FIRST, 0) : x;
}

static axf_tensor *post_norm(const axf_pass *pass, const axf_transformer *transformer, const axf_layer *layer,
                             axf_tensor *x, int first_only, axf_tensor *bias)
{
    axf_tensor *queries = first_rows(pass, x, first_only);
    axf_tensor *attended = attend(pass, transformer, layer, x, queries, bias);
    axf_tensor *h = axf_apply_norm(pass, &layer->attention_norm, pass->ops->add(pass, attended, queries));
    axf_tensor *fed = feed_forward(pass, layer, &transformer->sizes, h);
    return axf_apply_norm(pass, &layer->output_norm, pass->ops->add(pass, fed, h));
}

/* Applies LayerScale, where there is one, and DropPath to the output of a branch before it is added to its input. */
static axf_tensor *scaled_path(const axf_pass *pass, axf_tensor *branch, axf_tensor *scale, double rate,
                               const char *name)
{
    axf_tensor *scaled = scale != NULL ? pass->ops->multiply(pass, branch, scale) : branch;
    return pass->ops->drop_path(pass, scaled, rate, name);
}

static axf_tensor *pre_norm(const axf_pass *pass, const axf_transformer *transformer, const axf_layer *layer,
                            axf_tensor *x, int first_only, axf_tensor *bias)
{
    const axf_ops *ops = pass->ops;
    axf_tensor *normed = axf_apply_norm(pass, &layer->attention_norm, x);
    axf_tensor *attended = attend(pass, transformer, layer, normed, first_rows(pass, normed, first_only), bias);
    attended = scaled_path(pass, attended, layer->attention_scale, layer->drop_path, layer->draw[DRAW_ATTENTION_PATH]);
    axf_tensor *h = ops->add(pass, first_rows(pass, x, first_only), attended);
    axf_tensor *fed = feed_forward(pass, layer, &transformer->sizes, axf_apply_norm(pass, &layer->output_norm, h));
    fed = scaled_path(pass, fed, layer->output_scale, layer->drop_path, layer->draw[DRAW_OUTPUT_PATH]);
    return ops->add(pass, h, fed);
}

axf_tensor *axf_transformer_apply(const axf_pass *pass, const axf_transformer *transformer, axf_tensor *x,
                                  int first_only)
{
    for (int32_t i = 0; i < transformer->count; i++) {
        const axf_layer *layer = &transformer->layer[i];
        const int first = first_only && i == transformer->count - 1;
        axf_tensor *bias = transformer->bias != NULL ? transformer->bias[i] : NULL;
        pass->ops->scope_begin(pass);
        x = transformer->post_norm ? post_norm(pass, transformer, layer, x, first, bias)
                                   : pre_norm(pass, transformer, layer, x, first, bias);
        pass->ops->scope_end(pass, &x, 1);
    }
    return x;
}
