/* A pass over posts in evaluation mode, and the values of one pass of the model. */
#ifndef AXF_WORKBENCH_EVALUATE_H
#define AXF_WORKBENCH_EVALUATE_H

#include "metrics/sums.h"
#include "model/outputs.h"
#include "workbench/workbench.h"

/* The losses of one pass of the model, read back from the backend. */
typedef struct axf_pass_values {
    double loss;                                       /* the joint loss of these posts */
    double part[AXF_MAX_PARTS], weight[AXF_MAX_PARTS]; /* sum and weight of each loss, in the order of model->loss */
} axf_pass_values;

/* Reads the logits, [posts, classes], and where the pass had targets, the losses. */
axf_status axf_pass_values_read(const axf_workbench *bench, const axf_outputs *outputs, float *logits,
                                axf_pass_values *values);

/* Adds one pass over a batch to the sums of an epoch or of a split. */
void axf_pass_values_add(const axf_pass_values *values, const axf_model *model, const axf_batch *batch,
                         const float *logits, axf_sums *sums);

/* Posts of a batch of evaluation: evaluate.batch, else train.batch. */
int32_t axf_evaluate_batch(const axf_experiment *experiment);

/* Computes posts order[0 … count-1] of the open feed in evaluation mode. Adds them to `sums` unless it is NULL. Writes
 * their logits, [count, classes] in the order given, unless `logits` is NULL. AXF_ERR_INTERRUPTED when the user asks
 * to stop. */
axf_status axf_evaluate(axf_workbench *bench, const int32_t *order, int32_t count, axf_sums *sums, float *logits);

/* All posts of the workbench in their order: opens and closes the feed. logits: [posts, classes]. */
axf_status axf_evaluate_all(axf_workbench *bench, float *logits);

#endif
