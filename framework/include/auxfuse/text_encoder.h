/* Text encoders: a text encoder turns each text into token ids, and computes rows and a pooled vector from the ids. */
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
    uint32_t gives;       /* the outputs that the encoder can compute: AXF_WANT_… */
    int32_t max_length;   /* largest number of tokens of a text, special ones included, as the options set it */
    int32_t vocabulary;   /* ids are in [0, vocabulary) */
    uint32_t alone;       /* what a text-only classifier reads: AXF_WANT_FIRST or AXF_WANT_POOLED; 0 means FIRST */
    int32_t random;       /* 1: it draws random numbers when training (dropout) */
    /* 1: encode allows texts that are filled up to max_length (axf_tokens::real), which some fusions read. */
    int32_t takes_padding;
    int32_t pad; /* with takes_padding: the id that texts are filled up with */
} axf_text_facts;

typedef struct axf_text_encoder {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, axf_text_facts *facts); /* [describe] */
    /* `wanted` has all outputs that will ever be asked for; parameters that only other outputs need are not declared.
     * The options live as long as self. [declare] */
    axf_status (*declare)(const axf_host *host, const void *options, uint32_t wanted, void **self);
    /* Computes the ids of one text, special tokens included, cut to facts.max_length. `ids` and `types` have room for
     * that many; `types` is NULL where the caller does not need them. The text is UTF-8, but perhaps not valid.
     * [any thread] */
    axf_status (*tokenize)(void *self, const char *text, size_t length, int32_t *ids, int32_t *types, int32_t *count);
    /* Adds the outputs that pass->wanted asks for to `state`, as "first", "rows" and "pooled". [step] */
    axf_status (*encode)(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *state);
    void (*destroy)(void *self);
} axf_text_encoder;

#ifdef __cplusplus
}
#endif
#endif
