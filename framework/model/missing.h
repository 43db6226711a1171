/* Posts without an image: what stands for it, and how often. */
#ifndef AXF_MODEL_MISSING_H
#define AXF_MODEL_MISSING_H

#include "posts/posts.h"
#include "model/model.h"

/* What happens to a post whose image is bad: data.missing_image where the post names none, else data.on_bad_image;
 * AXF_BAD_IMAGE_…, never SAME. */
int32_t axf_missing_policy(const axf_experiment *experiment, const axf_posts *posts, const axf_record *post);

/* 1: the learned vector stands for some absent images. */
int axf_missing_is_learned(const axf_experiment *experiment);

/* Settings that do not fit: a learned vector needs a part that it stands for, and train.image_dropout needs one. */
axf_status axf_missing_check(const axf_model *model);

/* data.empty_image after the image encoder's recipe, [3, height, width]; the caller frees. */
axf_status axf_missing_load_picture(const axf_model *model, float **pixels, int32_t *height, int32_t *width);

/* The learned vectors: model->missing_vector for rows and first row, model->missing_pooled for vectors of a post; those
 * that model.image is asked for, or a joint encoder's image_part gives. */
axf_status axf_missing_declare(axf_model *model);

/* Puts the learned vectors in the place of what an encoder gave for posts without an image, and in training with
 * probability train.image_dropout for others, drawn by seed, step and slot. */
axf_status axf_missing_replace(const axf_model *model, const axf_pass *pass, const axf_batch *batch, int training,
                               axf_state *state);

/* A line a split that has posts without an image; and {split: {posts, without_image, labels: {name: count}}} of all
 * three splits, which the caller owns (missing_report.c). */
void axf_missing_log(const axf_posts *posts);
struct json_t *axf_missing_json(const axf_posts *posts);

#endif
