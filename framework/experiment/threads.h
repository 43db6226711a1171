/* The number of compute threads of a run. */
#ifndef AXF_EXPERIMENT_THREADS_H
#define AXF_EXPERIMENT_THREADS_H

#include "experiment/contents.h"

/* The cores that this process may use, at least 1: those of its affinity mask, or fewer when the quota of its cgroup
 * allows fewer. The machine may have more. */
int32_t axf_threads_available(void);
/* The number that the spec gives, else the number of available ones. */
int32_t axf_threads_of(const axf_experiment *experiment);

#endif
