/* metrics.csv of a run: a row for each epoch and split, and the same numbers for TensorBoard. */
#ifndef AXF_RUN_METRICS_FILE_H
#define AXF_RUN_METRICS_FILE_H

#include "metrics/sums.h"
#include "run/folder.h"

/* What the columns are named after. */
typedef struct axf_metrics_columns {
    const char *const *loss_names;  /* [sums->parts] in the order of the sums */
    const char *const *class_names; /* [classes]; NULL: the classes have no names */
} axf_metrics_columns;

/* Appends the row of a split (`split` is its name) at an epoch, counted from 0; the header comes before the first row. */
axf_status axf_run_metrics_write(axf_run_folder *folder, int32_t epoch, const char *split, const axf_sums *sums,
                                 const axf_metrics_columns *columns);

#endif
