/* Dataset loaders: a folder or a file to posts. A loader reads; the host draws missing splits and subsets, balances
 * classes, decodes images and tokenizes. */
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
    int32_t classes;                /* 0 in describe: known after reading */
    const char *const *class_names; /* [classes]; lives as long as the host's memory of this loader */
    int32_t columns;                /* further columns of a post */
    struct {
        const char *name;
        int32_t type; /* AXF_COLUMN_… */
    } column[AXF_DATASET_MAX_COLUMNS];
    const char *image_root; /* folder that image paths are relative to and stay below; NULL: no images */
} axf_dataset_facts;

/* One post; the host copies what it keeps. */
typedef struct axf_post {
    uint32_t struct_size;
    const char *id;
    const char *text;
    size_t text_length;
    const char *image;     /* relative to image_root; NULL: none */
    int32_t target;        /* class index; -1: none (predict) */
    const uint8_t *labels; /* [classes] of 0 and 1 when multi-label, else NULL */
    int32_t split;         /* AXF_SPLIT_… */
    const char *file;      /* where it was read, for messages */
    int64_t line;
    double real[AXF_DATASET_MAX_COLUMNS];      /* by column */
    const char *word[AXF_DATASET_MAX_COLUMNS]; /* by column; NULL: none */
} axf_post;

/* Where read() puts posts. */
typedef struct axf_post_sink {
    uint32_t struct_size;
    void *context;
    axf_status (*post)(void *context, const axf_post *post);
    /* Counts and lists a record left out: `reason` is a short phrase that is the same for like cases. */
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
