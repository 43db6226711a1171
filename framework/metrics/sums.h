/* The sums of one pass over all posts: losses and, for the metrics, a tally of predictions. A checkpoint in the middle
 * of an epoch contains them, so that a resumed epoch reports the same numbers. */
#ifndef AXF_METRICS_SUMS_H
#define AXF_METRICS_SUMS_H

#include "metrics/metrics.h"

enum { AXF_MAX_PARTS = 17 }; /* most losses of an experiment: the objective and the auxiliary ones */

typedef struct axf_sums {
    int32_t parts; /* number of losses that are added up */
    int64_t posts;
    double loss;                  /* sum over passes of the joint loss times its share */
    double shares;                /* sum of the shares */
    double part[AXF_MAX_PARTS];   /* for each loss, the sum of its sums */
    double weight[AXF_MAX_PARTS]; /* for each loss, the sum of its weights; its mean is part / weight */
    axf_tally tally;
} axf_sums;

/* The results of one pass of the model over a batch. Pointers are borrowed for the call. */
typedef struct axf_sums_pass {
    int32_t posts;
    double share;                /* weight of the joint loss in its mean: the number of posts for a mean over posts */
    double loss;                 /* the joint loss */
    const double *part, *weight; /* [parts] */
    const float *logits;         /* [posts, classes] */
    const float *labels;         /* [posts, classes] 0 or 1, where posts have several labels; else NULL */
    const int32_t *targets;      /* [posts], where posts have one class; NULL when neither is known */
} axf_sums_pass;

/* `parts` is at most AXF_MAX_PARTS. The caller frees the sums with axf_sums_free. */
void axf_sums_init(axf_sums *sums, int32_t classes, int32_t multi_label, int32_t parts);
void axf_sums_clear(axf_sums *sums); /* back to the state after axf_sums_init */
void axf_sums_free(axf_sums *sums);

void axf_sums_add(axf_sums *sums, const axf_sums_pass *pass);

/* The joint loss that is reported: the mean weighted by shares; 0 when nothing was added. */
double axf_sums_loss(const axf_sums *sums);

/* The mean of loss i: its sum divided by its weight; 0 when the weight is 0. */
double axf_sums_part(const axf_sums *sums, int32_t i);

#endif
