/* Dataset loaders: a loader reads a folder or a file and hands its posts to the host. The host does all the rest: it
 * draws splits that the data does not name, draws subsets, weighs classes, decodes images and tokenizes. */
#ifndef AUXFUSE_DATASET_H
#define AUXFUSE_DATASET_H

#include "auxfuse/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AXF_KIND_DATASET "auxfuse.dataset/1"

enum { AXF_TARGET_CLASS = 1, AXF_TARGET_LABELS = 2 }; /* one class; several (multi-label) */
enum { AXF_COLUMN_REAL = 1, AXF_COLUMN_TEXT = 2 };
enum { AXF_SPLIT_NONE = 0, AXF_SPLIT_TRAIN = 1, AXF_SPLIT_VAL = 2, AXF_SPLIT_TEST = 3 };

enum { AXF_DATASET_MAX_COLUMNS = 8 };

typedef struct axf_dataset_facts {
    uint32_t struct_size;
    int32_t target;                 /* AXF_TARGET_… */
    int32_t classes;                /* 0 in describe where it is known only after reading */
    const char *const *class_names; /* [classes]; lives as long as the host's memory of this loader */
    int32_t columns;                /* number of columns that a post has beside text, image and label */
    struct {
        const char *name;
        int32_t type; /* AXF_COLUMN_… */
    } column[AXF_DATASET_MAX_COLUMNS];
    const char *image_root; /* folder that image paths are relative to, and must not leave; NULL: no images */
} axf_dataset_facts;

/* One post; the host copies what it keeps. */
typedef struct axf_post {
    uint32_t struct_size;
    const char *id;
    const char *text;
    size_t text_length;
    const char *image;     /* path relative to image_root; NULL: the post has no image */
    int32_t target;        /* class index; -1: the post has no label, which is allowed when predicting */
    const uint8_t *labels; /* [classes] of 0 and 1 when multi-label, else NULL */
    int32_t split;         /* AXF_SPLIT_… */
    const char *file;      /* file and line that it was read from, for messages */
    int64_t line;
    double real[AXF_DATASET_MAX_COLUMNS];      /* values of the columns of type REAL, in the order of facts.column */
    const char *word[AXF_DATASET_MAX_COLUMNS]; /* values of the columns of type TEXT, likewise; NULL: no value */
} axf_post;

/* The host's functions to which read() hands each post. */
typedef struct axf_post_sink {
    uint32_t struct_size;
    void *context;
    axf_status (*post)(void *context, const axf_post *post);
    /* Reports a record that does not become a post. The host counts such records by `reason`, so the reason is a short
     * phrase that is the same for all records of its sort. */
    void (*skip)(void *context, const char *file, int64_t line, const char *id, const char *reason);
} axf_post_sink;

typedef struct axf_dataset {
    uint32_t struct_size;
    axf_status (*describe)(const axf_host *host, const void *options, axf_dataset_facts *facts); /* [describe] */
    /* Reads all posts in file order and completes the facts. [describe] */
    axf_status (*read)(const axf_host *host, const void *options, const axf_post_sink *sink, axf_dataset_facts *facts);
} axf_dataset;

#ifdef __cplusplus
}
#endif
#endif
