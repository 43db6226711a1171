/* A table of posts (CSV or JSONL) with named columns, read as a dataset. */
#ifndef AXF_COMMON_DATASETS_TABLE_H
#define AXF_COMMON_DATASETS_TABLE_H

#include "auxfuse/dataset.h"

typedef struct axf_table {
    const char *file; /* .csv, or .jsonl/.json: an object a line */
    /* Columns; in CSV files "a|b" is a or else b. text, label, split and image NULL: none; id
     * NULL: posts are numbered by their line. A file may lack the columns named by split and image. */
    const char *id, *text, *label, *split, *image;
    const char *image_root;    /* folder; NULL: no images */
    const char *image_pattern; /* with {id}; used where there is no image column */
    const char *const *labels; /* in the order of class indices; NULL: the words found, sorted */
    int32_t label_count;
    const char *const *class_names;   /* names shown for the labels; NULL: the labels */
    const char *label_separator;      /* NULL, or several labels a post: what stands between them in the label column */
    const char *const *label_columns; /* NULL, or several labels a post: a column of 0 and 1 for each */
    int32_t label_column_count;
    int32_t label_optional;     /* 1: a file without the label column has no targets */
    int32_t label_number;       /* 1: labels are whole numbers, so "1.0" is "1" */
    int32_t text_optional;      /* 1: a file without the text column gives empty texts */
    int32_t every_split;        /* AXF_SPLIT_… of every post; AXF_SPLIT_NONE: as the split column says */
    const char *const *columns; /* [facts->columns] where a further column of the facts stands; a post of a file
                                   without it has NaN or NULL */
    int32_t columns_needed;     /* 1: a CSV file without one of them is refused */
    /* NULL, or changes the post before it is handed on; *keep = 0 leaves it out (the callee has said why). Strings of
     * the post are valid during the call. */
    axf_status (*edit)(void *context, axf_post *post, int *keep);
    void *edit_context;
} axf_table;

/* Hands every post to `sink`. The caller has set facts->columns; target, classes, names and image_root of the facts are
 * set here. */
axf_status axf_table_read(const axf_host *host, const axf_table *table, const axf_post_sink *sink,
                          axf_dataset_facts *facts);

#endif
