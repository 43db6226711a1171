/* The BERT text encoder: its options and what its two files share. */
#ifndef BERT_H
#define BERT_H

#include "auxfuse/text_encoder.h"
#include "common/transformer.h"
#include "common/wordpiece.h"

enum { BERT_NORMALISE_TWEET = 0, BERT_NORMALISE_NONE = 1 };

typedef struct bert_options {
    const char *weights, *config;
    int64_t max_length;
    int32_t normalise;                        /* BERT_NORMALISE_… */
    double hidden_dropout, attention_dropout; /* NaN: as config.json says */
} bert_options;

/* What config.json says; absent keys as in transformers' BertConfig. */
typedef struct bert_sizes {
    axf_layer_sizes layer;
    int32_t layers, vocabulary, positions, types, pad;
    double dropout, deviation;
} bert_sizes;

typedef struct bert {
    const axf_host *host;
    axf_wordpiece *wordpiece;
    int32_t max_length, normalise, pad;
    double dropout;
    axf_tensor *words, *positions, *types; /* [vocabulary, D], [positions, D], [types, D] */
    axf_norm norm;
    axf_transformer transformer;
    axf_linear pooler;
    int32_t *numbers; /* scratch of a step's row numbers */
    int64_t room;
} bert;

/* config.json with the options applied, and the vocabulary beside it. */
axf_status bert_read_sizes(const axf_host *host, const bert_options *options, const char **folder, bert_sizes *sizes);
/* vocab.txt, cut and lower-cased as tokenizer_config.json says; its ids are below sizes->vocabulary. */
axf_status bert_open_vocabulary(const axf_host *host, const char *folder, const bert_sizes *sizes,
                                axf_wordpiece **wordpiece);

#endif
