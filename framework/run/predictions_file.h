/* predictions-<split>.csv of a run: what the selected weights say of each post of a split. */
#ifndef AXF_RUN_PREDICTIONS_FILE_H
#define AXF_RUN_PREDICTIONS_FILE_H

#include "posts/posts.h"
#include "run/folder.h"

/* Writes posts order[0 … count-1] in this order; logits: [count, classes] in the same order. With one class a post the
 * columns are id, target, prediction and a logit a class; with several labels a target, a prediction and a logit a
 * label. */
axf_status axf_run_predictions_write(const axf_run_folder *folder, int32_t split, const axf_posts *posts,
                                     const int32_t *order, int32_t count, const float *logits);

#endif
