/* One worker of a sweep: a process that starts runs, and what it knows of each. */
#ifndef AXF_SWEEP_WORKER_H
#define AXF_SWEEP_WORKER_H

#include "sweep/claim.h"
#include "sweep/journal.h"
#include "sweep/plan.h"

#include <signal.h>
#include <sys/types.h>

typedef struct axf_schedule_settings {
    int32_t jobs;               /* processes at a time, at least 1 */
    int32_t threads;            /* of each process, when its spec says auto and this is the sweep's first start */
    int retry;                  /* run again what failed before */
    const char *program;        /* the binary whose verb `run` is started */
    const char *const *plugins; /* FILEs of --plugin, NULL-terminated, or NULL */
} axf_schedule_settings;

typedef struct axf_schedule_counts {
    int32_t done, failed, running, waiting;
} axf_schedule_counts;

typedef struct axf_job { /* a run, as this worker sees it */
    int32_t state;       /* AXF_RUN_…; RUNNING: in this worker or in another process */
    pid_t pid;           /* 0: it is not a process of this worker */
    uint64_t epoch;      /* of its claim */
    uint64_t forgiven;   /* --retry: failures up to this epoch are ignored */
    int32_t interruptions;
    double started; /* on the clock */
    double looked;  /* on the clock: when another process was last seen to hold it */
    int lost;       /* 1: another worker has taken it over */
} axf_job;

typedef struct axf_worker {
    const axf_plan *plan;
    const axf_schedule_settings *settings;
    axf_claims *claims;
    axf_journal *journal;
    axf_journal_view view;
    axf_job *jobs;           /* one for each run of the plan */
    int32_t threads, active; /* compute threads of each run; processes that are running now */
    int signals;             /* how many SIGINT and SIGTERM were received */
    sigset_t old_mask, mask;
    double seconds; /* that the runs took which this worker finished */
    int32_t timed;  /* the number of these runs */
    int said_waiting;
} axf_worker;

#endif
