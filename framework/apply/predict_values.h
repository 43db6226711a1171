/* The values of a prediction: logits of posts, and the probabilities that they stand for. */
#ifndef AXF_APPLY_PREDICT_VALUES_H
#define AXF_APPLY_PREDICT_VALUES_H

#include "workbench/workbench.h"

/* Computes the posts of the workbench in their order. Posts leave it where the image policy says so; *logits is NULL
 * when none is left, else [posts, classes], which the caller frees. */
axf_status axf_predict_compute(axf_workbench *bench, float **logits);

/* The probabilities of one post: softmax of its logits, or with several labels a post the sigmoid of each. */
void axf_predict_probabilities(const axf_model *model, const float *logits, double *probability);

#endif
