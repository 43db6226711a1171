/* What a run folder says of its run. */
#ifndef AXF_SWEEP_RUN_STATE_H
#define AXF_SWEEP_RUN_STATE_H

#include "sweep/journal.h"

/* AXF_RUN_DONE (done.json), AXF_RUN_RUNNING (a process holds the folder's lock), AXF_RUN_INTERRUPTED (neither, but
 * begun) or AXF_RUN_PENDING (nothing there). Failures are known to the journal alone. */
int32_t axf_run_folder_state(const char *folder);

/* 1 when the folder's lock is held; takes nothing. */
int axf_folder_is_locked(const char *folder);

/* The last row of metrics.csv for a split: 1 and *value of the named column; 0: no such file, row or column. `best`,
 * when not NULL, gets the largest value of all rows. */
int axf_run_metric(const char *folder, const char *split, const char *column, double *last, double *best);

#endif
