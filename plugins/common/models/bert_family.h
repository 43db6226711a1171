/* The encoders of BERT's shape (Devlin et al. 2019; RoBERTa, Liu et al. 2019; XLM-R, Conneau et al. 2020), as
 * transformers' BertModel, RobertaModel and XLMRobertaModel: word, position and type embeddings, post-norm layers, and
 * a pooler over the first row. A plugin gives what differs, its recipe and its tokenizer. */
#ifndef AXF_COMMON_MODELS_BERT_FAMILY_H
#define AXF_COMMON_MODELS_BERT_FAMILY_H

#include "auxfuse/text_encoder.h"
#include "common/models/bert_config.h"
#include "common/models/transformer.h"

typedef struct axf_bert_recipe {
    const char *model_type; /* in config.json */
    const axf_bert_shape *shape;
    const axf_tokenizer_kind *tokenizer;
} axf_bert_recipe;

/* BERT itself, with WordPiece. */
extern const axf_bert_recipe axf_bert_recipe_bert;

typedef struct axf_bert {
    axf_text_reader reader;
    axf_bert_embeddings embeddings;
    axf_transformer transformer;
    axf_linear pooler;
} axf_bert;

/* The entries of an axf_text_encoder. The first two take the recipe, too; `options` are axf_bert_options, and `self` is
 * an axf_bert. */
axf_status axf_bert_describe(const axf_bert_recipe *recipe, const axf_host *host, const void *options,
                             axf_text_facts *facts);
axf_status axf_bert_declare(const axf_bert_recipe *recipe, const axf_host *host, const void *options, uint32_t wanted,
                            void **self);
axf_status axf_bert_tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count);
axf_status axf_bert_encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state);
void axf_bert_destroy(void *self);

/* Defines `vtable`, the axf_text_encoder of a plugin whose recipe this is. The entries of a table take no further
 * argument, so that each plugin needs two functions of its own that pass its recipe on. */
#define AXF_BERT_VTABLE(recipe)                                                                                        \
    static axf_status describe(const axf_host *host, const void *options, axf_text_facts *facts)                       \
    {                                                                                                                  \
        return axf_bert_describe(&(recipe), host, options, facts);                                                     \
    }                                                                                                                  \
    static axf_status declare(const axf_host *host, const void *options, uint32_t wanted, void **self)                 \
    {                                                                                                                  \
        return axf_bert_declare(&(recipe), host, options, wanted, self);                                               \
    }                                                                                                                  \
    static const axf_text_encoder vtable = {sizeof vtable,     describe,        declare,                               \
                                            axf_bert_tokenize, axf_bert_encode, axf_bert_destroy}

#endif
