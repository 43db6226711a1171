/* The encoders of BERT's shape (Devlin et al. 2019; RoBERTa, Liu et al. 2019; XLM-R, Conneau et al. 2020), as
 * transformers' BertModel, RobertaModel and XLMRobertaModel: word, position and type embeddings, post-norm layers, and
 * a pooler over the first row. A plugin gives what differs, its recipe and tokenizer, and hands on the other calls. */
#ifndef AXF_COMMON_MODELS_BERT_FAMILY_H
#define AXF_COMMON_MODELS_BERT_FAMILY_H

#include "auxfuse/text_encoder.h"

/* The options of every one of them: weights, config, max_length, normalise, hidden_dropout, attention_dropout. */
extern const axf_options axf_bert_options_table;

/* Where the tokenizer is opened: beside config.json, whose sizes bound it. */
typedef struct axf_bert_place {
    const axf_host *host;
    const char *folder;
    int32_t vocabulary; /* rows of the word table: every id must be below it */
    int32_t pad;
} axf_bert_place;

typedef struct axf_bert_recipe {
    const char *model_type; /* in config.json */
    const char *prefix;     /* of the trunk's keys in a checkpoint with a head */
    const char *head;       /* prefix of the keys of the pre-training head, which is ignored */
    /* What an absent key of config.json means. */
    int32_t vocabulary, positions, pad;
    double eps, dropout;
    /* 0: a token's position is its index. 1: tokens other than the pad token count from pad + 1, the pad token written
     * in a text has position pad, and that row of the position table never gets a gradient (padding_idx). */
    int32_t positions_after_pad;
    /* Opens the tokenizer; the message of a refusal is with the host. */
    axf_status (*open)(const axf_bert_place *place, void **tokenizer);
    /* Refuses what `open` would, but for what takes long to see; NULL: opens and closes. */
    axf_status (*check)(const axf_bert_place *place);
    /* Ids of a text with special tokens, at most max_length. Thread-safe. */
    axf_status (*encode)(const void *tokenizer, const char *text, size_t length, int32_t *ids, size_t max_length,
                         size_t *count);
    void (*close)(void *tokenizer);
} axf_bert_recipe;

/* BERT itself, with WordPiece (the tokenizer is an axf_wordpiece), which joint encoders are made of, too. */
extern const axf_bert_recipe axf_bert_recipe_bert;

/* Entries of axf_text_encoder; the first two with the recipe, which outlives self. */
axf_status axf_bert_describe(const axf_bert_recipe *recipe, const axf_host *host, const void *options,
                             axf_text_facts *facts);
axf_status axf_bert_declare(const axf_bert_recipe *recipe, const axf_host *host, const void *options, uint32_t wanted,
                            void **self);
axf_status axf_bert_tokenize(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count);
axf_status axf_bert_encode(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state);
void axf_bert_destroy(void *self);

/* AXF_OK when `ids` ids of `file` fit the word table, else a message that names both numbers. */
axf_status axf_bert_check_ids(const axf_bert_place *place, const char *file, int32_t ids);

#endif
