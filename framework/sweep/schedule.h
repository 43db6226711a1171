/* Working off a sweep's runs: claimed, started as processes, journalled, until all are done or failed, by as many
 * workers on as many machines as there are. */
#ifndef AXF_SWEEP_SCHEDULE_H
#define AXF_SWEEP_SCHEDULE_H

#include "sweep/worker.h"

/* AXF_ERR_INTERRUPTED after SIGINT or SIGTERM, passed on to the runs, which save a checkpoint; a second signal kills
 * them. Failed runs are counted, not an error. Call it before other threads start: it blocks signals. */
axf_status axf_schedule_run(const axf_plan *plan, const axf_schedule_settings *settings, axf_schedule_counts *counts);

/* AXF_RUN_… of a planned run, by its folder and the journal; `message`, when not NULL: why it failed, "" else. */
axf_status axf_planned_state(const axf_plan_run *run, const axf_journal_view *view, int32_t *state,
                             const char **message);

#endif
