/* Text encoders: texts to token ids, ids to rows and a pooled vector. */
#ifndef AUXFUSE_TEXT_ENCODER_H
#define AUXFUSE_TEXT_ENCODER_H

#include "auxfuse/ops.h"
#include "auxfuse/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_TEXT_ENCODER "auxfuse.text_encoder/1"

typedef struct axf_text_facts {
    uint32_t struct_size;
    int32_t width;        /* columns of first and rows */
    int32_t pooled_width; /* columns of pooled; 0 when `gives` lacks it */
    uint32_t gives;       /* AXF_WANT_… */
    int32_t max_length;   /* most tokens of a text, special ones included, after its options */
    int32_t vocabulary;   /* ids lie in [0, vocabulary) */
    uint32_t alone;       /* what a text-only classifier reads: AXF_WANT_FIRST or POOLED; 0: FIRST */
    int32_t random;       /* 1: draws random numbers when training (dropout) */
    /* 1: encode computes rows of padding, too, where a fusion reads them (axf_tokens::real). */
    int32_t takes_padding;
    int32_t pad; /* with it: the id that texts are filled up with */
} axf_text_facts;

typedef struct axf_text_encoder {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, axf_text_facts *facts); /* [describe] */
    /* `wanted`: outputs that anyone will ever ask for; parameters of others need not be declared. The options live as
     * long as self. [declare] */
    axf_status (*declare)(const axf_host *host, const void *options, uint32_t wanted, void **self);
    /* Ids of one text, special tokens included, cut to facts.max_length; `ids` and `types` (NULL where the caller wants
     * none) have that much room. text is UTF-8 as read, not necessarily valid. [any thread] */
    axf_status (*tokenize)(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count);
    /* Adds what pass->wanted asks for to `state` under "first", "rows", "pooled". [step] */
    axf_status (*encode)(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state);
    void (*destroy)(void *self);
} axf_text_encoder;

#ifdef __cplusplus
}
#endif
#endif
