/* Classification metrics from predictions, as scikit-learn defines them. A class without posts has the value 0, and so
 * has 0/0.
 *
 * `weighted` is the mean over classes weighted by their numbers of posts, and `macro` is the plain mean over all K
 * classes. Where posts have several labels, each label is a class, and a post is right for `accuracy` when all its
 * labels are right; `micro` counts the labels of all classes together, and `samples` is the mean over posts. */
#ifndef AXF_METRICS_METRICS_H
#define AXF_METRICS_METRICS_H

#include <stdint.h>

/* All metrics, in the order of the columns of metrics.csv. */
enum {
    AXF_METRIC_ACCURACY = 0,
    AXF_METRIC_F1_WEIGHTED,
    AXF_METRIC_F1_MACRO,
    AXF_METRIC_PRECISION_WEIGHTED,
    AXF_METRIC_PRECISION_MACRO,
    AXF_METRIC_RECALL_WEIGHTED,
    AXF_METRIC_RECALL_MACRO,
    AXF_METRIC_F1_MICRO, /* this and all below exist only where posts have several labels */
    AXF_METRIC_F1_SAMPLES,
    AXF_METRIC_PRECISION_MICRO,
    AXF_METRIC_PRECISION_SAMPLES,
    AXF_METRIC_RECALL_MICRO,
    AXF_METRIC_RECALL_SAMPLES,
    AXF_METRICS
};

extern const char *const axf_metric_names[]; /* by AXF_METRIC_…, NULL at the end */

/* The counts of a pass over posts. All metrics are computed from them. */
typedef struct axf_tally {
    int32_t classes, multi_label;
    int64_t posts;
    /* Where posts have one class, [target][prediction]. Where they have several labels, [label][4]: the posts that
     * neither have the label nor are predicted to have it, that are only predicted to, that only have it, and both. */
    int64_t *counts;
    int64_t exact;                                     /* with several labels: posts with all labels right */
    double sample_precision, sample_recall, sample_f1; /* with several labels: sums over posts */
} axf_tally;

void axf_tally_init(axf_tally *tally, int32_t classes, int32_t multi_label);
void axf_tally_clear(axf_tally *tally);
void axf_tally_free(axf_tally *tally);
int64_t axf_tally_size(const axf_tally *tally); /* the number of elements of counts */
void axf_tally_class(axf_tally *tally, int32_t target, int32_t prediction);
void axf_tally_labels(axf_tally *tally, const float *labels, const float *logits); /* [classes]; labels are 0 or 1 */

typedef struct axf_metrics {
    int32_t classes, multi_label;
    int64_t posts;
    double accuracy;
    double precision_weighted, recall_weighted, f1_weighted;
    double precision_macro, recall_macro, f1_macro;
    double precision_micro, recall_micro, f1_micro; /* these and the next line only with several labels */
    double precision_samples, recall_samples, f1_samples;
    double *precision, *recall, *f1; /* [classes] */
    int64_t *support;                /* [classes] number of posts of each class */
    int64_t *counts;                 /* a copy of the tally's counts */
} axf_metrics;

/* Computes all metrics. They own their memory, so the tally may be freed. */
void axf_metrics_compute(axf_metrics *metrics, const axf_tally *tally);
void axf_metrics_free(axf_metrics *metrics);

/* The value of a metric by its name in metrics.csv (accuracy, f1_weighted, …). Returns 0 when there is no such
 * metric. */
int axf_metrics_value(const axf_metrics *metrics, const char *name, double *value);

/* The AXF_METRIC_… with this name; -1 when there is none. */
int axf_metric_find(const char *name);

/* The number of metrics: all where posts have several labels, else only those before AXF_METRIC_F1_MICRO. */
int axf_metric_count(int32_t multi_label);

/* The index of the largest logit; the lowest index where several are equal. */
int32_t axf_argmax(const float *logits, int32_t classes);

/* Whether a label is predicted: its probability, rounded half to even, is 1. So 0.5 does not predict the label. */
int axf_label_predicted(float logit);

#endif
