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
    const char *image;     /* path relative to facts.image_root; NULL: the post has no image */
    int32_t target;        /* class index; -1: the post has no label */
    const uint8_t *labels; /* [classes] of 0 and 1 when multi-label, else NULL */
    int32_t split;         /* AXF_SPLIT_…; also AXF_SPLIT_NONE for train posts that are not in the subset */
    int32_t blank;         /* AXF_BLANK_…: NO, or what takes the place of an image that is missing or bad */
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
    int32_t reason; /* index in axf_posts.skips */
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

/* Reads all posts with the loader. Errors: a label outside the classes, an id that is empty or that two posts have, no
 * post at all; messages name file, line and id. With `labelled` 0, posts may be without a label (predict). */
axf_status axf_posts_read(axf_posts *posts, axf_instance *loader, int labelled);
void axf_posts_free(axf_posts *posts);

/* Removes each post i whose keep[i] is 0, and counts it as left out for `reason`. The order of the others stays. */
void axf_posts_filter(axf_posts *posts, const uint8_t *keep, const char *reason);

/* Indices of the posts of a split in data order; the caller frees. */
int32_t *axf_posts_of_split(const axf_posts *posts, int32_t split, int32_t *count);

const char *axf_split_name(int32_t split);   /* "train", "val", "test" */
int32_t axf_split_of_name(const char *name); /* AXF_SPLIT_NONE when unknown */

#endif
