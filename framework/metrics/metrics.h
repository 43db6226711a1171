/* Classification metrics from predictions: scikit-learn's definitions, absent classes and 0/0 counting 0.
 *
 * weighted: means over classes weighted by support; macro: over all K classes. Where posts have several labels, a class
 * is a label, accuracy is that of whole posts (all labels right), micro pools the labels, and samples is the mean over
 * posts. */
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
    AXF_METRIC_F1_MICRO, /* this and those below: several labels only */
    AXF_METRIC_F1_SAMPLES,
    AXF_METRIC_PRECISION_MICRO,
    AXF_METRIC_PRECISION_SAMPLES,
    AXF_METRIC_RECALL_MICRO,
    AXF_METRIC_RECALL_SAMPLES,
    AXF_METRICS
};

extern const char *const axf_metric_names[]; /* by AXF_METRIC_…, NULL at the end */

/* What a pass over posts counts; all metrics come from it. */
typedef struct axf_tally {
    int32_t classes, multi_label;
    int64_t posts;
    /* One class a post: [target][prediction]. Several labels: [label][4], posts that neither have it nor are predicted
     * to, are predicted alone, have it alone, both. */
    int64_t *counts;
    int64_t exact;                                     /* several labels: posts with all labels right */
    double sample_precision, sample_recall, sample_f1; /* several labels: sums over posts */
} axf_tally;

void axf_tally_init(axf_tally *tally, int32_t classes, int32_t multi_label);
void axf_tally_clear(axf_tally *tally);
void axf_tally_free(axf_tally *tally);
int64_t axf_tally_size(const axf_tally *tally); /* of counts */
void axf_tally_class(axf_tally *tally, int32_t target, int32_t prediction);
void axf_tally_labels(axf_tally *tally, const float *labels, const float *logits); /* labels: 0 or 1; [classes] */

typedef struct axf_metrics {
    int32_t classes, multi_label;
    int64_t posts;
    double accuracy;
    double precision_weighted, recall_weighted, f1_weighted;
    double precision_macro, recall_macro, f1_macro;
    double precision_micro, recall_micro, f1_micro; /* these and the next: several labels only */
    double precision_samples, recall_samples, f1_samples;
    double *precision, *recall, *f1; /* [classes] */
    int64_t *support;                /* [classes] posts whose target it is */
    int64_t *counts;                 /* the tally's */
} axf_metrics;

/* The tally's counts are copied. */
void axf_metrics_compute(axf_metrics *metrics, const axf_tally *tally);
void axf_metrics_free(axf_metrics *metrics);

/* Value by the name used in metrics.csv (accuracy, f1_weighted, …); returns 0 when these metrics have no such name. */
int axf_metrics_value(const axf_metrics *metrics, const char *name, double *value);

/* The metric of a name, AXF_METRIC_…; -1 when there is none of that name. */
int axf_metric_find(const char *name);

/* How many metrics there are where posts have one class (the first so many), or several labels (all). */
int axf_metric_count(int32_t multi_label);

/* Index of the largest logit, the lowest on ties. */
int32_t axf_argmax(const float *logits, int32_t classes);

/* Whether a label is predicted: its probability rounded half to even, so 0.5 is none. */
int axf_label_predicted(float logit);

#endif
