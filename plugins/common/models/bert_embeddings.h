/* BERT's embeddings (Devlin et al. 2019): drop(LN(word + type + position)), the text side of ViLT and MMBT, too. */
#ifndef AXF_COMMON_MODELS_BERT_EMBEDDINGS_H
#define AXF_COMMON_MODELS_BERT_EMBEDDINGS_H

#include "common/models/transformer.h"

/* The sizes of a model of BERT's shape, as config.json gives them. */
typedef struct axf_bert_sizes {
    axf_layer_sizes layer;
    int32_t layers, vocabulary, positions, types, pad;
    double dropout, deviation;
} axf_bert_sizes;

typedef struct axf_bert_embeddings {
    const axf_host *host;
    int32_t pad; /* row of the word table that never gets a gradient (padding_idx) */
    /* 0: a token's position is its index. 1: tokens other than the pad token count from pad + 1, the pad token written
     * in a text has position pad, and that row of the position table never gets a gradient, either. */
    int32_t positions_after_pad;
    int32_t pads_everywhere; /* 1: row `pad` of the position and type tables never gets a gradient either (LXMERT) */
    double dropout;
    axf_tensor *words, *positions, *types; /* [vocabulary, D], [positions, D], [types, D] */
    axf_norm norm;
    int32_t *numbers, *others; /* scratch of a step's row numbers */
    int64_t room;
} axf_bert_embeddings;

/* Declares PREFIX.{word,position,token_type}_embeddings.weight and PREFIX.LayerNorm. The caller sets
 * positions_after_pad and pads_everywhere, before or after this. [declare] */
void axf_bert_embeddings_declare(axf_bert_embeddings *embeddings, axf_declare *declare, const char *prefix,
                                 const axf_bert_sizes *sizes);
void axf_bert_embeddings_free(axf_bert_embeddings *embeddings);

/* Makes room for `count` row numbers in embeddings->numbers, which the caller may use until the next call of
 * axf_bert_embed. */
axf_status axf_bert_embeddings_reserve(axf_bert_embeddings *embeddings, int64_t count);

enum { AXF_BERT_TYPES_GIVEN = -1 }; /* the types of the tokens, 0 where they have none */

/* Tokens -> rows [ΣT, D], all of `type`. `draw` keys the dropout. [step] */
axf_status axf_bert_embed(axf_bert_embeddings *embeddings, const axf_pass *pass, const axf_tokens *tokens, int32_t type,
                          const char *draw, axf_tensor **rows);

#endif
