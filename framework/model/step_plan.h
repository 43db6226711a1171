/* How one optimiser step goes through its posts: all at once, in micro-batches, or in two passes (two_pass.h). */
#ifndef AXF_MODEL_STEP_PLAN_H
#define AXF_MODEL_STEP_PLAN_H

#include "model/model.h"

typedef struct axf_step_plan {
    int32_t size;           /* posts of the logical batch */
    int32_t micro;          /* posts that the encoders see at once; at most size */
    int32_t two_pass;       /* 1: the micro-batches go through the encoders twice, because a loss compares all posts */
    int32_t take;           /* posts to ask the feed for at a time: size with two passes, else micro */
    int32_t keep_gradients; /* 1: gradients are kept until the step's end (to add up micro-batches, or to clip them) */
} axf_step_plan;

/* The plan of a step over `posts` posts, at least 1: the spec's train.batch, or fewer at the end of an epoch. The model
 * is described (model.h). keep_gradients is the same for every step of a run. */
axf_step_plan axf_step_plan_make(const axf_model *model, int32_t posts);

/* The plan of the largest step of a run whose train split has `train_posts` posts: for it memory is reserved. */
axf_step_plan axf_step_plan_largest(const axf_model *model, int32_t train_posts);

#endif
