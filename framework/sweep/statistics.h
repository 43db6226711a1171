/* Finds out whether systems differ, by a paired bootstrap over posts and seeds (Efron and Tibshirani 1993; paired as
 * Koehn, "Statistical significance tests for machine translation evaluation", EMNLP 2004).
 *
 * There are two different variances. `sd` is that over seeds (trainings) on the posts as they are. The intervals and p
 * come from resamples of posts and seeds together: each resample draws the posts once for all systems, and then the
 * seeds of each system (the same draw for systems with the same number of seeds), so that systems are compared on the
 * same posts. */
#ifndef AXF_SWEEP_STATISTICS_H
#define AXF_SWEEP_STATISTICS_H

#include "auxfuse/status.h"

#include <stdint.h>

enum { AXF_BOOTSTRAP_MAX_CLASSES = 256, AXF_BOOTSTRAP_MAX_SYSTEMS = 4096 };

/* The metrics that can be resampled, -1 at the end. */
extern const int32_t axf_bootstrap_metrics[];

typedef struct axf_bootstrap_settings {
    int32_t metric;      /* AXF_METRIC_…, one of axf_bootstrap_metrics */
    int32_t resamples;   /* 1 … 10,000,000 */
    uint64_t seed;       /* equal seeds: equal resamples */
    int32_t multi_label; /* 1: targets and predictions are [posts][classes] of 0 and 1 */
} axf_bootstrap_settings;

typedef struct axf_system {
    int32_t seeds;
    const int32_t *const *predictions; /* [seeds][posts], classes; several labels: [seeds][posts · classes] */
} axf_system;

typedef struct axf_system_result {
    double mean, sd;                                    /* over seeds; sd with n - 1, NaN for one seed */
    double low, high;                                   /* 95 % interval of the mean: 2.5 and 97.5 % of the resamples */
    double difference, difference_low, difference_high; /* from the first system */
    double p; /* two-sided, (count + 1) / (resamples + 1); count: resamples whose difference is at least as far from
               * their mean as the observed difference is from 0. 1 for the first system. */
} axf_system_result;

/* targets: [posts], or [posts][classes]. Errors (AXF_ERR_DATA): a target or prediction outside 0 … classes - 1 (0 and
 * 1), no post, no seed. */
axf_status axf_bootstrap(const axf_bootstrap_settings *settings, int32_t classes, int32_t posts, const int32_t *targets,
                         int32_t count, const axf_system *systems, axf_system_result *results);

/* The metric of one run on the posts as they are: 0/0 = 0, macro over all classes; targets and predictions as above and
 * valid. */
double axf_metric_of_run(const axf_bootstrap_settings *settings, int32_t classes, int32_t posts, const int32_t *targets,
                         const int32_t *predictions);

/* The mean, and the standard deviation with n - 1 (NaN when n < 2). */
void axf_mean_sd(const double *values, int32_t count, double *mean, double *sd);

/* The quantile q of sorted values[count], with linear interpolation (type 7 of Hyndman and Fan, as numpy does). */
double axf_quantile(const double *sorted, int32_t count, double q);

#endif
