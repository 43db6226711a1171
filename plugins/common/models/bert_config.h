/* What config.json, the options and a model's published class say of an encoder of BERT's shape. */
#ifndef AXF_COMMON_MODELS_BERT_CONFIG_H
#define AXF_COMMON_MODELS_BERT_CONFIG_H

#include "common/models/bert_embeddings.h"
#include "common/models/text_reader.h"

typedef struct axf_bert_options {
    const char *weights, *config;
    int64_t max_length;
    int32_t normalise;                        /* AXF_NORMALISE_… */
    double hidden_dropout, attention_dropout; /* NaN: as config.json says */
} axf_bert_options;

/* The options of every text encoder of this shape. */
extern const axf_options axf_bert_options_table;

/* The rows of an option table that joint encoders have, too; `S` is the struct, with the fields that axf_bert_options
 * has. Option rows are constants, so that a function cannot make them. */
#define AXF_BERT_OPTION_ROWS(S)                                                                                        \
    AXF_ENUM(S, normalise, "tweet", axf_normalise_choices, 0,                                                          \
             "How texts are read: as BERTweet normalises tweets, or as they are"),                                     \
        AXF_REAL(S, hidden_dropout, "null", 0, 1, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MAX,                            \
                 "Dropout after embeddings and layers; null: as config.json says"),                                    \
        AXF_REAL(S, attention_dropout, "null", 0, 1, AXF_OPT_NULLABLE | AXF_OPT_EXCLUSIVE_MAX,                         \
                 "Dropout on attention probabilities; null: as config.json says")

/* What a published class of models fixes: names in its checkpoints, and what an absent key of config.json means. */
typedef struct axf_bert_shape {
    const char *prefix; /* of the trunk's keys in a checkpoint with a head */
    const char *head;   /* prefix of the keys of the pre-training head, which is ignored */
    int32_t vocabulary, positions, pad;
    double eps, dropout;
    int32_t positions_after_pad; /* as in axf_bert_embeddings */
} axf_bert_shape;

extern const axf_bert_shape axf_bert_shape_bert;    /* BertModel */
extern const axf_bert_shape axf_bert_shape_roberta; /* RobertaModel and XLMRobertaModel */

/* Reads config.json and applies the options. `model_type` is what config.json must have under that key; *folder is
 * where config.json lies. [describe] [declare] */
axf_status axf_bert_read_sizes(const axf_bert_shape *shape, const char *model_type, const axf_host *host,
                               const axf_bert_options *options, const char **folder, axf_bert_sizes *sizes);

#endif
