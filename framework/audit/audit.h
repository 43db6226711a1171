/* The audit of a data set checks whether the data is fit for an experiment. It finds copies within a split and across
 * splits, finds images and texts that cannot be used, and counts labels and lengths. */
#ifndef AXF_AUDIT_AUDIT_H
#define AXF_AUDIT_AUDIT_H

#include "audit/audit_image.h"
#include "audit/audit_text.h"

enum { AXF_SIMILAR_NOT = 0, AXF_SIMILAR_NEAR = 1, AXF_SIMILAR_EQUAL = 2 };

typedef struct axf_audit_settings {
    double text_near;   /* texts are near each other from this Jaccard index on, 0.5 to 1 */
    int32_t image_near; /* images are near each other when at most this many bits of their hashes differ, 0 to 31 */
    int32_t tiny;       /* an image with a side below this many pixels is tiny */
    int32_t threads;
    int32_t images; /* 0: images are not read */
} axf_audit_settings;

/* Two posts that are copies of each other. In a leak, `a` is in the later split (the order is train, val, test). Within
 * a split, `a` comes after `b` in the data. */
typedef struct axf_audit_pair {
    int32_t a, b;
    int32_t text, image; /* AXF_SIMILAR_…; EQUAL means equal words, and for images equal bytes of the files */
    double jaccard;
    int32_t hamming; /* bits in which the perceptual hashes differ; 64: not compared */
    int32_t leak;    /* the posts are in different splits */
    int32_t labels_differ;
} axf_audit_pair;

enum { AXF_AUDIT_BINS = 12 };

/* How many values have which size: bin k counts the values from bound[k - 1] to bound[k] - 1. */
typedef struct axf_audit_lengths {
    int64_t count[AXF_AUDIT_BINS];
    int32_t bound[AXF_AUDIT_BINS]; /* the last is INT32_MAX */
    int32_t least, median, p95, most;
} axf_audit_lengths;

typedef struct axf_audit {
    const axf_posts *posts;
    axf_audit_settings settings;
    axf_audit_texts texts;
    axf_audit_pictures images; /* images.item is NULL when images are not read */
    axf_audit_pair *pairs;     /* the worst come first */
    int32_t pair_count, pair_capacity;
    int64_t split[AXF_SPLITS];
    int64_t leaks[AXF_SPLITS][AXF_SPLITS]; /* [later][earlier]: posts of the later split with a copy in the earlier */
    int64_t repeats[AXF_SPLITS];           /* number of pairs within a split */
    int64_t picture[4], tiny;              /* number of images by AXF_PICTURE_…, and of tiny ones */
    int64_t empty, missing_value;          /* number of texts that are blank, and that pandas would read as missing */
    int64_t *labels;                       /* [classes + 1][AXF_SPLITS]; the last row counts posts without a label */
    axf_audit_lengths characters;          /* code points of the texts */
} axf_audit;

/* Audits all posts, whose splits must have been drawn. The posts must live as long as the audit. */
void axf_audit_init(axf_audit *audit, const axf_posts *posts, const axf_audit_settings *settings);
void axf_audit_free(axf_audit *audit);

/* The number of leaks: posts of val and test that have a copy in an earlier split, counted once for each such split. */
int64_t axf_audit_leaking(const axf_audit *audit);

/* Sorts `values`, [count], and counts them. */
void axf_audit_lengths_count(axf_audit_lengths *lengths, int32_t *values, int32_t count);

int axf_audit_is_tiny(const axf_audit *audit, int32_t post);
int axf_audit_is_empty(const axf_record *post); /* no character but blanks */

/* How many tokens the text encoder of a spec makes of the texts. */
typedef struct axf_audit_tokens {
    const char *encoder; /* NULL: no tokens were counted */
    axf_audit_lengths lengths;
    int32_t max_length;
    int64_t full; /* texts with max_length tokens; all texts that were cut are among them */
} axf_audit_tokens;

#endif
