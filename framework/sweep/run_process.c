#include "sweep/run_process.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "sweep/child.h"
#include "sweep/progress.h"
#include "sweep/run_state.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INTERRUPTIONS = 3 };

static char *log_path(const axf_worker *w, int32_t index)
{
    axf_strbuf path = {0};
    axf_strbuf_printf(&path, "%s/logs/%s.log", w->plan->folder, w->plan->runs[index].key);
    return axf_strbuf_take(&path);
}

axf_status axf_run_process_start(axf_worker *w, int32_t index)
{
    const axf_plan_run *run = &w->plan->runs[index];
    const axf_plan_point *point = &w->plan->points[run->point];
    axf_arena arena = {0};
    size_t plugins = 0, n = 0;
    while (w->settings->plugins != NULL && w->settings->plugins[plugins] != NULL) {
        plugins++;
    }
    const char **argv = axf_arena_alloc(&arena, (24 + 2 * plugins) * sizeof *argv);
    argv[n++] = "auxfuse";
    argv[n++] = "sweep";
    argv[n++] = "--child-of";
    argv[n++] = axf_arena_printf(&arena, "%lld", (long long)getpid());
    argv[n++] = w->settings->program;
    argv[n++] = "run";
    argv[n++] = point->file;
    argv[n++] = "-s";
    argv[n++] = axf_arena_printf(&arena, "seeds=[%llu]", (unsigned long long)run->seed);
    argv[n++] = "--threads";
    argv[n++] = axf_arena_printf(&arena, "%d", point->threads > 0 ? point->threads : w->threads);
    argv[n++] = "--quiet";
    if (point->axis_values[0] != '\0') {
        argv[n++] = "--axis-values";
        argv[n++] = point->axis_values;
    }
    for (size_t i = 0; i < plugins; i++) {
        argv[n++] = "--plugin";
        argv[n++] = w->settings->plugins[i];
    }
    argv[n] = NULL;
    char *log = log_path(w, index);
    axf_job *j = &w->jobs[index];
    const axf_status status =
        axf_child_start("/proc/self/exe", (char *const *)(uintptr_t)argv, log, &w->old_mask, &j->pid);
    free(log);
    axf_arena_free(&arena);
    if (status == AXF_OK) {
        j->state = AXF_RUN_RUNNING;
        j->started = axf_clock();
        w->active++;
        axf_progress_say(w, index, "running", "");
    }
    return status;
}

int32_t axf_run_process_judge(const axf_worker *w, int32_t index, int wait_status, char **message)
{
    const axf_job *j = &w->jobs[index];
    const axf_plan_run *run = &w->plan->runs[index];
    char *log = log_path(w, index);
    int32_t state = AXF_RUN_FAILED, found;
    *message = NULL;
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) {
        if (axf_run_folder_state(run->folder, &found) != AXF_OK) {
            *message = axf_copy(axf_error_message());
        } else if (found == AXF_RUN_DONE) {
            state = AXF_RUN_DONE;
        } else {
            axf_strbuf text = {0};
            axf_strbuf_printf(
                &text,
                "it ended without an error, but there is no finished run in %s: were data, weights or plugins changed "
                "since the sweep began? Start it again",
                run->folder);
            *message = axf_strbuf_take(&text);
        }
    } else if (w->signals > 0 ||
               (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 130 && j->interruptions + 1 < INTERRUPTIONS)) {
        state = AXF_RUN_INTERRUPTED;
    } else {
        *message = axf_child_message(wait_status, log);
    }
    free(log);
    return state;
}
