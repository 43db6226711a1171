#include "metrics/metrics.h"

#include "core/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_METRICS = 7, ALL_METRICS = 13 };
enum { NEITHER = 0, PREDICTED = 1, MISSED = 2, BOTH = 3 }; /* of a label's counts */

const char *const axf_metric_names[] = {
    "accuracy",       "f1_weighted", "f1_macro",   "precision_weighted", "precision_macro",   "recall_weighted",
    "recall_macro",   "f1_micro",    "f1_samples", "precision_micro",    "precision_samples", "recall_micro",
    "recall_samples", NULL};

int axf_metric_count(int32_t multi_label)
{
    return multi_label ? ALL_METRICS : CLASS_METRICS;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
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
    tally->sample_precision += ratio(both, predicted);
    tally->sample_recall += ratio(both, had);
    tally->sample_f1 += ratio(2.0 * both, had + predicted);
}

/* ---- metrics ---- */

typedef struct hits {
    double right, target, predicted; /* posts of a class */
} hits;

static hits hits_of(const axf_tally *tally, int32_t k)
{
    const int64_t *counts = tally->counts;
    hits h = {0};
    if (tally->multi_label) {
        const int64_t *own = counts + 4 * (ptrdiff_t)k;
        return (hits){(double)own[BOTH], (double)(own[MISSED] + own[BOTH]), (double)(own[PREDICTED] + own[BOTH])};
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
        const double part = ratio((double)metrics->support[k], support);
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
    hits all = {0};
    for (int32_t i = 0; i < tally->classes; i++) {
        const hits h = hits_of(tally, i);
        metrics->support[i] = (int64_t)h.target;
        metrics->precision[i] = ratio(h.right, h.predicted);
        metrics->recall[i] = ratio(h.right, h.target);
        metrics->f1[i] = ratio(2 * h.right, h.target + h.predicted);
        all = (hits){all.right + h.right, all.target + h.target, all.predicted + h.predicted};
    }
    average(metrics, all.target);
    const double n = (double)tally->posts;
    metrics->accuracy = ratio(tally->multi_label ? (double)tally->exact : all.right, n);
    if (tally->multi_label) {
        metrics->precision_micro = ratio(all.right, all.predicted);
        metrics->recall_micro = ratio(all.right, all.target);
        metrics->f1_micro = ratio(2 * all.right, all.target + all.predicted);
        metrics->precision_samples = ratio(tally->sample_precision, n);
        metrics->recall_samples = ratio(tally->sample_recall, n);
        metrics->f1_samples = ratio(tally->sample_f1, n);
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
    const double values[ALL_METRICS] = {
        metrics->accuracy,        metrics->f1_weighted,     metrics->f1_macro,          metrics->precision_weighted,
        metrics->precision_macro, metrics->recall_weighted, metrics->recall_macro,      metrics->f1_micro,
        metrics->f1_samples,      metrics->precision_micro, metrics->precision_samples, metrics->recall_micro,
        metrics->recall_samples};
    for (int i = 0; i < axf_metric_count(metrics->multi_label); i++) {
        if (strcmp(axf_metric_names[i], name) == 0) {
            *value = values[i];
            return 1;
        }
    }
    return 0;
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
