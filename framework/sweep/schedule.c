#include "sweep/schedule.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "files/durable.h"
#include "files/lock.h"
#include "files/path.h"
#include "sweep/child.h"
#include "sweep/claim.h"
#include "sweep/run_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { INTERRUPTIONS = 3, LOOK_AGAIN_SECONDS = 2 };

typedef struct job { /* a run's progress as this worker sees it */
    int32_t state;   /* AXF_RUN_…; RUNNING: here or elsewhere */
    pid_t pid;       /* 0: not ours */
    uint64_t epoch;
    uint64_t forgiven; /* --retry: failures up to this epoch do not count */
    int32_t interruptions;
    double started, looked; /* clock; looked: when another was last found to hold it */
    int lost;
} job;

typedef struct worker {
    const axf_plan *plan;
    const axf_schedule_settings *settings;
    axf_claims *claims;
    axf_journal *journal;
    axf_journal_view view;
    job *jobs;
    int32_t threads, active;
    int signals; /* SIGINT and SIGTERM received */
    sigset_t old_mask, mask;
    double seconds; /* of runs that are done, and how many */
    int32_t timed;
    int said_waiting;
} worker;

axf_status axf_planned_state(const axf_plan_run *run, const axf_journal_view *view, int32_t *state,
                             const char **message)
{
    AXF_TRY(axf_run_folder_state(run->folder, state));
    const axf_journal_entry *entry = axf_journal_find(view, run->key);
    const int failed =
        *state != AXF_RUN_DONE && *state != AXF_RUN_RUNNING && entry != NULL && entry->state == AXF_RUN_FAILED;
    *state = failed ? AXF_RUN_FAILED : *state;
    if (message != NULL) {
        *message = failed ? entry->message : "";
    }
    return AXF_OK;
}

static axf_schedule_counts count_jobs(const worker *w)
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

/* ---- what the user sees ---- */

static void duration(double seconds, char out[32])
{
    const long s = (long)(seconds + 0.5);
    if (s >= 3600) {
        snprintf(out, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(out, 32, "%ld:%02ld", s / 60, s % 60);
    }
}

static void say(const worker *w, int32_t index, const char *what, const char *more)
{
    const axf_schedule_counts counts = count_jobs(w);
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

static void say_done(const worker *w, int32_t index, double seconds)
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
    say(w, index, "done", text);
}

/* ---- starting ---- */

static char *log_path(const worker *w, int32_t index)
{
    axf_strbuf path = {0};
    axf_strbuf_printf(&path, "%s/logs/%s.log", w->plan->folder, w->plan->runs[index].key);
    return axf_strbuf_take(&path);
}

static axf_status start_process(worker *w, int32_t index)
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
    job *j = &w->jobs[index];
    const axf_status status =
        axf_child_start("/proc/self/exe", (char *const *)(uintptr_t)argv, log, &w->old_mask, &j->pid);
    free(log);
    axf_arena_free(&arena);
    if (status == AXF_OK) {
        j->state = AXF_RUN_RUNNING;
        j->started = axf_clock();
        w->active++;
        say(w, index, "running", "");
    }
    return status;
}

/* What is known of a run before it is claimed, and once more after: it may have ended in between. *over: it is done or
 * failed, and nothing is left to do. */
static axf_status settle(worker *w, int32_t index, uint64_t *least_epoch, bool *over)
{
    const axf_plan_run *run = &w->plan->runs[index];
    const axf_journal_entry *entry = axf_journal_find(&w->view, run->key);
    job *j = &w->jobs[index];
    int32_t state;
    *least_epoch = entry != NULL ? entry->epoch + 1 : 1;
    *over = false;
    AXF_TRY(axf_run_folder_state(run->folder, &state));
    if (state == AXF_RUN_DONE) {
        j->state = AXF_RUN_DONE;
        *over = true;
    } else if (entry != NULL && entry->state == AXF_RUN_FAILED && entry->epoch > j->forgiven) {
        j->state = AXF_RUN_FAILED;
        *over = true;
    }
    return AXF_OK;
}

static axf_status reread(worker *w)
{
    axf_journal_view_free(&w->view);
    return axf_journal_read(w->plan->folder, &w->view);
}

static void leave_for_now(worker *w, int32_t index)
{
    w->jobs[index].state = AXF_RUN_RUNNING;
    w->jobs[index].looked = axf_clock();
}

