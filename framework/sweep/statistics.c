#include "sweep/statistics.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/philox.h"
#include "metrics/class_posts.h"
#include "metrics/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_POSTS = 0, STREAM_SEEDS = 1 };

const int32_t axf_bootstrap_metrics[] = {AXF_METRIC_F1_WEIGHTED, AXF_METRIC_ACCURACY,   AXF_METRIC_F1_MACRO,
                                         AXF_METRIC_F1_MICRO,    AXF_METRIC_F1_SAMPLES, -1};

typedef struct work {
    int32_t metric, multi_label, classes, posts, runs;
    uint32_t *post_times, *counts;
    uint16_t *cells;    /* [runs][posts]: target · classes + prediction; several labels: [runs][posts][classes] */
    double *post_value; /* [runs][posts]: of metrics that are means over posts; NULL: others */
    double *value;      /* [runs]: of the current resample, or of the posts as they are */
} work;

static axf_class_posts posts_of_class(int32_t classes, const uint32_t *counts, int32_t k)
{
    uint64_t target = 0, predicted = 0;
    for (int32_t j = 0; j < classes; j++) {
        target += counts[k * classes + j];
        predicted += counts[j * classes + k];
    }
    return (axf_class_posts){counts[k * classes + k], (double)target, (double)predicted};
}

static axf_class_posts posts_of_label(const uint32_t *counts, int32_t k)
{
    const double right = counts[4 * k + 3];
    return (axf_class_posts){right, right + counts[4 * k + 2], right + counts[4 * k + 1]};
}

/* The metric of counts [target][prediction], or of [label][2 · target + prediction]. The sums are divided at the end,
 * once a resample; axf_metrics_compute divides for each class, so that the last bit may differ. */
static double metric_of(const work *w)
{
    axf_class_posts all = {0};
    double weighted = 0, macro = 0;
    for (int32_t k = 0; k < w->classes; k++) {
        const axf_class_posts own =
            w->multi_label ? posts_of_label(w->counts, k) : posts_of_class(w->classes, w->counts, k);
        const double f1 = axf_class_f1(own);
        weighted += own.target * f1;
        macro += f1;
        all = (axf_class_posts){all.right + own.right, all.target + own.target, all.predicted + own.predicted};
    }
    switch (w->metric) {
    case AXF_METRIC_F1_MACRO:
        return macro / w->classes;
    case AXF_METRIC_F1_MICRO:
        return axf_class_f1(all);
    case AXF_METRIC_ACCURACY:
        return axf_ratio(all.right, all.target);
    default:
        return axf_ratio(weighted, all.target);
    }
}

void axf_mean_sd(const double *values, int32_t count, double *mean, double *sd)
{
    double sum = 0, squares = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += values[i];
    }
    *mean = count > 0 ? sum / count : NAN;
    for (int32_t i = 0; i < count; i++) {
        squares += (values[i] - *mean) * (values[i] - *mean);
    }
    *sd = count > 1 ? sqrt(squares / (count - 1)) : NAN;
}

double axf_quantile(const double *sorted, int32_t count, double q)
{
    const double at = q * (count - 1);
    const int32_t below = (int32_t)at;
    const int32_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sets times[i] to how often item i of n was drawn in n draws with replacement. */
static void draw(uint64_t seed, uint32_t resample, uint32_t stream, int32_t n, uint32_t *times)
{
    const axf_random_key key = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t size = stream == STREAM_SEEDS ? (uint32_t)n : 0;
    memset(times, 0, (size_t)n * sizeof *times);
    for (int32_t i = 0; i < n; i += 2) {
        uint32_t bits[4];
        axf_philox(bits, key, resample, (uint32_t)(i / 2), stream, size);
        times[axf_random_below(bits[0], bits[1], (uint32_t)n)]++;
        if (i + 1 < n) {
            times[axf_random_below(bits[2], bits[3], (uint32_t)n)]++;
        }
    }
}

/* Whether the metric of several labels has a value for each post: all labels right, or the F1 of the post. */
static int by_posts(const work *w)
{
    return w->multi_label && (w->metric == AXF_METRIC_ACCURACY || w->metric == AXF_METRIC_F1_SAMPLES);
}

static double value_of_post(int32_t metric, int32_t labels, const uint16_t *cells)
{
    int32_t counts[4] = {0};
    for (int32_t k = 0; k < labels; k++) {
        counts[cells[k]]++;
    }
    if (metric == AXF_METRIC_ACCURACY) {
        return counts[1] + counts[2] == 0;
    }
    return axf_ratio(2.0 * counts[3], 2 * counts[3] + counts[1] + counts[2]);
}

static axf_status fill_run(work *w, int32_t run, const int32_t *targets, const int32_t *predictions)
{
    const int32_t width = w->multi_label ? w->classes : 1, values = w->multi_label ? 2 : w->classes;
    uint16_t *cells = w->cells + (size_t)run * (size_t)w->posts * (size_t)width;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)w->posts * width; i++) {
        if (targets[i] < 0 || targets[i] >= values || predictions[i] < 0 || predictions[i] >= values) {
            return axf_fail(AXF_ERR_DATA, "post %lld: target %d and prediction %d must be 0 to %d",
                            (long long)(i / width), targets[i], predictions[i], values - 1);
        }
        cells[i] = (uint16_t)(targets[i] * values + predictions[i]);
    }
    for (int32_t i = 0; w->post_value != NULL && i < w->posts; i++) {
        w->post_value[(size_t)run * (size_t)w->posts + (size_t)i] =
            value_of_post(w->metric, w->classes, cells + (ptrdiff_t)i * width);
    }
    return AXF_OK;
}

