#include "sweep/schedule.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "files/durable.h"
#include "files/lock.h"
#include "files/path.h"
#include "sweep/progress.h"
#include "sweep/run_process.h"
#include "sweep/run_state.h"
#include "sweep/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_AGAIN_SECONDS = 2 };

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

/* ---- starting ---- */

/* Looks up a run before it is claimed, and once more afterwards, since it may have ended in between. *over becomes true
 * when it is done or has failed, so that nothing is left to do. */
static axf_status look_up_run(axf_worker *w, int32_t index, uint64_t *least_epoch, bool *over)
{
    const axf_plan_run *run = &w->plan->runs[index];
    const axf_journal_entry *entry = axf_journal_find(&w->view, run->key);
    axf_job *j = &w->jobs[index];
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

static axf_status reread(axf_worker *w)
{
    axf_journal_view_free(&w->view);
    return axf_journal_read(w->plan->folder, &w->view);
}

static void leave_for_now(axf_worker *w, int32_t index)
{
    w->jobs[index].state = AXF_RUN_RUNNING;
    w->jobs[index].looked = axf_clock();
}

static axf_status try_run(axf_worker *w, int32_t index)
{
    const axf_plan_run *run = &w->plan->runs[index];
    axf_job *j = &w->jobs[index];
    uint64_t least, epoch;
    axf_claimant holder;
    bool over = false, locked = false;
    AXF_TRY(look_up_run(w, index, &least, &over));
    if (over) {
        return AXF_OK;
    }
    AXF_TRY(axf_claim_take(w->claims, run->key, least, &epoch, &holder));
    if (epoch == 0) {
        leave_for_now(w, index);
        return AXF_OK;
    }
    axf_status status = reread(w);
    status = status == AXF_OK ? look_up_run(w, index, &least, &over) : status;
    status = status == AXF_OK ? axf_folder_is_locked(run->folder, &locked) : status;
    /* The journal may know a later epoch: then another worker took the run over at the same time. A locked folder
     * belongs to a process that lives longer than its sweep, or that was started by hand. */
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
        status = axf_run_process_start(w, index);
    }
    if (status != AXF_OK) {
        axf_claim_release(w->claims, run->key);
    }
    return status;
}

static axf_status start_more(axf_worker *w)
{
    int read = 0;
    for (int32_t i = 0; i < w->plan->run_count && w->active < w->settings->jobs; i++) {
        const axf_job *j = &w->jobs[i];
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

static axf_status end_process(axf_worker *w, int32_t index, int wait_status)
{
    axf_job *j = &w->jobs[index];
    const axf_plan_run *run = &w->plan->runs[index];
    const double seconds = axf_clock() - j->started;
    char *message;
    j->pid = 0;
    w->active--;
    if (j->lost || !axf_claim_check(w->claims, run->key)) { /* another worker has it now: this result is ignored */
        axf_claim_release(w->claims, run->key);
        leave_for_now(w, index);
        return AXF_OK;
    }
    j->state = axf_run_process_judge(w, index, wait_status, &message);
    const axf_status status =
        axf_journal_add(w->journal, run->key, j->state, j->epoch, seconds, message != NULL ? message : "");
    axf_claim_release(w->claims, run->key);
    if (j->state == AXF_RUN_DONE) {
        w->seconds += seconds;
        w->timed++;
        axf_progress_say_done(w, index, seconds);
    } else {
        j->interruptions++;
        axf_progress_say(w, index, axf_run_state_name(j->state), message != NULL ? message : "");
    }
    free(message);
    return status;
}

static axf_status reap(axf_worker *w)
{
    axf_status status = AXF_OK;
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        axf_job *j = &w->jobs[i];
        int wait_status;
        if (j->pid == 0) {
            continue;
        }
        if (!j->lost && !axf_claim_held(w->claims, w->plan->runs[i].key)) {
            axf_log(AXF_LOG_LEVEL_WARNING, "%s was taken over by another worker: stopped here", w->plan->runs[i].key);
            j->lost = 1;
            kill(j->pid, SIGKILL); /* it must not write any more, and a run folder survives that */
        }
        if (waitpid(j->pid, &wait_status, WNOHANG) == j->pid) {
            const axf_status ended = end_process(w, i, wait_status);
            status = status == AXF_OK ? ended : status;
        }
    }
    return status;
}

static void pass_signal(axf_worker *w)
{
    w->signals++;
    axf_log(AXF_LOG_LEVEL_INFO,
            w->signals == 1 ? "stopping: %d runs save a checkpoint (a second signal stops them at once)"
                            : "stopping %d runs at once",
            w->active);
    for (int32_t i = 0; i < w->plan->run_count; i++) {
        if (w->jobs[i].pid != 0) {
            kill(w->jobs[i].pid, w->signals == 1 ? SIGTERM : SIGKILL);
        }
    }
}

static void wait_for_news(axf_worker *w)
{
    const struct timespec limit = {0, 500000000};
    const int number = sigtimedwait(&w->mask, NULL, &limit);
    if (number == SIGINT || number == SIGTERM) {
        pass_signal(w);
    }
}

/* ---- the whole ---- */

static axf_status first_look(axf_worker *w)
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
        AXF_TRY(look_up_run(w, i, &least, &over));
        done += over && w->jobs[i].state == AXF_RUN_DONE;
        if (w->jobs[i].state == AXF_RUN_FAILED && entry != NULL) {
            axf_log(AXF_LOG_LEVEL_WARNING, "%s failed before and is skipped (--retry runs it again): %s",
                    w->plan->runs[i].key, entry->message);
        }
    }
    axf_log(AXF_LOG_LEVEL_INFO, "sweep: %d runs, %d already done; %d at a time, %d threads each; folder %s",
            w->plan->run_count, done, w->settings->jobs, w->threads, w->plan->folder);
    return AXF_OK;
}

static axf_status work(axf_worker *w)
{
    axf_status status = AXF_OK;
    for (;;) {
        if (status == AXF_OK && w->signals == 0) {
            status = start_more(w);
            if (status != AXF_OK && w->active > 0) {
                pass_signal(w);
            }
        }
        const axf_schedule_counts counts = axf_progress_count(w);
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

static axf_status open_worker(axf_worker *w)
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
        if (w->jobs[i].state == AXF_RUN_DONE) { /* its worker may have been killed before it released the claim */
            axf_claim_clear(w->claims, w->plan->runs[i].key);
        }
    }
    return axf_claims_tidy(w->claims);
}

axf_status axf_schedule_run(const axf_plan *plan, const axf_schedule_settings *settings, axf_schedule_counts *counts)
{
    axf_worker w = {.plan = plan, .settings = settings};
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
    *counts = axf_progress_count(&w);
    axf_claims_close(w.claims);
    const axf_status closed = axf_journal_close(w.journal);
    axf_journal_view_free(&w.view);
    pthread_sigmask(SIG_SETMASK, &w.old_mask, NULL);
    const int interrupted = w.signals > 0;
    free(w.jobs);
    AXF_TRY(status);
    AXF_TRY(closed);
    return interrupted
               ? axf_fail(AXF_ERR_INTERRUPTED, "interrupted: %d of %d runs are done; the same command continues",
                          counts->done, plan->run_count)
               : AXF_OK;
}
