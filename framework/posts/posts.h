/* The posts of a dataset in memory, as its loader gave them, checked and counted. */
#ifndef AXF_POSTS_POSTS_H
#define AXF_POSTS_POSTS_H

#include "auxfuse/dataset.h"
#include "plugin/instance.h"

enum { AXF_BLANK_NO = 0, AXF_BLANK_PICTURE = 1, AXF_BLANK_LEARNED = 2 };

typedef struct axf_record {
    const char *id;
    const char *text;
    uint32_t text_length;
    const char *image;     /* relative to facts.image_root; NULL: none */
    int32_t target;        /* -1: none */
    const uint8_t *labels; /* [classes] when multi-label */
    int32_t split;         /* AXF_SPLIT_…; AXF_SPLIT_NONE also for posts left out by a subset */
    int32_t blank;         /* AXF_BLANK_…: its image is absent or could not be read, and what stands for it */
    const char *file;
    int64_t line;
    double *real;      /* [facts.columns] */
    const char **word; /* [facts.columns] */
} axf_record;

typedef struct axf_skip_reason {
    const char *reason;
    int64_t count;
    const char *first; /* "file:line (id)" of the first */
} axf_skip_reason;

typedef struct axf_left_out { /* one record that did not become a post */
    const char *id;           /* NULL: it has none */
    const char *file;
    int64_t line;
    int32_t reason; /* index into skips */
} axf_left_out;

typedef struct axf_posts {
    axf_arena arena;
    axf_record *items;
    int32_t count, capacity;
    axf_dataset_facts facts;
    axf_skip_reason *skips;
    int32_t skip_count;
    axf_left_out *left_out; /* in the order of reading, then of filtering */
    int32_t left_out_count, left_out_capacity;
} axf_posts;

/* Reads through the loader. Errors: a label outside the classes, an id that is there twice or empty, no post at all;
 * each names file, line and id. `labelled` 0: targets may be missing (predict). */
axf_status axf_posts_read(axf_posts *posts, axf_instance *loader, int labelled);
void axf_posts_free(axf_posts *posts);

/* Removes posts (their ids are counted under `reason`). keep[i] 0: out. Order stays. */
void axf_posts_filter(axf_posts *posts, const uint8_t *keep, const char *reason);

/* Indices of the posts of a split in data order; the caller frees. */
int32_t *axf_posts_of_split(const axf_posts *posts, int32_t split, int32_t *count);

const char *axf_split_name(int32_t split);   /* "train", "val", "test" */
int32_t axf_split_of_name(const char *name); /* AXF_SPLIT_NONE when unknown */

#endif