static axf_status try_run(worker *w, int32_t index)
{
    const axf_plan_run *run = &w->plan->runs[index];
    job *j = &w->jobs[index];
    uint64_t least, epoch;
    axf_claimant holder;
    bool over = false, locked = false;
    AXF_TRY(settle(w, index, &least, &over));
    if (over) {
        return AXF_OK;
    }
    AXF_TRY(axf_claim_take(w->claims, run->key, least, &epoch, &holder));
    if (epoch == 0) {
        leave_for_now(w, index);
        return AXF_OK;
    }
    axf_status status = reread(w);
    status = status == AXF_OK ? settle(w, index, &least, &over) : status;
    status = status == AXF_OK ? axf_folder_is_locked(run->folder, &locked) : status;
    /* A claim below what the journal knows of came through a gap in a take-over; a locked folder belongs to a process
     * that outlived its sweep, or that was started by hand. */
    if (status != AXF_OK || over || least > epoch || locked) {
        axf_claim_release(w->claims, run->key);
        if (status == AXF_OK && !over) {
            leave_for_now(w, index);
        }
        return status;
    }
    j->epoch = epoch;
    j->lost = 0;
    status = axf_journal_add(w->journal, run->key, AXF_RUN_RUNNING, epoch, 0, "");
    if (status == AXF_OK) {
        status = start_process(w, index);
    }
    if (status != AXF_OK) {
        axf_claim_release(w->claims, run->key);
    }
    return status;
}

static axf_status start_more(worker *w)
{
    int read = 0;
    for (int32_t i = 0; i < w->plan->run_count && w->active < w->settings->jobs; i++) {
        const job *j = &w->jobs[i];
        const int elsewhere = j->state == AXF_RUN_RUNNING && j->pid == 0;
        if (j->state == AXF_RUN_DONE || j->state == AXF_RUN_FAILED || j->pid != 0 ||
            (elsewhere && axf_clock() - j->looked < LOOK_AGAIN_SECONDS)) {
            continue;
        }
        if (!read) {
            AXF_TRY(reread(w));
            read = 1;
        }
        AXF_TRY(try_run(w, i));
    }
    return AXF_OK;
}

/* ---- ending ---- */

/* The state that a process's end means; *message why it failed. */
static int32_t judge(const worker *w, int32_t index, int wait_status, char **message)
{
    const job *j = &w->jobs[index];
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
            axf_strbuf_printf(&text,
                              "it ended well, but %s holds no finished run: were data, weights or plugins changed "
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

static axf_status end_process(worker *w, int32_t index, int wait_status)
{
    job *j = &w->jobs[index];
    const axf_plan_run *run = &w->plan->runs[index];
    const double seconds = axf_clock() - j->started;
    char *message;
    j->pid = 0;
    w->active--;
    if (j->lost || !axf_claim_check(w->claims, run->key)) { /* another has taken over: what we know counts no more */
        axf_claim_release(w->claims, run->key);
        leave_for_now(w, index);
        return AXF_OK;
    }
    j->state = judge(w, index, wait_status, &message);
    const axf_status status =
        axf_journal_add(w->journal, run->key, j->state, j->epoch, seconds, message != NULL ? message : "");
    axf_claim_release(w->claims, run->key);
    if (j->state == AXF_RUN_DONE) {
        w->seconds += seconds;
        w->timed++;
        say_done(w, index, seconds);
    } else {
        j->interruptions++;
        say(w, index, axf_run_state_name(j->state), message != NULL ? message : "");
    }
    free(message);
    return status;
}

static axf_status reap(worker *w)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        job *j = &w->jobs[i];
        int wait_status;
        if (j->pid == 0) {
            continue;
        }
        if (!j->lost && !axf_claim_held(w->claims, w->plan->runs[i].key)) {
            axf_log(AXF_LOG_LEVEL_WARNING, "%s was taken over by another worker: stopped here", w->plan->runs[i].key);
            j->lost = 1;
            kill(j->pid, SIGKILL); /* it may not write any more; run folders stand that */
        }
        if (waitpid(j->pid, &wait_status, WNOHANG) == j->pid) {
            const axf_status ended = end_process(w, i, wait_status);
            status = status == AXF_OK ? ended : status;
        }
    }
    return status;
}

static void pass_signal(worker *w)
{
    w->signals++;
    axf_log(AXF_LOG_LEVEL_INFO,
            w->signals == 1 ? "stopping: %d runs save a checkpoint (once more: stop them at once)"
                            : "stopping %d runs at once",
            w->active);
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        if (w->jobs[i].pid != 0) {
            kill(w->jobs[i].pid, w->signals == 1 ? SIGTERM : SIGKILL);
        }
    }
}

