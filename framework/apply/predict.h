/* Predicting the posts of a table with a finished run. */
#ifndef AXF_APPLY_PREDICT_H
#define AXF_APPLY_PREDICT_H

#include "run/finished.h"

#include <stdio.h>

typedef struct axf_predict_columns { /* names in the file; NULL: as in the run's own table, else id, text, image */
    const char *id;                  /* "none": posts are numbered by their line */
    const char *text;                /* "none": the file has no texts */
    const char *image;               /* "none": images are named by the run's image_pattern */
} axf_predict_columns;

/* Reads the posts of a .csv or .jsonl file, without labels and splits, into the workbench. */
axf_status axf_predict_read(axf_finished *finished, const char *file, const char *images,
                            const axf_predict_columns *columns);

/* Writes a CSV line for every post of a .csv or .jsonl file: id,prediction,class,probability_0,…, or with several labels a post
 * id,prediction_0,…,labels,probability_0,…; labels and splits in the file are not read. A post whose image cannot be
 * read follows data.on_bad_image of the run. */
axf_status axf_predict_file(axf_finished *finished, const char *file, const char *images,
                            const axf_predict_columns *columns, FILE *out);

#endif
