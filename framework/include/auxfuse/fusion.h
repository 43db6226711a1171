/* Fusions: a fusion makes one vector for each post from the state of the text side and that of the image side. */
#ifndef AUXFUSE_FUSION_H
#define AUXFUSE_FUSION_H

#include "auxfuse/image_encoder.h"
#include "auxfuse/text_encoder.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_FUSION "auxfuse.fusion/1"

typedef struct axf_fusion_inputs {
    uint32_t struct_size;
    const axf_text_facts *text;
    const axf_image_facts *image;
} axf_fusion_inputs;

typedef struct axf_fusion_facts {
    uint32_t struct_size;
    uint32_t reads_text;  /* AXF_WANT_… of the text state */
    uint32_t reads_image; /* AXF_WANT_… of the image state */
    int32_t width;        /* columns of the result */
    int32_t head_dropout; /* 1: the host applies dropout before the classifier; 0: it does not (concat_cnn) */
    int32_t random;       /* 1: the fusion itself draws random numbers when training */
    /* 1: each text is filled up to the encoder's max_length with the pad id (axf_tokens::real). The encoder must allow
     * that (axf_text_facts::takes_padding). */
    int32_t padded_texts;
} axf_fusion_facts;

typedef struct axf_fusion {
    uint32_t struct_size;
    /* Fills in the facts. It refuses inputs that it cannot join, with a message that names both widths. [describe] */
    axf_status (*describe)(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts);
    axf_status (*declare)(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                          void **self); /* [declare] */
    /* Both states have pass->posts posts, B. The result, *fused, is [B, width]. [step] */
    axf_status (*fuse)(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused);
    void (*destroy)(void *self);
} axf_fusion;

#ifdef __cplusplus
}
#endif
#endif
