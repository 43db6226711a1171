/* Inside the BERT family: what config.json, the options and the model are to its files. */
#ifndef AXF_COMMON_MODELS_BERT_MODEL_H
#define AXF_COMMON_MODELS_BERT_MODEL_H

#include "common/models/bert_embeddings.h"
#include "common/models/bert_family.h"
#include "common/models/transformer.h"

enum { AXF_BERT_NORMALISE_TWEET = 0, AXF_BERT_NORMALISE_NONE = 1 };

typedef struct axf_bert_options {
    const char *weights, *config;
    int64_t max_length;
    int32_t normalise;                        /* AXF_BERT_NORMALISE_… */
    double hidden_dropout, attention_dropout; /* NaN: as config.json says */
} axf_bert_options;

typedef struct axf_bert {
    const axf_host *host;
    const axf_bert_recipe *recipe;
    void *tokenizer;
    int32_t max_length, normalise;
    axf_bert_embeddings embeddings;
    axf_transformer transformer;
    axf_linear pooler;
} axf_bert;

/* config.json with the options applied; `folder` is where it lies. */
axf_status axf_bert_read_sizes(const axf_bert_recipe *recipe, const axf_host *host, const axf_bert_options *options,
                               const char **folder, axf_bert_sizes *sizes);

/* Ids of a text with special tokens, at most max_length, normalised as AXF_BERT_NORMALISE_… says. Thread-safe. */
axf_status axf_bert_ids(const axf_host *host, const axf_bert_recipe *recipe, const void *tokenizer, int32_t normalise,
                        const char *text, size_t length, int32_t *ids, size_t max_length, size_t *count);

#endif
