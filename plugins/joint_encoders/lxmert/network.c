#include "joint_encoders/lxmert/network.h"

#include "auxfuse/ops.h"

#include <math.h>
#include <stdio.h>

enum { NAME_SIZE = 128 };
enum { DRAW_CROSS, DRAW_CROSS_OUTPUT, DRAW_SELF, DRAW_SELF_OUTPUT, DRAW_FED, DRAWS };

static const char *full_name(char name[NAME_SIZE], int32_t layer, const char *block, const char *part)
{
    snprintf(name, NAME_SIZE, "encoder.x_layers.%d.%s.%s", (int)layer, block, part);
    return name;
}

/* `inner` is the name of the part that has the queries, keys and values within the block. */
static lxmert_attention declare_attention(axf_declare *d, const axf_layer_sizes *s, int32_t layer, const char *block,
                                          const char *inner)
{
    static const char *const parts[] = {"query", "key", "value"};
    char name[NAME_SIZE], part[40];
    axf_linear linear[3];
    for (int i = 0; i < 3; i++) {
        snprintf(part, sizeof part, "%s.%s", inner, parts[i]);
        linear[i] = axf_declare_linear(d, full_name(name, layer, block, part), s->width, s->width, 1);
    }
    lxmert_attention a = {.query = linear[0], .key = linear[1], .value = linear[2]};
    a.output = axf_declare_linear(d, full_name(name, layer, block, "output.dense"), s->width, s->width, 1);
    a.norm = axf_declare_norm(d, full_name(name, layer, block, "output.LayerNorm"), s->width, s->eps);
    return a;
}

/* `prefix`: "lang" or "visn". */
static void declare_side(lxmert_side *side, axf_declare *d, const axf_layer_sizes *s, int32_t layer, const char *prefix)
{
    static const char *const draws[DRAWS] = {"cross", "cross.output", "self", "self.output", "output"};
    char name[NAME_SIZE], block[24];
    snprintf(block, sizeof block, "%s_self_att", prefix);
    side->self = declare_attention(d, s, layer, block, "self");
    snprintf(block, sizeof block, "%s_inter", prefix);
    side->up = axf_declare_linear(d, full_name(name, layer, block, "dense"), s->width, s->inner, 1);
    snprintf(block, sizeof block, "%s_output", prefix);
    side->down = axf_declare_linear(d, full_name(name, layer, block, "dense"), s->inner, s->width, 1);
    side->norm = axf_declare_norm(d, full_name(name, layer, block, "LayerNorm"), s->width, s->eps);
    for (int i = 0; i < DRAWS; i++) {
        snprintf(side->draw[i], sizeof side->draw[i], "x_layers.%d.%s.%s", (int)layer, prefix, draws[i]);
    }
}

void lxmert_declare(lxmert_network *n, axf_declare *d, const lxmert_sizes *sizes)
{
    axf_layer_names relation = axf_bert_layer_names;
    relation.stack = "r_layers";
    const axf_layer_sizes *s = &sizes->bert.layer;
    n->sizes = *sizes;
    n->embeddings.pads_everywhere = 1;
    axf_bert_embeddings_declare(&n->embeddings, d, "embeddings", &sizes->bert);
    n->language = (axf_transformer){.sizes = *s, .count = sizes->bert.layers, .post_norm = 1};
    axf_transformer_declare(&n->language, d, &axf_bert_layer_names);
    n->feature = axf_declare_linear(d, "encoder.visn_fc.visn_fc", sizes->feature_width, s->width, 1);
    n->feature_norm = axf_declare_norm(d, "encoder.visn_fc.visn_layer_norm", s->width, s->eps);
    n->box = axf_declare_linear(d, "encoder.visn_fc.box_fc", sizes->box_width, s->width, 1);
    n->box_norm = axf_declare_norm(d, "encoder.visn_fc.box_layer_norm", s->width, s->eps);
    n->relation = (axf_transformer){.sizes = *s, .count = sizes->relation, .post_norm = 1};
    axf_transformer_declare(&n->relation, d, &relation);
    n->cross = d->host->allocate(d->host, (size_t)sizes->cross * sizeof *n->cross);
    for (int32_t i = 0; i < sizes->cross; i++) {
        n->cross[i].cross = declare_attention(d, s, i, "visual_attention", "att");
        declare_side(&n->cross[i].language, d, s, i, "lang");
        declare_side(&n->cross[i].vision, d, s, i, "visn");
    }
}

