/* The metrics and predictions of a run once more, in the layout and under the names of the reference program, so that
 * tables and scripts made for its results read these, too. */
#ifndef AXF_REPORT_REFERENCE_FILES_H
#define AXF_REPORT_REFERENCE_FILES_H

#include "auxfuse/status.h"

#include <stdint.h>

typedef struct axf_reference_loss { /* an auxiliary loss */
    const char *name;
    double beta;
} axf_reference_loss;

typedef struct axf_reference_run {
    const char *folder;        /* of the run */
    const char *const *models; /* names of encoders and fusion, joined by '-': at most 3 */
    int32_t model_count;
    int64_t task; /* the reference's number of data set and target */
    uint64_t seed;
    int64_t subset; /* train posts drawn; -1: all */
    const axf_reference_loss *losses;
    int32_t loss_count;
    int two_inputs; /* 0: text or image alone, whose names tell of no loss */
} axf_reference_run;

/* Reads metrics.csv and predictions-test.csv of the folder and writes into its folder reference/
 *   <models>_task<n>_seed<s>_[<losses>_][N<subset>_]metrics_val.csv, …metrics_test.csv: a row a metric (f1_weighted,
 *     f1_macro, precision_weighted, precision_macro, recall_weighted, recall_macro, loss), a column an epoch (epoch-1
 * …) …preds.csv: data_id,label,prediction of the test posts; several labels a post stand as "[0, 1, …]" <losses> names
 * each auxiliary loss with its weight, in alphabetical order: itc0.1itm0.1; with none the two underscores stand beside
 * each other, as the reference has it. What the folder lacks (a split that is not evaluated) is left out. Errors:
 * AXF_ERR_IO, AXF_ERR_FORMAT (a file of the folder is not what this program writes). */
axf_status axf_reference_files_write(const axf_reference_run *run);

#endif
