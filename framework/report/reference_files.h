/* Writes the metrics and predictions of a run once more, in the layout and with the file names of the reference
 * program, so that tables and scripts made for its results can read these, too. */
#ifndef AXF_REPORT_REFERENCE_FILES_H
#define AXF_REPORT_REFERENCE_FILES_H

#include "auxfuse/status.h"

#include <stdint.h>

typedef struct axf_reference_loss { /* an auxiliary loss */
    const char *name;
    double beta;
} axf_reference_loss;

typedef struct axf_reference_run {
    const char *folder;        /* the run folder */
    const char *const *models; /* names of encoders and fusion, at most 3; file names have them joined by '-' */
    int32_t model_count;
    int64_t task; /* the reference program's number of a data set and target */
    uint64_t seed;
    int64_t subset; /* number of train posts in the subset; -1: all */
    const axf_reference_loss *losses;
    int32_t loss_count;
    int two_inputs; /* 0: the model reads only texts or only images, and file names do not contain losses */
} axf_reference_run;

/* Reads metrics.csv and predictions-test.csv of the run folder, and writes these files into its folder reference/:
 *   <models>_task<n>_seed<s>_[<losses>_][N<subset>_]metrics_val.csv, and the same with …metrics_test.csv:
 *     one row for each metric (f1_weighted, f1_macro, precision_weighted, precision_macro, recall_weighted,
 *     recall_macro, loss), one column for each epoch (epoch-1 …)
 *   …preds.csv: data_id,label,prediction of the test posts; several labels of a post are written as "[0, 1, …]"
 * <losses> has the name and weight of each auxiliary loss, in alphabetical order: itc0.1itm0.1. Without auxiliary
 * losses it is empty, and two underscores follow each other, as in the reference program. A split that is not evaluated
 * gets no file. Errors: AXF_ERR_IO, AXF_ERR_FORMAT (a file of the run folder does not have the form in which this
 * program writes it). */
axf_status axf_reference_files_write(const axf_reference_run *run);

#endif
