/* Fusion strategies: the two sides' states to one vector a post. */
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
    int32_t head_dropout; /* 1: dropout before the classifier; 0: none (concat_cnn) */
    int32_t random;       /* 1: draws random numbers itself when training */
    /* 1: the rows of every text go on to the encoder's max_length, as rows of padding (the encoder must take them). */
    int32_t padded_texts;
} axf_fusion_facts;

typedef struct axf_fusion {
    uint32_t struct_size;
    /* Refuses inputs that it cannot join, naming both widths. [describe] */
    axf_status (*describe)(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                           axf_fusion_facts *facts);
    axf_status (*declare)(const axf_host *host, const void *options, const axf_fusion_inputs *inputs,
                          void **self); /* [declare] */
    /* Both states have pass->posts posts. -> fused [B, width]. [step] */
    axf_status (*fuse)(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_tensor **fused);
    void (*destroy)(void *self);
} axf_fusion;

#ifdef __cplusplus
}
#endif
#endif