axf_status lxmert_language(lxmert_network *n, const axf_pass *pass, const axf_tokens *tokens, axf_tensor **rows)
{
    AXF_TRY(axf_bert_embed(&n->embeddings, pass, tokens, AXF_BERT_TYPES_GIVEN, "embeddings", rows));
    *rows = axf_transformer_apply(pass, &n->language, *rows, 0);
    return AXF_OK;
}

axf_tensor *lxmert_regions(const lxmert_network *n, const axf_pass *pass, axf_tensor *features, axf_tensor *boxes)
{
    const axf_ops *ops = pass->ops;
    axf_tensor *x = axf_apply_norm(pass, &n->feature_norm, axf_apply_linear(pass, &n->feature, features, AXF_NONE));
    axf_tensor *y = axf_apply_norm(pass, &n->box_norm, axf_apply_linear(pass, &n->box, boxes, AXF_NONE));
    x = ops->scale(pass, ops->add(pass, x, y), 0.5, 0);
    x = ops->dropout(pass, x, n->sizes.bert.dropout, "visual");
    return axf_transformer_apply(pass, &n->relation, x, 0);
}

/* LN(x + drop(W_o att(x, others))), where x has rows or is dense [posts, D], and `others` has rows. */
static axf_tensor *attend(const lxmert_network *n, const axf_pass *pass, const lxmert_attention *a, axf_tensor *x,
                          axf_tensor *others, const char *draw, const char *output_draw)
{
    const axf_ops *ops = pass->ops;
    const axf_layer_sizes *s = &n->sizes.bert.layer;
    axf_tensor *q = axf_apply_linear(pass, &a->query, x, AXF_NONE);
    axf_tensor *k = axf_apply_linear(pass, &a->key, others, AXF_NONE);
    axf_tensor *v = axf_apply_linear(pass, &a->value, others, AXF_NONE);
    const double scale = 1 / sqrt((double)s->width / s->heads);
    axf_tensor *context = ops->attention(pass, q, k, v, NULL, s->heads, scale, s->attention_dropout, draw);
    axf_tensor *projected = axf_apply_linear(pass, &a->output, context, AXF_NONE);
    projected = ops->dropout(pass, projected, s->projection_dropout, output_draw);
    return axf_apply_norm(pass, &a->norm, ops->add(pass, projected, x));
}

/* The rest of a cross layer after the cross attention: self-attention and the feed-forward network, for all rows or for
 * the first row of each post. */
static axf_tensor *finish_side(const lxmert_network *n, const axf_pass *pass, const lxmert_side *side, axf_tensor *x,
                               int first_only)
{
    const axf_ops *ops = pass->ops;
    axf_tensor *asking = first_only ? ops->pool_rows(pass, x, AXF_POOL_FIRST, 0) : x;
    axf_tensor *h = attend(n, pass, &side->self, asking, x, side->draw[DRAW_SELF], side->draw[DRAW_SELF_OUTPUT]);
    axf_tensor *fed = axf_apply_linear(pass, &side->down, axf_apply_linear(pass, &side->up, h, AXF_GELU), AXF_NONE);
    fed = ops->dropout(pass, fed, n->sizes.bert.layer.output_dropout, side->draw[DRAW_FED]);
    return axf_apply_norm(pass, &side->norm, ops->add(pass, fed, h));
}

void lxmert_meet(const lxmert_network *n, const axf_pass *pass, axf_tensor **language, axf_tensor **vision,
                 int first_only, int no_vision)
{
    for (int32_t i = 0; i < n->sizes.cross; i++) {
        const lxmert_cross *layer = &n->cross[i];
        const lxmert_side *left = &layer->language, *right = &layer->vision;
        const int last = i == n->sizes.cross - 1;
        pass->ops->scope_begin(pass);
        axf_tensor *l =
            attend(n, pass, &layer->cross, *language, *vision, left->draw[DRAW_CROSS], left->draw[DRAW_CROSS_OUTPUT]);
        axf_tensor *v = NULL;
        if (!last || !no_vision) {
            v = attend(n, pass, &layer->cross, *vision, *language, right->draw[DRAW_CROSS],
                       right->draw[DRAW_CROSS_OUTPUT]);
            v = finish_side(n, pass, right, v, 0);
        }
        *language = finish_side(n, pass, left, l, last && first_only);
        *vision = v;
        axf_tensor *const kept[] = {*language, *vision};
        pass->ops->scope_end(pass, kept, 2);
    }
}
