/* Losses: the objective (exactly one a run) and auxiliary losses (any number).
 *
 * The joint loss of a step is (1 - Σβ) · objective + Σ βᵢ · lossᵢ, each loss being its sum over the logical batch
 * divided by its weight. A loss never sees whether the batch was split into micro-batches. */
#ifndef AUXFUSE_LOSS_H
#define AUXFUSE_LOSS_H

#include "auxfuse/ops.h"
#include "auxfuse/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_LOSS "auxfuse.loss/1"

enum { AXF_LOSS_OBJECTIVE = 1, AXF_LOSS_AUXILIARY = 2 };
enum { AXF_LOSS_PER_POST = 1, AXF_LOSS_PER_BATCH = 2 }; /* per batch: needs all posts of the logical batch at once */

enum { /* axf_loss_facts::reads */
       AXF_READ_LOGITS = 1 << 0,
       AXF_READ_TARGETS = 1 << 1,
       AXF_READ_FUSED = 1 << 2,         /* before the classifier's dropout */
       AXF_READ_FUSED_DROPPED = 1 << 3, /* after it */
       AXF_READ_CONTRAST = 1 << 4,      /* contrast_text and contrast_image */
       AXF_READ_PAIRS = 1 << 5,         /* view->repair */
};

/* What the model gives to losses; the widths are those of a vector of a post. */
typedef struct axf_loss_inputs {
    uint32_t struct_size;
    int32_t classes;     /* K */
    int32_t multi_label; /* 1: targets are f32 [B, K] of 0 and 1 */
    int32_t fused_width;
    int32_t match_width;
    int32_t contrast_text_width, contrast_image_width; /* 0: the model has no contrast vectors (uni-modal) */
    int32_t contrast_projected;                        /* 1: compared as they are; 0: the loss projects them */
    int32_t pairs; /* 1: posts can be re-paired (there are a text and an image side) */
} axf_loss_inputs;

typedef struct axf_loss_facts {
    uint32_t struct_size;
    int32_t role;          /* AXF_LOSS_OBJECTIVE … */
    int32_t scope;         /* AXF_LOSS_PER_POST … */
    uint32_t reads;        /* AXF_READ_… */
    int32_t second_pass;   /* 1: repair encodes both towers again in its own random scope, as the reference does */
    const char *column;    /* named column of the dataset that is read, or NULL */
    const char *publishes; /* name of the tensor it gives to other losses, or NULL; static storage */
    const char *reads_published; /* name it needs from another loss, which then runs first, or NULL */
} axf_loss_facts;

/* The loss's window on one pass over (a part of) the logical batch. Tensors not asked for in `reads` may be NULL. */
typedef struct axf_loss_view {
    uint32_t struct_size;
    void *context;       /* the host's: first argument of the functions below */
    int32_t posts;       /* b: posts of this part */
    int32_t batch_posts; /* B: posts of the logical batch over all parts and ranks */
    int32_t classes;
    axf_tensor *logits;              /* [b, K] */
    axf_tensor *targets;             /* i32 [b], or f32 [b, K] when multi-label */
    const int32_t *host_targets;     /* [b] in host memory; NULL when multi-label */
    axf_tensor *class_weights;       /* [K] of data.class_weights as the objective's option asks; NULL: none */
    const float *host_class_weights; /* the same in host memory */
    axf_tensor *fused;               /* [b, D] */
    axf_tensor *fused_dropped;       /* [b, D] */
    axf_tensor *contrast_text, *contrast_image; /* [b, its width] */

    /* Match vectors [n, match width] of any pairs: text of post text_index[i] with the image of post image_index[i],
     * both slots of the logical batch. Indices may repeat. The host gathers the states and fuses once, drawing in the
     * second-pass scope. May be called once a step. */
    axf_status (*repair)(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                         axf_tensor **match);
    /* x [b, D] of every part and rank -> [B, D]; gradients come back summed. With one part: x itself. */
    axf_status (*gather)(void *context, axf_tensor *x, axf_tensor **all);
    /* f32 values of the dataset's column for the posts of this part -> [b]. */
    axf_status (*column)(void *context, const char *name, axf_tensor **values, const float **host_values);
    axf_status (*published)(void *context, const char *name, axf_tensor **tensor);
    axf_status (*publish)(void *context, const char *name, axf_tensor *tensor);
    /* Tells the trace which pairs were drawn (n as in repair; match[i] 1 for an original pair). */
    void (*note_pairs)(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                       const int32_t *match);
    /* Elements of a real tensor as f32 in host memory, for draws that depend on them; waits for the backend. While a
     * step is only planned (no values exist): zeros. */
    axf_status (*read)(void *context, const axf_tensor *tensor, float *values);
} axf_loss_view;

typedef struct axf_loss_result {
    uint32_t struct_size;
    axf_tensor *sum; /* [1], differentiable */
    double weight;   /* the loss is sum / weight; per post: posts of the part, so that parts add up */
    /* Optional named scalar for the log, e.g. itc's temperature: a tensor [1] and a static name; NULL: none. */
    const char *scalar_name;
    axf_tensor *scalar;
} axf_loss_result;

typedef struct axf_loss {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, const axf_loss_inputs *inputs,
                           axf_loss_facts *facts); /* [describe] */
    axf_status (*declare)(const axf_host *host, const void *options, const axf_loss_inputs *inputs,
                          void **self); /* [declare] */
    axf_status (*compute)(void *self, const axf_pass *pass, const axf_loss_view *view,
                          axf_loss_result *result); /* [step] */
    void (*destroy)(void *self);
} axf_loss;

#ifdef __cplusplus
}
#endif
#endif
