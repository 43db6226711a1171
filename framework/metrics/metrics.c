#include "metrics/metrics.h"

#include "core/arena.h"
#include "metrics/class_posts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEITHER = 0, PREDICTED = 1, MISSED = 2, BOTH = 3 }; /* the four counts of a label */

const char *const axf_metric_names[] = {[AXF_METRIC_ACCURACY] = "accuracy",
                                        [AXF_METRIC_F1_WEIGHTED] = "f1_weighted",
                                        [AXF_METRIC_F1_MACRO] = "f1_macro",
                                        [AXF_METRIC_PRECISION_WEIGHTED] = "precision_weighted",
                                        [AXF_METRIC_PRECISION_MACRO] = "precision_macro",
                                        [AXF_METRIC_RECALL_WEIGHTED] = "recall_weighted",
                                        [AXF_METRIC_RECALL_MACRO] = "recall_macro",
                                        [AXF_METRIC_F1_MICRO] = "f1_micro",
                                        [AXF_METRIC_F1_SAMPLES] = "f1_samples",
                                        [AXF_METRIC_PRECISION_MICRO] = "precision_micro",
                                        [AXF_METRIC_PRECISION_SAMPLES] = "precision_samples",
                                        [AXF_METRIC_RECALL_MICRO] = "recall_micro",
                                        [AXF_METRIC_RECALL_SAMPLES] = "recall_samples",
                                        [AXF_METRICS] = NULL};

int axf_metric_count(int32_t multi_label)
{
    return multi_label ? AXF_METRICS : AXF_METRIC_F1_MICRO;
}

