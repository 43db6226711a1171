/* Losses: each run has one objective and any number of auxiliary losses.
 *
 * The joint loss of a step is (1 - Σβ) · objective + Σ βᵢ · lossᵢ. The value of each loss is its sum over the logical
 * batch divided by its weight. A loss cannot see whether the batch was split into micro-batches. */
#ifndef AUXFUSE_LOSS_H
#define AUXFUSE_LOSS_H

#include "auxfuse/ops.h"
#include "auxfuse/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_LOSS "auxfuse.loss/1"

enum { AXF_LOSS_OBJECTIVE = 1, AXF_LOSS_AUXILIARY = 2 };
enum { AXF_LOSS_PER_POST = 1, AXF_LOSS_PER_BATCH = 2 }; /* PER_BATCH needs all posts of the logical batch at once */

enum { /* axf_loss_facts::reads */
       AXF_READ_LOGITS = 1 << 0,
       AXF_READ_TARGETS = 1 << 1,
       AXF_READ_FUSED = 1 << 2,         /* before the classifier's dropout */
       AXF_READ_FUSED_DROPPED = 1 << 3, /* after the classifier's dropout */
       AXF_READ_CONTRAST = 1 << 4,      /* contrast_text and contrast_image */
       AXF_READ_PAIRS = 1 << 5,         /* view->repair */
};

/* What the model can give to losses. A width is the number of columns of one post's vector. */
typedef struct axf_loss_inputs {
    uint32_t struct_size;
    int32_t classes;     /* K */
    int32_t multi_label; /* 1: targets are f32 [B, K] of 0 and 1 */
    int32_t fused_width;
    int32_t match_width;
    int32_t contrast_text_width, contrast_image_width; /* 0: the model has no contrast vectors (it reads one side) */
    int32_t contrast_projected; /* 1: the loss compares the vectors as they are; 0: it projects them first */
    int32_t pairs;              /* 1: posts can be paired anew, since there are a text side and an image side */
} axf_loss_inputs;

typedef struct axf_loss_facts {
    uint32_t struct_size;
    int32_t role;          /* AXF_LOSS_OBJECTIVE … */
    int32_t scope;         /* AXF_LOSS_PER_POST … */
    uint32_t reads;        /* AXF_READ_… */
    int32_t second_pass;   /* 1: for repair the host encodes both sides again, in the scope of the second pass, as the
                            * reference program does */
    const char *column;    /* name of the dataset's column that it reads, or NULL */
    const char *publishes; /* name of the tensor that it publishes to other losses, or NULL; static storage */
    const char *reads_published; /* name of a tensor that another loss publishes, which then runs first, or NULL */
} axf_loss_facts;

/* What a loss sees of one pass over the logical batch or a part of it. Tensors that `reads` does not ask for may be
 * NULL. */
typedef struct axf_loss_view {
    uint32_t struct_size;
    void *context;       /* belongs to the host; the first argument of the functions below */
    int32_t posts;       /* b: number of posts of this part */
    int32_t batch_posts; /* B: number of posts of the logical batch, over all parts and ranks */
    int32_t classes;
    axf_tensor *logits;                         /* [b, K] */
    axf_tensor *targets;                        /* i32 [b], or f32 [b, K] when multi-label */
    const int32_t *host_targets;                /* [b] in host memory; NULL when multi-label */
    axf_tensor *class_weights;                  /* [K], from data.class_weights; NULL: all classes weigh the same */
    const float *host_class_weights;            /* the same in host memory */
    axf_tensor *fused;                          /* [b, D] */
    axf_tensor *fused_dropped;                  /* [b, D] */
    axf_tensor *contrast_text, *contrast_image; /* [b, its width] */

    /* Computes match vectors [n, match width] of any pairs: pair i is the text of the post in slot text_index[i] of the
     * logical batch with the image of the post in slot image_index[i]. Indices may repeat. The host gathers the states
     * and fuses them in the scope of the second pass. A loss may call this once in a step. */
    axf_status (*repair)(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                         axf_tensor **match);
    /* Puts the x [b, D] of all parts and ranks together: [B, D]. Their gradients are summed on the way back. With one
     * part the result is x itself. */
    axf_status (*gather)(void *context, axf_tensor *x, axf_tensor **all);
    /* The values of the dataset's column `name` for the posts of this part: f32 [b], in both memories. */
    axf_status (*column)(void *context, const char *name, axf_tensor **values, const float **host_values);
    axf_status (*published)(void *context, const char *name, axf_tensor **tensor);
    axf_status (*publish)(void *context, const char *name, axf_tensor *tensor);
    /* Writes the pairs that were drawn to the trace (n as in repair; match[i] is 1 for an original pair). */
    void (*note_pairs)(void *context, int32_t n, const int32_t *text_index, const int32_t *image_index,
                       const int32_t *match);
    /* Copies the elements of a real tensor to `values` as f32, for draws that depend on them; waits for the backend.
     * While a step is only planned there are no values yet, and this gives zeros. */
    axf_status (*read)(void *context, const axf_tensor *tensor, float *values);
} axf_loss_view;

typedef struct axf_loss_result {
    uint32_t struct_size;
    axf_tensor *sum; /* [1], differentiable */
    double weight;   /* the loss is sum / weight; a PER_POST loss gives the posts of the part, so that parts add up */
    /* An optional scalar for the log, for example the temperature of itc: a static name and a tensor [1], or NULL. */
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
