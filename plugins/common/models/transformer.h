/* Transformer layers: self-attention and a feed-forward network, with the norms after them (BERT; Vaswani et al. 2017,
 * Devlin et al. 2019) or before them (ViT; Dosovitskiy et al. 2021), the latter with LayerScale (Touvron et al. 2021)
 * where the checkpoint has it.
 *
 * post-norm:  h = LN(x + drop(W_o att(x)));               y = LN(h + drop(W_2 gelu(W_1 h)))
 * pre-norm:   h = x + path(λ1 drop(W_o att(LN(x))));       y = h + path(λ2 drop(W_2 gelu(W_1 LN(h)))) */
#ifndef AXF_COMMON_MODELS_TRANSFORMER_H
#define AXF_COMMON_MODELS_TRANSFORMER_H

#include "common/models/layers.h"

/* The names of the parts of a layer in a checkpoint, behind "encoder.layer.N.". */
typedef struct axf_layer_names {
    const char *stack; /* instead of "layer", in names and draws; NULL: that */
    const char *query, *key, *value, *output;
    const char *attention_norm; /* after the attention (post-norm), or before it */
    const char *up, *down;
    const char *output_norm;                    /* after the feed-forward network, or before it */
    const char *attention_scale, *output_scale; /* LayerScale, or NULL */
} axf_layer_names;

/* Those of BERT's post-norm layers and of ViT's pre-norm layers, as transformers names them. */
extern const axf_layer_names axf_bert_layer_names, axf_vit_layer_names;

typedef struct axf_layer_sizes {
    int32_t width, heads, inner;
    int32_t qkv_bias;          /* 0: queries, keys and values have none */
    int32_t no_key_bias;       /* 1: keys have none whatever qkv_bias says (BEiT) */
    double eps;                /* of the norms */
    double attention_dropout;  /* on the probabilities */
    double projection_dropout; /* on the attention's output */
    double output_dropout;     /* on the feed-forward network's output */
    double drop_path;
    int32_t drop_path_rises; /* 1: layer l of n drops at the rate drop_path · l / (n - 1) */
    double scale;            /* first value of LayerScale */
} axf_layer_sizes;

typedef struct axf_layer {
    axf_linear query, key, value, output, up, down;
    axf_norm attention_norm, output_norm;
    axf_tensor *attention_scale, *output_scale; /* [width] or NULL */
    double drop_path;
    /* Keys of the layer's random draws; the host reads them again in backward. */
    char draw[5][40];
} axf_layer;

typedef struct axf_transformer {
    axf_layer_sizes sizes;
    int32_t count;
    axf_layer *layer;
    int32_t post_norm;
    /* Set before each apply: what each layer adds to its scores, [heads, R, R], or NULL for a layer that adds nothing.
     * The list itself is NULL where no layer adds anything. */
    axf_tensor **bias; /* [count] */
    /* Set before each apply, too: the rows that are keys and values; their structure and numbers are as in axf_tokens.
     * NULL: all rows are. */
    const axf_rows *key_rows;
    const int32_t *key_numbers;
} axf_transformer;

/* Declares transformer->count layers under "encoder.layer.", or under the stack that `names` gives. The caller has set
 * sizes, count and post_norm. */
void axf_transformer_declare(axf_transformer *transformer, axf_declare *declare, const axf_layer_names *names);

/* Takes x, rows [R, width], through all layers, and returns rows of the same shape, or with first_only the first row of
 * each post [B, width]. With first_only the last layer computes only its keys and values for all rows; there must not
 * be a bias then. */
axf_tensor *axf_transformer_apply(const axf_pass *pass, const axf_transformer *transformer, axf_tensor *x,
                                  int first_only);

#endif
