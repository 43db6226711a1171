#include "experiment/threads.h"

#include "core/error.h"
#include "files/read.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

/* cgroup v2: "max 100000" or "200000 100000" in microseconds; v1 in two files. 0: no limit known. */
static double quota(void)
{
    char text[128], period_text[128];
    double allowed = 0, period = 0;
    if (axf_read_system_file("/sys/fs/cgroup/cpu.max", text, sizeof text) == AXF_OK) {
        /* "max" is not a number, and means that there is no limit. */
        return sscanf(text, "%lf %lf", &allowed, &period) == 2 && period > 0 ? allowed / period : 0;
    }
    const bool found =
        axf_read_system_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", text, sizeof text) == AXF_OK &&
        axf_read_system_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period_text, sizeof period_text) == AXF_OK;
    axf_error_clear(); /* most machines have no such files */
    return found && sscanf(text, "%lf", &allowed) == 1 && sscanf(period_text, "%lf", &period) == 1 && allowed > 0 &&
                   period > 0
               ? allowed / period
               : 0;
}

int32_t axf_threads_available(void)
{
    cpu_set_t set;
    int32_t cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    const double limit = quota();
    if (limit > 0 && limit < cores) {
        cores = limit < 1 ? 1 : (int32_t)limit;
    }
    return cores > 0 ? cores : 1;
}

int32_t axf_threads_of(const axf_experiment *experiment)
{
    const int64_t wanted = experiment->top.threads;
    return wanted != AXF_NULL_INT ? (int32_t)wanted : axf_threads_available();
}
