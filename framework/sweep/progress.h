/* What the user sees of a sweep while it runs: a line for each run that starts or ends. */
#ifndef AXF_SWEEP_PROGRESS_H
#define AXF_SWEEP_PROGRESS_H

#include "sweep/worker.h"

/* Counts the runs of the plan by state. */
axf_schedule_counts axf_progress_count(const axf_worker *w);

/* Logs a line about a run: how many runs are over, `what` happened to it, and `more` ("" for nothing more). */
void axf_progress_say(const axf_worker *w, int32_t index, const char *what, const char *more);

/* Logs that a run is done after `seconds`, with its weighted F1. */
void axf_progress_say_done(const axf_worker *w, int32_t index, double seconds);

#endif
