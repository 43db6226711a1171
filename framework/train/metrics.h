/* Classification metrics from predictions: scikit-learn's definitions, absent classes and 0/0 counting 0.
 *
 * weighted: means over classes weighted by support; macro: over all K classes. */
#ifndef AXF_TRAIN_METRICS_H
#define AXF_TRAIN_METRICS_H

#include <stdint.h>

typedef struct axf_metrics {
    int32_t classes;
    int64_t posts;
    double accuracy;
    double precision_weighted, recall_weighted, f1_weighted;
    double precision_macro, recall_macro, f1_macro;
    double *precision, *recall, *f1; /* [classes] */
    int64_t *support;                /* [classes] posts whose target it is */
    int64_t *confusion;              /* [target][prediction] */
} axf_metrics;

/* From the confusion matrix [target][prediction], copied. */
void axf_metrics_compute(axf_metrics *metrics, int32_t classes, const int64_t *confusion);
void axf_metrics_free(axf_metrics *metrics);

/* Value by the name used in metrics.csv (accuracy, f1_weighted, …); 0 when there is no such metric. */
int axf_metrics_value(const axf_metrics *metrics, const char *name, double *value);

/* Names in the order of metrics.csv's columns, NULL at the end. */
extern const char *const axf_metric_names[];

/* Index of the largest logit, the lowest on ties. */
int32_t axf_argmax(const float *logits, int32_t classes);

#endif
