/* How many compute threads a run uses. */
#ifndef AXF_EXPERIMENT_THREADS_H
#define AXF_EXPERIMENT_THREADS_H

#include "experiment/experiment.h"

/* Cores of the affinity mask, less where the cgroup's quota allows fewer; at least 1. Not the machine's cores. */
int32_t axf_threads_available(void);
/* As the spec says, else those available. */
int32_t axf_threads_of(const axf_experiment *experiment);

#endif
