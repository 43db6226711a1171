/* Compares finished runs: runs that differ only in the seed make one group, and each group is compared with the
 * first. */
#ifndef AXF_SWEEP_COMPARE_H
#define AXF_SWEEP_COMPARE_H

#include "sweep/comparison.h"

typedef struct axf_compare_settings {
    const char *metric;   /* accuracy, f1_weighted (also NULL), f1_macro */
    const char *split;    /* test (also NULL), val */
    const char *baseline; /* name or run id of the group that the others are compared with; NULL: the first */
} axf_compare_settings;

/* Reads the runs and compares them. The caller frees the comparison, also after an error. */
axf_status axf_compare(axf_comparison *comparison, char *const *paths, int32_t path_count,
                       const axf_compare_settings *settings);
void axf_comparison_free(axf_comparison *comparison);

#endif
