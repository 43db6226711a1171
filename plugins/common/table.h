/* A table of posts (CSV or JSONL) with named columns, read as a dataset. */
#ifndef AXF_COMMON_TABLE_H
#define AXF_COMMON_TABLE_H

#include "auxfuse/dataset.h"

typedef struct axf_table {
    const char *file; /* .csv, or .jsonl/.json: an object a line */
    const char *id, *text, *label, *split,
        *image;                /* columns; split and image NULL: none. label may be missing in predict */
    const char *image_root;    /* folder; NULL: no images */
    const char *image_pattern; /* with {id}; used where there is no image column */
    const char *const *labels; /* in the order of class indices; NULL: the words found, sorted */
    int32_t label_count;
    const char *const *class_names; /* names shown for the labels; NULL: the labels */
    int32_t label_optional;         /* 1: a file without the label column has no targets */
} axf_table;

axf_status axf_table_read(const axf_host *host, const axf_table *table, const axf_post_sink *sink,
                          axf_dataset_facts *facts);

#endif
