/* What the folder of a run shows about it. */
#ifndef AXF_SWEEP_RUN_STATE_H
#define AXF_SWEEP_RUN_STATE_H

#include "auxfuse/status.h"

#include <stdbool.h>

/* Gives AXF_RUN_DONE (done.json is there), AXF_RUN_RUNNING (a process holds the folder's lock), AXF_RUN_INTERRUPTED
 * (the run began, and neither is true) or AXF_RUN_PENDING (there is nothing). Only the journal knows about failures. */
axf_status axf_run_folder_state(const char *folder, int32_t *state);

typedef struct axf_run_metric_values {
    bool found;        /* 0: metrics.csv is not there, or has no such row or column */
    double last, best; /* of the last row; the largest of all rows */
} axf_run_metric_values;

/* Reads a column of metrics.csv in the rows of a split. */
axf_status axf_run_metric(const char *folder, const char *split, const char *column, axf_run_metric_values *values);

#endif
