#include "sweep/progress.h"

#include "core/error.h"
#include "core/log.h"
#include "sweep/run_state.h"

#include <stdio.h>

axf_schedule_counts axf_progress_count(const axf_worker *w)
{
    axf_schedule_counts counts = {0};
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        const int32_t state = w->jobs[i].state;
        counts.done += state == AXF_RUN_DONE;
        counts.failed += state == AXF_RUN_FAILED;
        counts.running += state == AXF_RUN_RUNNING;
        counts.waiting += state != AXF_RUN_DONE && state != AXF_RUN_FAILED && state != AXF_RUN_RUNNING;
    }
    return counts;
}

static void duration(double seconds, char out[32])
{
    const long s = (long)(seconds + 0.5);
    if (s >= 3600) {
        snprintf(out, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(out, 32, "%ld:%02ld", s / 60, s % 60);
    }
}

void axf_progress_say(const axf_worker *w, int32_t index, const char *what, const char *more)
{
    const axf_schedule_counts counts = axf_progress_count(w);
    const axf_plan_run *run = &w->plan->runs[index];
    const int32_t left = counts.running + counts.waiting;
    char eta[48] = "";
    if (w->timed > 0 && left > 0) {
        char text[32];
        duration(w->seconds / w->timed * left / w->settings->jobs, text);
        snprintf(eta, sizeof eta, ", ETA %s", text);
    }
    const char *title = w->plan->points[run->point].title;
    axf_log(AXF_LOG_LEVEL_INFO, "[%*d/%d] %-11s %s%ss%llu  %s%s(%d running, %d failed%s)",
            w->plan->run_count > 99 ? 3 : 2, counts.done + counts.failed, w->plan->run_count, what, title,
            title[0] != '\0' ? " " : "", (unsigned long long)run->seed, more, more[0] != '\0' ? "  " : "",
            counts.running, counts.failed, eta);
}

void axf_progress_say_done(const axf_worker *w, int32_t index, double seconds)
{
    char time_text[32], text[128];
    const char *const splits[] = {"test", "val"};
    duration(seconds, time_text);
    snprintf(text, sizeof text, "in %s", time_text);
    for (int i = 0; i < 2; i++) {
        axf_run_metric_values f1;
        if (axf_run_metric(w->plan->runs[index].folder, splits[i], "f1_weighted", &f1) != AXF_OK) {
            axf_log(AXF_LOG_LEVEL_WARNING, "%s", axf_error_message());
        } else if (f1.found) {
            snprintf(text, sizeof text, "in %s  %s f1_weighted %.1f", time_text, splits[i], 100 * f1.last);
            break;
        }
    }
    axf_progress_say(w, index, "done", text);
}
