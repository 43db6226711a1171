/* Joint encoders: one model for both sides (MMBT, ViLT, LXMERT). What does not depend on the pairing of a text with an
 * image belongs into the parts, so that re-paired posts cost only `join`. */
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
       AXF_WANT_MATCH = 1 << 9,          /* what a pair-matching loss reads; absent: fused */
       AXF_WANT_CONTRAST_TEXT = 1 << 10, /* vectors of a contrastive loss */
       AXF_WANT_CONTRAST_IMAGE = 1 << 11,
};

typedef struct axf_joint_facts {
    uint32_t struct_size;
    axf_text_facts text; /* width, max_length, vocabulary: of the text part */
    /* Recipe, or feature rows. gives: of what image_part's state consists, AXF_WANT_ROWS (rows of `width` columns,
     * under any name) and AXF_WANT_POOLED (vectors of a post, `pooled_width` columns); learned vectors of posts without
     * an image stand for these. 0: none can. */
    axf_image_facts image;
    int32_t width;       /* columns of fused */
    int32_t match_width; /* columns of match; equal to width when match is fused */
    uint32_t gives;      /* AXF_WANT_FUSED … */
    int32_t contrast_text_width, contrast_image_width;
    int32_t contrast_projected; /* 1: the contrast vectors are compared as they are; 0: a loss projects them first */
    int32_t random_after_parts; /* 1: join draws random numbers when training */
    int32_t couples_posts;
} axf_joint_facts;

/* Result of join: what was not wanted is NULL. All [B, width of its kind]. */
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
                                axf_state *image); /* as an image encoder's encode_features [step] */
    axf_status (*join)(void *self, const axf_pass *pass, const axf_state *text, const axf_state *image,
                       axf_joined *joined); /* [step] */
    void (*destroy)(void *self);
    axf_status (*has_features)(void *self, const char *id); /* optional, as an image encoder's [declare] */
} axf_joint_encoder;

#ifdef __cplusplus
}
#endif
#endif
