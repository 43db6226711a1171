/* Runs all runs of a sweep. A worker claims a run, starts it as a process, and writes to the journal how it ended,
 * until every run is done or has failed. Any number of workers on any number of machines may work on one sweep. */
#ifndef AXF_SWEEP_SCHEDULE_H
#define AXF_SWEEP_SCHEDULE_H

#include "sweep/worker.h"

/* Works until every run is over. SIGINT and SIGTERM are passed on to the runs, which save a checkpoint, and the result
 * is AXF_ERR_INTERRUPTED; a second signal kills the runs. Failed runs are counted and are not an error. Call it before
 * other threads start, since it blocks signals. */
axf_status axf_schedule_run(const axf_plan *plan, const axf_schedule_settings *settings, axf_schedule_counts *counts);

/* Gives AXF_RUN_… of a planned run, by its folder and the journal. *message says why it failed, or is ""; `message` may
 * be NULL. */
axf_status axf_planned_state(const axf_plan_run *run, const axf_journal_view *view, int32_t *state,
                             const char **message);

#endif
