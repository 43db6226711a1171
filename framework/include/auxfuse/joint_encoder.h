/* Joint encoders: one model for both sides (MMBT, ViLT, LXMERT). It has three steps: text_part, image_part and join.
 * Whatever does not depend on which text is paired with which image belongs in the two parts, so that pairing the posts
 * anew costs only `join`. */
#ifndef AUXFUSE_JOINT_ENCODER_H
#define AUXFUSE_JOINT_ENCODER_H

#include "auxfuse/image_encoder.h"
#include "auxfuse/text_encoder.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_JOINT_ENCODER "auxfuse.joint_encoder/1"

enum {                                   /* axf_pass::wanted of join */
       AXF_WANT_FUSED = 1 << 8,          /* what the classifier reads, before its dropout */
       AXF_WANT_MATCH = 1 << 9,          /* what a pair-matching loss reads; it reads fused where `gives` lacks this */
       AXF_WANT_CONTRAST_TEXT = 1 << 10, /* the two vectors that a contrastive loss compares */
       AXF_WANT_CONTRAST_IMAGE = 1 << 11,
};

typedef struct axf_joint_facts {
    uint32_t struct_size;
    axf_text_facts text; /* width, max_length and vocabulary of the text part */
    /* The recipe or the feature rows of the image part. image.gives says what the state of image_part consists of:
     * AXF_WANT_ROWS for tensors of rows with `width` columns, under any name, and AXF_WANT_POOLED for tensors of one
     * vector a post with `pooled_width` columns. The host puts learned vectors in their place for posts without an
     * image. 0 means that this model cannot have learned vectors. */
    axf_image_facts image;
    int32_t width;       /* columns of fused */
    int32_t match_width; /* columns of match; equal to width where a matching loss reads fused */
    uint32_t gives;      /* the results that join can compute: AXF_WANT_FUSED … */
    int32_t contrast_text_width, contrast_image_width;
    int32_t contrast_projected; /* 1: the contrast vectors are compared as they are; 0: a loss projects them first */
    int32_t random_after_parts; /* 1: join draws random numbers when training */
    int32_t couples_posts;      /* as in axf_image_facts */
} axf_joint_facts;

/* The results of join. Each is [B, its width]; one that pass->wanted does not ask for is NULL. */
typedef struct axf_joined {
    uint32_t struct_size;
    axf_tensor *fused, *match, *contrast_text, *contrast_image;
} axf_joined;

typedef struct axf_joint_encoder {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, axf_joint_facts *facts);      /* [describe] */
    axf_status (*declare)(const axf_host *host, const void *options, uint32_t wanted, void **self); /* [declare] */
    axf_status (*tokenize)(void *self, const char *text, size_t length, int32_t *ids, int32_t *types,
                           int32_t *count); /* [any thread] */
    axf_status (*text_part)(void *self, const axf_pass *pass, const axf_tokens *tokens, axf_state *text);   /* [step] */
    axf_status (*image_part)(void *self, const axf_pass *pass, const axf_images *images, axf_state *image); /* [step] */
    axf_status (*features_part)(void *self, const axf_pass *pass, const char *const *ids,
                                axf_state *image); /* like encode_features of an image encoder [step] */
    axf_status (*join)(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_joined *joined); /* [step] */
    void (*destroy)(void *self);
    axf_status (*has_features)(void *self, const char *id); /* optional, like that of an image encoder [declare] */
} axf_joint_encoder;

#ifdef __cplusplus
}
#endif
#endif