int axf_metric_find(const char *name)
{
    for (int i = 0; i < AXF_METRICS; i++) {
        if (strcmp(axf_metric_names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- counting ---- */

int64_t axf_tally_size(const axf_tally *tally)
{
    return (int64_t)tally->classes * (tally->multi_label ? 4 : tally->classes);
}

void axf_tally_init(axf_tally *tally, int32_t classes, int32_t multi_label)
{
    *tally = (axf_tally){.classes = classes, .multi_label = multi_label};
    tally->counts = axf_alloc_zero((size_t)axf_tally_size(tally), sizeof *tally->counts);
}

void axf_tally_clear(axf_tally *tally)
{
    int64_t *counts = tally->counts;
    memset(counts, 0, (size_t)axf_tally_size(tally) * sizeof *counts);
    *tally = (axf_tally){.classes = tally->classes, .multi_label = tally->multi_label, .counts = counts};
}

void axf_tally_free(axf_tally *tally)
{
    free(tally->counts);
    *tally = (axf_tally){0};
}

void axf_tally_class(axf_tally *tally, int32_t target, int32_t prediction)
{
    tally->posts++;
    tally->counts[(ptrdiff_t)target * tally->classes + prediction]++;
}

void axf_tally_labels(axf_tally *tally, const float *labels, const float *logits)
{
    int32_t had = 0, predicted = 0, both = 0;
    for (int32_t k = 0; k < tally->classes; k++) {
        const int has = labels[k] != 0, says = axf_label_predicted(logits[k]);
        tally->counts[4 * (ptrdiff_t)k + (has ? MISSED : NEITHER) + says]++;
        had += has;
        predicted += says;
        both += has && says;
    }
    tally->posts++;
    tally->exact += had == both && predicted == both;
    tally->sample_precision += axf_ratio(both, predicted);
    tally->sample_recall += axf_ratio(both, had);
    tally->sample_f1 += axf_ratio(2.0 * both, had + predicted);
}

/* ---- metrics ---- */

static axf_class_posts posts_of_class(const axf_tally *tally, int32_t k)
{
    const int64_t *counts = tally->counts;
    axf_class_posts h = {0};
    if (tally->multi_label) {
        const int64_t *own = counts + 4 * (ptrdiff_t)k;
        return (axf_class_posts){(double)own[BOTH], (double)(own[MISSED] + own[BOTH]),
                                 (double)(own[PREDICTED] + own[BOTH])};
    }
    for (int32_t j = 0; j < tally->classes; j++) {
        h.target += (double)counts[(ptrdiff_t)k * tally->classes + j];
        h.predicted += (double)counts[(ptrdiff_t)j * tally->classes + k];
    }
    h.right = (double)counts[(ptrdiff_t)k * tally->classes + k];
    return h;
}

static void average(axf_metrics *metrics, double support)
{
    for (int32_t k = 0; k < metrics->classes; k++) {
        const double part = axf_ratio((double)metrics->support[k], support);
        metrics->precision_weighted += part * metrics->precision[k];
        metrics->recall_weighted += part * metrics->recall[k];
        metrics->f1_weighted += part * metrics->f1[k];
        metrics->precision_macro += metrics->precision[k] / metrics->classes;
        metrics->recall_macro += metrics->recall[k] / metrics->classes;
        metrics->f1_macro += metrics->f1[k] / metrics->classes;
    }
}

void axf_metrics_compute(axf_metrics *metrics, const axf_tally *tally)
{
    const size_t k = (size_t)tally->classes, size = (size_t)axf_tally_size(tally);
    *metrics = (axf_metrics){.classes = tally->classes, .multi_label = tally->multi_label, .posts = tally->posts};
    metrics->precision = axf_alloc_zero(3 * k, sizeof(double));
    metrics->recall = metrics->precision + k;
    metrics->f1 = metrics->recall + k;
    metrics->support = axf_alloc_zero(k + size, sizeof(int64_t));
    metrics->counts = metrics->support + k;
    memcpy(metrics->counts, tally->counts, size * sizeof *metrics->counts);
    axf_class_posts all = {0};
    for (int32_t i = 0; i < tally->classes; i++) {
        const axf_class_posts h = posts_of_class(tally, i);
        metrics->support[i] = (int64_t)h.target;
        metrics->precision[i] = axf_ratio(h.right, h.predicted);
        metrics->recall[i] = axf_ratio(h.right, h.target);
        metrics->f1[i] = axf_class_f1(h);
        all = (axf_class_posts){all.right + h.right, all.target + h.target, all.predicted + h.predicted};
    }
    average(metrics, all.target);
    const double n = (double)tally->posts;
    metrics->accuracy = axf_ratio(tally->multi_label ? (double)tally->exact : all.right, n);
    if (tally->multi_label) {
        metrics->precision_micro = axf_ratio(all.right, all.predicted);
        metrics->recall_micro = axf_ratio(all.right, all.target);
        metrics->f1_micro = axf_class_f1(all);
        metrics->precision_samples = axf_ratio(tally->sample_precision, n);
        metrics->recall_samples = axf_ratio(tally->sample_recall, n);
        metrics->f1_samples = axf_ratio(tally->sample_f1, n);
    }
}

void axf_metrics_free(axf_metrics *metrics)
{
    free(metrics->precision);
    free(metrics->support);
    *metrics = (axf_metrics){0};
}

int axf_metrics_value(const axf_metrics *metrics, const char *name, double *value)
{
    const double values[AXF_METRICS] = {
        [AXF_METRIC_ACCURACY] = metrics->accuracy,
        [AXF_METRIC_F1_WEIGHTED] = metrics->f1_weighted,
        [AXF_METRIC_F1_MACRO] = metrics->f1_macro,
        [AXF_METRIC_PRECISION_WEIGHTED] = metrics->precision_weighted,
        [AXF_METRIC_PRECISION_MACRO] = metrics->precision_macro,
        [AXF_METRIC_RECALL_WEIGHTED] = metrics->recall_weighted,
        [AXF_METRIC_RECALL_MACRO] = metrics->recall_macro,
        [AXF_METRIC_F1_MICRO] = metrics->f1_micro,
        [AXF_METRIC_F1_SAMPLES] = metrics->f1_samples,
        [AXF_METRIC_PRECISION_MICRO] = metrics->precision_micro,
        [AXF_METRIC_PRECISION_SAMPLES] = metrics->precision_samples,
        [AXF_METRIC_RECALL_MICRO] = metrics->recall_micro,
        [AXF_METRIC_RECALL_SAMPLES] = metrics->recall_samples,
    };
    const int metric = axf_metric_find(name);
    if (metric < 0 || metric >= axf_metric_count(metrics->multi_label)) {
        return 0;
    }
    *value = values[metric];
    return 1;
}

int32_t axf_argmax(const float *logits, int32_t classes)
{
    int32_t best = 0;
    for (int32_t k = 1; k < classes; k++) {
        best = logits[k] > logits[best] ? k : best;
    }
    return best;
}

int axf_label_predicted(float logit)
{
    return 1.0f / (1.0f + expf(-logit)) > 0.5f;
}
