/* A run of a sweep as a process: its command line, and what the end of the process means. */
#ifndef AXF_SWEEP_RUN_PROCESS_H
#define AXF_SWEEP_RUN_PROCESS_H

#include "sweep/worker.h"

/* Starts `auxfuse run` for a run that this worker has claimed. Its output goes to logs/<run>.log. */
axf_status axf_run_process_start(axf_worker *w, int32_t index);

/* The state of a run whose process ended with `wait_status`. *message says why it failed, or is NULL; the caller frees
 * it. A run that was interrupted too often has failed. */
int32_t axf_run_process_judge(const axf_worker *w, int32_t index, int wait_status, char **message);

#endif
