#include "apply/bench.h"

#include "core/clock.h"
#include "core/error.h"
#include "files/json.h"
#include "files/process.h"
#include "files/remove.h"
#include "train/loop.h"
#include "train/open.h"
#include "train/step.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The system counts from its own start, on a clock that also goes on while the machine sleeps: it is close enough to the
 * monotonic clock where the machine never slept. */
double axf_bench_process_start(void)
{
    uint64_t ticks;
    if (axf_process_start((uint64_t)getpid(), &ticks) != AXF_THERE) {
        axf_error_clear();
    }
    const double now = axf_clock(), started = (double)ticks / (double)sysconf(_SC_CLK_TCK);
    return started > 0 && started <= now && now - started < 60 ? started : now;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* VmHWM: the most memory the process ever had. */
static double peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static json_t *profile_json(const axf_workbench *bench, int32_t steps, double *flops)
{
    const axf_profile_entry *entries = NULL;
    int32_t count = 0;
    json_t *list = json_array();
    *flops = 0;
    if (bench->backend->profile != NULL &&
        bench->backend->profile(bench->backend_self, 0, &entries, &count) == AXF_OK) {
        for (int32_t i = 0; i < count; i++) {
            if (entries[i].calls > 0) {
                json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:I}", "part", entries[i].name, "seconds",
                                                      entries[i].seconds / steps, "flops", entries[i].flops / steps,
                                                      "calls", (json_int_t)(entries[i].calls / steps)));
                *flops += entries[i].flops / steps;
            }
        }
    }
    return list;
}

static void print_text(const json_t *root, FILE *out)
{
    const char *const keys[] = {"step_seconds_median", "examples_per_second", "startup_seconds", "peak_rss_bytes",
                                "gemm_peak_flops",     "flops_per_step",      "share_of_peak"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        fprintf(out, "%-22s %.6g\n", keys[i], json_number_value(json_object_get(root, keys[i])));
    }
    const json_t *profile = json_object_get(root, "profile");
    for (size_t i = 0; i < json_array_size(profile); i++) {
        const json_t *row = json_array_get(profile, i);
        fprintf(out, "  %-28s %10.6f s a step, %lld calls\n", json_string_value(json_object_get(row, "part")),
                json_number_value(json_object_get(row, "seconds")),
                (long long)json_integer_value(json_object_get(row, "calls")));
    }
}

/* The next step; the feed begins anew at the end of an epoch. Seconds of the step alone, and its posts. */
static axf_status one_step(axf_trainer *trainer, float *logits, double *seconds, int64_t *posts)
{
    axf_feed *feed = &trainer->bench.feed;
    if (trainer->at.position >= trainer->train_count || feed->order == NULL) {
        trainer->at.position = 0;
        axf_train_order(trainer);
        trainer->at.epoch++;
        AXF_TRY(axf_feed_start(feed, trainer->order, trainer->train_count, 0));
    }
    const int32_t before = trainer->at.position;
    const double begin = axf_clock();
    AXF_TRY(axf_train_step(trainer, logits));
    *seconds = axf_clock() - begin;
    *posts = trainer->at.position - before;
    return AXF_OK;
}

typedef struct timing {
    double median, examples_per_second, memory;
} timing;

/* Steps are timed without profiling, which costs a little itself. */
static axf_status time_steps(axf_trainer *trainer, const axf_bench_settings *settings, float *logits, timing *t)
{
    double *seconds = axf_alloc((size_t)settings->steps * sizeof *seconds), total = 0, unused;
    int64_t posts = 0, all = 0;
    axf_status status = AXF_OK;
    trainer->bench.feed.order = NULL; /* the planning pass used it */
    for (int32_t i = 0; i < settings->warm_up && status == AXF_OK; i++) {
        status = one_step(trainer, logits, &unused, &posts);
    }
    for (int32_t i = 0; i < settings->steps && status == AXF_OK; i++) {
        status = one_step(trainer, logits, &seconds[i], &posts);
        total += seconds[i];
        all += posts;
    }
    if (status == AXF_OK) {
        qsort(seconds, (size_t)settings->steps, sizeof *seconds, by_value);
        *t = (timing){seconds[settings->steps / 2], (double)all / total, peak_memory()};
    }
    free(seconds);
    return status;
}

static axf_status measure(axf_trainer *trainer, const axf_bench_settings *settings, double startup, int json, FILE *out)
{
    const axf_workbench *bench = &trainer->bench;
    const size_t room = (size_t)bench->experiment.train.batch * (size_t)bench->model.classes;
    float *logits = axf_alloc(room * sizeof *logits);
    timing t = {0};
    double peak = 0, flops = 0, unused;
    int64_t posts;
    axf_status status = time_steps(trainer, settings, logits, &t);
    json_t *profile = NULL;
    if (status == AXF_OK && bench->backend->profile != NULL) {
        const int32_t steps = settings->steps < 10 ? settings->steps : 10;
        const axf_profile_entry *entries;
        int32_t count;
        bench->backend->profile(bench->backend_self, 1, &entries, &count);
        for (int32_t i = 0; i < steps && status == AXF_OK; i++) {
            status = one_step(trainer, logits, &unused, &posts);
        }
        profile = profile_json(bench, steps, &flops);
    }
    free(logits);
    if (status == AXF_OK && bench->backend->peak != NULL) {
        status = bench->backend->peak(bench->backend_self, &peak);
    }
    if (status != AXF_OK) {
        json_decref(profile);
        return status;
    }
    json_t *root =
        json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:s, s:o}", "step_seconds_median", t.median,
                  "examples_per_second", t.examples_per_second, "peak_rss_bytes", t.memory, "startup_seconds", startup,
                  "gemm_peak_flops", peak, "flops_per_step", flops, "share_of_peak",
                  peak > 0 && t.median > 0 ? flops / t.median / peak : 0, "threads", (int)bench->threads, "backend",
                  bench->backend->name(bench->backend_self), "profile", profile != NULL ? profile : json_array());
    if (json) {
        status = axf_json_print(out, root, 9);
    } else {
        print_text(root, out);
    }
    json_decref(root);
    return status;
}

axf_status axf_bench(axf_registry *registry, const axf_node *spec, const axf_bench_settings *settings, int json,
                     FILE *out)
{
    char folder[] = "/tmp/auxfuse-bench-XXXXXX";
    axf_arena arena = {0};
    if (settings->steps < 1 || settings->steps > 1000000 || settings->warm_up < 0 || settings->warm_up > 1000) {
        return axf_fail(AXF_ERR_USAGE, "--steps 1 to 1000000, --warm-up 0 to 1000");
    }
    if (mkdtemp(folder) == NULL) {
        return axf_fail_errno("%s", folder);
    }
    axf_node *changed = axf_node_copy(&arena, spec);
    axf_node_set_text(&arena, changed, "output", axf_node_scalar(&arena, NULL, folder, true));
    axf_trainer trainer;
    axf_status status = axf_trainer_open(&trainer, registry, changed, 0, &(axf_trainer_settings){0});
    const double startup = axf_clock() - settings->started;
    if (status == AXF_OK) {
        status = measure(&trainer, settings, startup, json, out);
    }
    axf_trainer_close(&trainer);
    axf_remove_tree(folder);
    axf_arena_free(&arena);
    return status;
}