static void wait_for_news(worker *w)
{
    const struct timespec limit = {0, 500000000};
    const int number = sigtimedwait(&w->mask, NULL, &limit);
    if (number == SIGINT || number == SIGTERM) {
        pass_signal(w);
    }
}

/* ---- the whole ---- */

static axf_status first_look(worker *w)
{
    int32_t done = 0;
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        const axf_journal_entry *entry = axf_journal_find(&w->view, w->plan->runs[i].key);
        const int failed = entry != NULL && entry->state == AXF_RUN_FAILED;
        uint64_t least;
        bool over;
        if (failed && w->settings->retry) {
            w->jobs[i].forgiven = entry->epoch;
        }
        AXF_TRY(settle(w, i, &least, &over));
        done += over && w->jobs[i].state == AXF_RUN_DONE;
        if (w->jobs[i].state == AXF_RUN_FAILED && entry != NULL) {
            axf_log(AXF_LOG_LEVEL_WARNING, "%s had failed and is skipped (--retry runs it again): %s",
                    w->plan->runs[i].key, entry->message);
        }
    }
    axf_log(AXF_LOG_LEVEL_INFO, "sweep: %d runs, %d done already; %d at a time, %d threads each; folder %s",
            w->plan->run_count, done, w->settings->jobs, w->threads, w->plan->folder);
    return AXF_OK;
}

static axf_status work(worker *w)
{
    axf_status status = AXF_OK;
    for (;;) {
        if (status == AXF_OK && w->signals == 0) {
            status = start_more(w);
            if (status != AXF_OK && w->active > 0) {
                pass_signal(w);
            }
        }
        const axf_schedule_counts counts = count_jobs(w);
        if (w->active == 0 && (status != AXF_OK || w->signals > 0 || counts.running + counts.waiting == 0)) {
            break;
        }
        if (w->active == 0 && counts.waiting == 0 && !w->said_waiting) {
            axf_log(AXF_LOG_LEVEL_INFO, "%d runs are held by other processes: waiting for them", counts.running);
            w->said_waiting = 1;
        }
        wait_for_news(w);
        const axf_status reaped = reap(w);
        status = status == AXF_OK ? reaped : status;
    }
    return status;
}

static axf_status open_worker(worker *w)
{
    const char *folder = w->plan->folder;
    const axf_claim_settings lease = {0};
    char *claims = axf_path_join(folder, "claims"), *logs = axf_path_join(folder, "logs");
    axf_status status = axf_folder_make(logs);
    if (status == AXF_OK) {
        status = axf_claims_open(claims, &lease, &w->claims);
    }
    free(claims);
    free(logs);
    AXF_TRY(status);
    AXF_TRY(axf_sweep_threads(folder, axf_claims_worker(w->claims), w->settings->threads, &w->threads));
    AXF_TRY(axf_journal_open(folder, axf_claims_worker(w->claims), &w->journal));
    AXF_TRY(reread(w));
    AXF_TRY(first_look(w));
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        if (w->jobs[i].state == AXF_RUN_DONE) { /* killed between its end and the release of its claim */
            axf_claim_clear(w->claims, w->plan->runs[i].key);
        }
    }
    return axf_claims_tidy(w->claims);
}

axf_status axf_schedule_run(const axf_plan *plan, const axf_schedule_settings *settings, axf_schedule_counts *counts)
{
    worker w = {.plan = plan, .settings = settings};
    w.jobs = axf_alloc_zero((size_t)plan->run_count + 1, sizeof *w.jobs);
    sigemptyset(&w.mask);
    sigaddset(&w.mask, SIGINT);
    sigaddset(&w.mask, SIGTERM);
    sigaddset(&w.mask, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &w.mask, &w.old_mask);
    axf_status status = open_worker(&w);
    if (status == AXF_OK) {
        status = work(&w);
    }
    *counts = count_jobs(&w);
    axf_claims_close(w.claims);
    const axf_status closed = axf_journal_close(w.journal);
    axf_journal_view_free(&w.view);
    pthread_sigmask(SIG_SETMASK, &w.old_mask, NULL);
    const int interrupted = w.signals > 0;
    free(w.jobs);
    AXF_TRY(status);
    AXF_TRY(closed);
    return interrupted ? axf_fail(AXF_ERR_INTERRUPTED, "interrupted: %d of %d runs are done; the same command goes on",
                                  counts->done, plan->run_count)
                       : AXF_OK;
}
