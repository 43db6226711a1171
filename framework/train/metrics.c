#include "train/metrics.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

const char *const axf_metric_names[] = {"accuracy",        "f1_weighted",     "f1_macro",     "precision_weighted",
                                        "precision_macro", "recall_weighted", "recall_macro", NULL};

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

void axf_metrics_compute(axf_metrics *metrics, int32_t classes, const int64_t *confusion)
{
    const size_t k = (size_t)classes;
    *metrics = (axf_metrics){.classes = classes};
    metrics->precision = axf_alloc_zero(3 * k, sizeof(double));
    metrics->recall = metrics->precision + k;
    metrics->f1 = metrics->recall + k;
    metrics->support = axf_alloc_zero(k + k * k, sizeof(int64_t));
    metrics->confusion = metrics->support + k;
    memcpy(metrics->confusion, confusion, k * k * sizeof *confusion);
    double right = 0;
    for (size_t i = 0; i < k; i++) {
        double predicted = 0;
        for (size_t j = 0; j < k; j++) {
            metrics->support[i] += confusion[i * k + j];
            predicted += (double)confusion[j * k + i];
        }
        const double hits = (double)confusion[i * k + i], support = (double)metrics->support[i];
        metrics->precision[i] = ratio(hits, predicted);
        metrics->recall[i] = ratio(hits, support);
        metrics->f1[i] = ratio(2 * hits, support + predicted);
        right += hits;
        metrics->posts += metrics->support[i];
    }
    const double n = (double)metrics->posts;
    for (size_t i = 0; i < k; i++) {
        const double part = ratio((double)metrics->support[i], n);
        metrics->precision_weighted += part * metrics->precision[i];
        metrics->recall_weighted += part * metrics->recall[i];
        metrics->f1_weighted += part * metrics->f1[i];
        metrics->precision_macro += metrics->precision[i] / classes;
        metrics->recall_macro += metrics->recall[i] / classes;
        metrics->f1_macro += metrics->f1[i] / classes;
    }
    metrics->accuracy = ratio(right, n);
}

void axf_metrics_free(axf_metrics *metrics)
{
    free(metrics->precision);
    free(metrics->support);
    *metrics = (axf_metrics){0};
}

int axf_metrics_value(const axf_metrics *metrics, const char *name, double *value)
{
    const double values[] = {metrics->accuracy,           metrics->f1_weighted,     metrics->f1_macro,
                             metrics->precision_weighted, metrics->precision_macro, metrics->recall_weighted,
                             metrics->recall_macro};
    for (int i = 0; axf_metric_names[i] != NULL; i++) {
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