static axf_status fill_cells(work *w, const int32_t *targets, int32_t count, const axf_system *systems)
{
    int32_t run = 0;
    for (int32_t s = 0; s < count; s++) {
        for (int32_t k = 0; k < systems[s].seeds; k++, run++) {
            AXF_TRY(fill_run(w, run, targets, systems[s].predictions[k]));
        }
    }
    return AXF_OK;
}

static double mean_over_posts(const work *w, int32_t run)
{
    const double *value = w->post_value + (size_t)run * (size_t)w->posts;
    double sum = 0, times = 0;
    for (int32_t i = 0; i < w->posts; i++) {
        sum += w->post_times[i] * value[i];
        times += w->post_times[i];
    }
    return sum / times;
}

static double count_labels(work *w, int32_t run)
{
    const uint16_t *cells = w->cells + (size_t)run * (size_t)w->posts * (size_t)w->classes;
    memset(w->counts, 0, 4 * (size_t)w->classes * sizeof *w->counts);
    for (int32_t i = 0; i < w->posts; i++) {
        for (int32_t k = 0; k < w->classes; k++) {
            w->counts[4 * k + cells[(size_t)i * (size_t)w->classes + (size_t)k]] += w->post_times[i];
        }
    }
    return metric_of(w);
}

static double count_classes(work *w, int32_t run)
{
    const uint16_t *cells = w->cells + (size_t)run * (size_t)w->posts;
    memset(w->counts, 0, (size_t)w->classes * (size_t)w->classes * sizeof *w->counts);
    for (int32_t i = 0; i < w->posts; i++) {
        w->counts[cells[i]] += w->post_times[i];
    }
    return metric_of(w);
}

static void evaluate_runs(work *w)
{
    for (int32_t run = 0; run < w->runs; run++) {
        w->value[run] = by_posts(w)      ? mean_over_posts(w, run)
                        : w->multi_label ? count_labels(w, run)
                                         : count_classes(w, run);
    }
}

static void open_work(work *w)
{
    const size_t posts = (size_t)w->posts, classes = (size_t)w->classes, runs = (size_t)w->runs;
    w->post_times = axf_alloc(posts * sizeof *w->post_times);
    w->counts = axf_alloc((classes > 4 ? classes : 4) * classes * sizeof *w->counts);
    w->cells = axf_alloc(runs * posts * (w->multi_label ? classes : 1) * sizeof *w->cells);
    w->post_value = by_posts(w) ? axf_alloc(runs * posts * sizeof *w->post_value) : NULL;
    w->value = axf_alloc(runs * sizeof *w->value);
    for (size_t i = 0; i < posts; i++) {
        w->post_times[i] = 1;
    }
}

static void close_work(work *w)
{
    free(w->post_times);
    free(w->counts);
    free(w->cells);
    free(w->post_value);
    free(w->value);
}

double axf_metric_of_run(const axf_bootstrap_settings *settings, int32_t classes, int32_t posts, const int32_t *targets,
                         const int32_t *predictions)
{
    work w = {.metric = settings->metric,
              .multi_label = settings->multi_label,
              .classes = classes,
              .posts = posts,
              .runs = 1};
    open_work(&w);
    double value = NAN;
    if (fill_run(&w, 0, targets, predictions) == AXF_OK) {
        evaluate_runs(&w);
        value = w.value[0];
    }
    close_work(&w);
    return value;
}

