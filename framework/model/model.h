/* The model: the components of an experiment, what they say of themselves, and their parameters. It is described first
 * (describe.h), then declared on a backend (declare.h), then given values (load_weights.h), and then run (pass.h). */
#ifndef AXF_MODEL_MODEL_H
#define AXF_MODEL_MODEL_H

#include "auxfuse/fusion.h"
#include "auxfuse/joint_encoder.h"
#include "auxfuse/loss.h"
#include "experiment/contents.h"

typedef struct axf_model_loss {
    axf_instance *instance;
    axf_loss_facts facts;
    const char *name; /* as the metrics call it: "cross_entropy", "itc" */
    double beta;      /* its weight in the joint loss; an auxiliary loss only */
} axf_model_loss;

typedef struct axf_model {
    axf_experiment *experiment;
    const axf_backend *backend; /* NULL until declared */
    void *backend_self;
    axf_params params;
    int32_t classes;
    int32_t multi_label; /* 1: a post may have several labels */

    /* What the components say of themselves. A joint encoder's facts are copied into those of both sides. */
    axf_text_facts text_facts;
    axf_image_facts image_facts;
    axf_joint_facts joint_facts;
    axf_fusion_facts fusion_facts;
    axf_loss_inputs loss_inputs;

    /* The two sides (sides.h) */
    int32_t has_text, has_image;
    int32_t text_frozen, image_frozen;               /* 1: nothing of the encoder is trained */
    uint32_t text_wanted, image_wanted, join_wanted; /* AXF_WANT_… that each first pass asks for */

    /* The classifier */
    uint32_t single_vector;  /* with one side only: the vector that it reads, AXF_WANT_FIRST or POOLED; else 0 */
    int32_t fused_width;     /* columns that it reads */
    int32_t head_dropout;    /* 1: dropout before it */
    int32_t evaluation_only; /* 1: steps run in evaluation mode, though they train (the defect train_mode_once) */
    axf_param *head_weight, *head_bias;

    axf_param *learned_vector, *learned_pooled; /* stand for images (learned_image.h); NULL: none */

    axf_model_loss loss[AXF_MAX_LOSSES + 1]; /* [0] is the objective; in the order in which they run */
    int32_t loss_count;
    double objective_weight; /* 1 - Σβ */
    float *class_weights;    /* [classes]; NULL: none */
} axf_model;

/* Destroys what the components made for the model, and frees its parameters. A model that is all zeros is allowed. */
void axf_model_free(axf_model *model);

#endif
