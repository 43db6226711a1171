/* The learned vectors that stand for images: of posts whose image is missing or bad under the policy `learned`, and of
 * posts that train.image_dropout takes the image from. */
#ifndef AXF_MODEL_LEARNED_IMAGE_H
#define AXF_MODEL_LEARNED_IMAGE_H

#include "model/batch.h"
#include "model/model.h"

/* Refuses settings that do not fit: a learned vector needs facts that say what it stands for, and train.image_dropout
 * needs a learned vector. The model is described. */
axf_status axf_learned_image_check(const axf_model *model);

/* Declares model->learned_vector, which stands for rows and the first row, and model->learned_pooled, which stands for
 * pooled vectors: those that model.image is asked for, or that a joint encoder's image_part gives. */
axf_status axf_learned_image_declare(axf_model *model);

/* Puts the learned vectors in the place of what an encoder gave for posts with batch->learned set, and in training with
 * probability train.image_dropout for others, drawn by seed, step and slot. */
axf_status axf_learned_image_replace(const axf_model *model, const axf_pass *pass, const axf_batch *batch, int training,
                                     axf_state *state);

#endif