/* scores[count][resamples] */
static void resample_all(const axf_bootstrap_settings *settings, work *w, int32_t count, const axf_system *systems,
                         double *scores)
{
    uint32_t *seed_times = axf_alloc((size_t)w->runs * sizeof *seed_times);
    for (int32_t r = 0; r < settings->resamples; r++) {
        draw(settings->seed, (uint32_t)r, STREAM_POSTS, w->posts, w->post_times);
        evaluate_runs(w);
        const double *value = w->value;
        for (int32_t s = 0; s < count; s++) {
            const int32_t n = systems[s].seeds;
            draw(settings->seed, (uint32_t)r, STREAM_SEEDS, n, seed_times);
            double sum = 0;
            for (int32_t k = 0; k < n; k++) {
                sum += seed_times[k] * value[k];
            }
            scores[(size_t)s * (size_t)settings->resamples + (size_t)r] = sum / n;
            value += n;
        }
    }
    free(seed_times);
}

static void summarise(int32_t resamples, const double *first, double *scores, double *differences,
                      axf_system_result *result)
{
    const double slack = 1e-12; /* equal differences may differ in the last bit */
    double mean, sd;
    for (int32_t r = 0; r < resamples; r++) {
        differences[r] = scores[r] - first[r];
    }
    axf_mean_sd(differences, resamples, &mean, &sd);
    int64_t far = 0;
    for (int32_t r = 0; r < resamples; r++) {
        far += fabs(differences[r] - mean) >= fabs(result->difference) - slack;
    }
    result->p = ((double)far + 1) / ((double)resamples + 1);
    qsort(differences, (size_t)resamples, sizeof *differences, ascending);
    result->difference_low = axf_quantile(differences, resamples, 0.025);
    result->difference_high = axf_quantile(differences, resamples, 0.975);
    memcpy(differences, scores, (size_t)resamples * sizeof *scores);
    qsort(differences, (size_t)resamples, sizeof *differences, ascending);
    result->low = axf_quantile(differences, resamples, 0.025);
    result->high = axf_quantile(differences, resamples, 0.975);
}

static axf_status check(const axf_bootstrap_settings *settings, int32_t classes, int32_t posts, int32_t count,
                        const axf_system *systems, int32_t *runs)
{
    if (classes < 1 || classes > AXF_BOOTSTRAP_MAX_CLASSES || posts < 1 || count < 1 ||
        count > AXF_BOOTSTRAP_MAX_SYSTEMS || settings->resamples < 1 || settings->resamples > 10000000) {
        return axf_fail(AXF_ERR_DATA,
                        "bootstrap: these numbers are not allowed: %d classes (1 to %d), %d posts, %d systems (1 to "
                        "%d), %d resamples",
                        classes, AXF_BOOTSTRAP_MAX_CLASSES, posts, count, AXF_BOOTSTRAP_MAX_SYSTEMS,
                        settings->resamples);
    }
    int64_t sum = 0;
    for (int32_t s = 0; s < count; s++) {
        if (systems[s].seeds < 1) {
            return axf_fail(AXF_ERR_DATA, "bootstrap: system %d has no runs", s);
        }
        sum += systems[s].seeds;
    }
    if (sum * posts > (INT64_C(1) << 31) / (settings->multi_label ? classes : 1)) {
        return axf_fail(AXF_ERR_DATA, "bootstrap: %lld runs of %d posts are too many", (long long)sum, posts);
    }
    if (!settings->multi_label && settings->metric >= axf_metric_count(0)) {
        return axf_fail(AXF_ERR_DATA,
                        "bootstrap: this metric is for posts with several labels, and these posts have one class");
    }
    *runs = (int32_t)sum;
    return AXF_OK;
}

axf_status axf_bootstrap(const axf_bootstrap_settings *settings, int32_t classes, int32_t posts, const int32_t *targets,
                         int32_t count, const axf_system *systems, axf_system_result *results)
{
    work w = {.metric = settings->metric, .multi_label = settings->multi_label, .classes = classes, .posts = posts};
    AXF_TRY(check(settings, classes, posts, count, systems, &w.runs));
    open_work(&w);
    const size_t resamples = (size_t)settings->resamples;
    double *scores = axf_alloc(((size_t)count + 1) * resamples * sizeof *scores);
    const axf_status status = fill_cells(&w, targets, count, systems);
    if (status == AXF_OK) {
        evaluate_runs(&w);
        const double *value = w.value;
        for (int32_t s = 0; s < count; s++) {
            axf_mean_sd(value, systems[s].seeds, &results[s].mean, &results[s].sd);
            results[s].difference = results[s].mean - results[0].mean;
            value += systems[s].seeds;
        }
        resample_all(settings, &w, count, systems, scores);
        for (int32_t s = 0; s < count; s++) {
            summarise(settings->resamples, scores, scores + (size_t)s * resamples, scores + (size_t)count * resamples,
                      &results[s]);
        }
    }
    close_work(&w);
    free(scores);
    return status;
}
