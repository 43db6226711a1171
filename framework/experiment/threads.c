#include "experiment/threads.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

/* cgroup v2: "max 100000" or "200000 100000" in microseconds; v1 in two files. 0: no limit known. */
static double quota(void)
{
    double limit = 0;
    char first[64];
    double period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file != NULL) {
        if (fscanf(file, "%63s %lf", first, &period) == 2 && strcmp(first, "max") != 0 && period > 0) {
            double allowed = 0;
            limit = sscanf(first, "%lf", &allowed) == 1 ? allowed / period : 0;
        }
        fclose(file);
        return limit;
    }
    FILE *quota_file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re");
    FILE *period_file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
    double allowed = 0;
    if (quota_file != NULL && period_file != NULL && fscanf(quota_file, "%lf", &allowed) == 1 &&
        fscanf(period_file, "%lf", &period) == 1 && allowed > 0 && period > 0) {
        limit = allowed / period;
    }
    if (quota_file != NULL) {
        fclose(quota_file);
    }
    if (period_file != NULL) {
        fclose(period_file);
    }
    return limit;
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
