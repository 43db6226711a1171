/* LXMERT's layers (Tan and Bansal 2019), as in transformers' LxmertModel: a BERT over the words, layers over the
 * regions of the image, and cross layers in which each side attends to the other. */
#ifndef AXF_JOINT_ENCODERS_LXMERT_NETWORK_H
#define AXF_JOINT_ENCODERS_LXMERT_NETWORK_H

#include "common/models/bert_embeddings.h"

typedef struct lxmert_sizes {
    axf_bert_sizes bert;     /* bert.layers is the number of layers of the language side */
    int32_t relation, cross; /* number of layers over the regions, and of cross layers */
    int32_t feature_width, box_width;
} lxmert_sizes;

typedef struct lxmert_attention {
    axf_linear query, key, value, output;
    axf_norm norm;
} lxmert_attention;

typedef struct lxmert_side { /* one side of a cross layer, after the cross attention */
    lxmert_attention self;
    axf_linear up, down;
    axf_norm norm;
    /* Names of the draws: cross attention, its output, self-attention, its output, feed-forward network. */
    char draw[5][40];
} lxmert_side;

typedef struct lxmert_cross {
    lxmert_attention cross; /* both directions have the same weights */
    lxmert_side language, vision;
} lxmert_cross;

typedef struct lxmert_network {
    lxmert_sizes sizes;
    axf_bert_embeddings embeddings;
    axf_transformer language, relation;
    axf_linear feature, box;
    axf_norm feature_norm, box_norm;
    lxmert_cross *cross; /* [sizes.cross] */
} lxmert_network;

/* Declares all parameters except for the pooler, which nothing reads. [declare] */
void lxmert_declare(lxmert_network *network, axf_declare *declare, const lxmert_sizes *sizes);

/* Tokens -> rows [ΣT, D]. [step] */
axf_status lxmert_language(lxmert_network *network, const axf_pass *pass, const axf_tokens *tokens, axf_tensor **rows);
/* Rows of features [ΣR, feature_width] and boxes [ΣR, box_width] -> rows [ΣR, D]. [step] */
axf_tensor *lxmert_regions(const lxmert_network *network, const axf_pass *pass, axf_tensor *features,
                           axf_tensor *boxes);
/* Takes both sides through the cross layers. With first_only, *language becomes the first row of each post [posts, D];
 * with no_vision, *vision becomes NULL. The last layer leaves out what is not read then. [step] */
void lxmert_meet(const lxmert_network *network, const axf_pass *pass, axf_tensor **language, axf_tensor **vision,
                 int first_only, int no_vision);

#endif
