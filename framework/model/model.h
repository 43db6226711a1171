/* The model: components described, declared, given weights, and wired from texts and images to logits and losses. */
#ifndef AXF_MODEL_MODEL_H
#define AXF_MODEL_MODEL_H

#include "auxfuse/fusion.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/loss.h"
#include "experiment/experiment.h"
#include "tensor/tape.h"

typedef struct axf_model_loss {
    axf_instance *instance;
    const axf_loss *vtable;
    axf_loss_facts facts;
    const char *name; /* "cross_entropy", "itc": as metrics call it */
    double beta;      /* 0 for the objective */
} axf_model_loss;

typedef struct axf_model {
    axf_experiment *experiment;
    const axf_backend *backend;
    void *backend_self;
    axf_params params;
    int32_t classes;
    int32_t multi_label;

    axf_text_facts text_facts;
    axf_image_facts image_facts;
    axf_joint_facts joint_facts;
    axf_fusion_facts fusion_facts;
    axf_loss_inputs loss_inputs;
    int32_t has_text, has_image;
    int32_t text_frozen, image_frozen;
    uint32_t text_wanted, image_wanted, join_wanted;
    uint32_t alone; /* uni-modal: what the classifier reads, AXF_WANT_FIRST or POOLED */
    int32_t fused_width;
    int32_t head_dropout;
    int32_t still; /* 1: what is trained is in evaluation mode, too (the defect train_mode_once) */

    axf_param *head_weight, *head_bias;
    axf_param *learned_vector, *learned_pooled; /* stand for images (learned_image.h); NULL: none */
    axf_model_loss loss[AXF_MAX_LOSSES + 1];    /* [0] is the objective; in the order they run */
    int32_t loss_count;
    double objective_weight; /* 1 - Σβ */
    float *class_weights;    /* [classes], NULL: none */
} axf_model;

/* Facts of every part, and whether they fit: nothing is allocated on the backend. `classes` of the dataset. */
axf_status axf_model_describe(axf_model *model, axf_experiment *experiment, int32_t classes, int32_t multi_label);

/* Columns that losses read must be among the dataset's. */
axf_status axf_model_check_columns(const axf_model *model, const axf_dataset_facts *dataset);

/* Declares every part on the backend. image_tower 0: the image encoder is frozen and all its features are at hand, so
 * it is left out altogether. Values come later (weights.h). */
axf_status axf_model_declare(axf_model *model, const axf_backend *backend, void *backend_self, int image_tower);
void axf_model_free(axf_model *model);

/* Image features of a frozen tower, as they are cached; what is not wanted is NULL. */
typedef struct axf_features {
    int32_t rows; /* of each post */
    int32_t width, pooled_width;
    const float *row_values;    /* [posts · rows, width] */
    const float *first_values;  /* [posts, width] */
    const float *pooled_values; /* [posts, pooled_width] */
} axf_features;

/* A (part of a) logical batch in host memory. */
typedef struct axf_batch {
    int32_t posts;
    int32_t batch_posts;  /* of the logical batch */
    const int32_t *slots; /* [posts] */
    int64_t step;
    const int32_t *token_offset; /* [posts+1]; NULL: no text */
    const int32_t *token_ids, *token_types;
    const float *pixels; /* NULL: features, or no image */
    const int32_t *height, *width;
    const int64_t *pixel_offset;  /* [posts+1] */
    const axf_features *features; /* instead of pixels */
    const char *const *ids;
    const char *const *feature_ids; /* the same, NULL for a post whose features are blank */
    const int32_t *learned;         /* [posts] 1: the learned vector stands for its image; NULL: for none */
    const int32_t *targets;         /* [posts]; NULL: none (predict) */
    const float *labels;            /* [posts, classes] when multi-label */
    const float *const *columns;    /* [dataset columns][posts] */
    const axf_dataset_facts *dataset;
} axf_batch;

typedef struct axf_pairs { /* what a pair loss drew, for the trace */
    int32_t count;
    int32_t text[4096], image[4096], match[4096];
} axf_pairs;

typedef struct axf_outputs {
    axf_tensor *logits;                   /* [posts, classes] */
    axf_tensor *fused;                    /* [posts, fused_width] */
    axf_tensor *total;                    /* [1]: this part's share of the joint loss; NULL without targets */
    axf_tensor *part[AXF_MAX_LOSSES + 1]; /* [1] sums, in the order of model->loss */
    double weight[AXF_MAX_LOSSES + 1];
    const char *scalar_name[AXF_MAX_LOSSES + 1];
    axf_tensor *scalar[AXF_MAX_LOSSES + 1];
    axf_pairs *pairs; /* filled when not NULL */
} axf_outputs;

/* One pass inside axf_tape_begin/end. training 1: dropout, recorded. Set outputs->pairs before. */
axf_status axf_model_run(axf_model *model, axf_tape *tape, const axf_batch *batch, int training, axf_outputs *outputs);

/* What a step's encoders gave: [0] in the first pass, [1] in the second one of losses that encode again. */
enum { AXF_SIDE_TEXT = 0, AXF_SIDE_IMAGE = 1, AXF_SIDES = 2 };
typedef struct axf_encoded {
    axf_state state[2][AXF_SIDES];
} axf_encoded;

/* A training step's pass in two pieces, for steps in two passes (two_pass.h): one side's encoder (an empty state where the
 * model lacks the side), and all that comes after the encoders. */
axf_status axf_model_encode(axf_model *model, axf_tape *tape, const axf_batch *batch, int side, int again,
                            axf_state *state);
axf_status axf_model_run_encoded(axf_model *model, axf_tape *tape, const axf_batch *batch, const axf_encoded *encoded,
                                 axf_outputs *outputs);

/* One side alone, in evaluation mode: what of text_wanted or image_wanted is set. */
axf_status axf_model_encode_texts(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state);
axf_status axf_model_encode_images(axf_model *model, axf_tape *tape, const axf_batch *batch, axf_state *state);

axf_tensor *axf_state_find(const axf_state *state, const char *name); /* NULL: absent */

#endif
