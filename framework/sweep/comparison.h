/* The contents of a comparison: finished runs in groups that differ in more than the seed, each against the first. */
#ifndef AXF_SWEEP_COMPARISON_H
#define AXF_SWEEP_COMPARISON_H

#include "sweep/results.h"
#include "sweep/statistics.h"

typedef struct axf_group {
    const char *run_id;
    const char *name;          /* its columns' values with blanks between them */
    const char *const *values; /* [column_count] */
    int32_t count;
    int32_t *runs;  /* [count] indices into results, by seed */
    double *scores; /* [count] */
    int paired;     /* 0: its posts are not those of the first group, so there is no difference */
    axf_system_result result;
} axf_group;

typedef struct axf_comparison {
    axf_arena arena;
    axf_results results;
    const char *metric, *split;
    axf_bootstrap_settings bootstrap;
    const char **columns; /* axes of the sweep, or the keys of the specs that differ */
    int32_t column_count;
    axf_group *groups; /* the first is the baseline */
    int32_t group_count;
    const char **constants; /* "key value" of settings that are equal in all runs and worth knowing */
    int32_t constant_count;
    const char **warnings;
    int32_t warning_count;
} axf_comparison;

#endif
