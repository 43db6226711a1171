/* The audit of a data set: is it fit for an experiment? It finds copies within and across splits, and images and texts
 * that cannot be used, and counts labels and lengths. */
#ifndef AXF_AUDIT_AUDIT_H
#define AXF_AUDIT_AUDIT_H

#include "audit/audit_image.h"
#include "audit/audit_text.h"

enum { AXF_SIMILAR_NOT = 0, AXF_SIMILAR_NEAR = 1, AXF_SIMILAR_EQUAL = 2 };

typedef struct axf_audit_settings {
    double text_near;   /* least Jaccard index of near texts, 0.5 to 1 */
    int32_t image_near; /* most bits in which the hashes of near images differ, 0 to 31 */
    int32_t tiny;       /* an image with a side below this many pixels is tiny */
    int32_t threads;
    int32_t images; /* 0: images are not looked at */
} axf_audit_settings;

/* Two posts that are copies. In a leak `a` is in the later split (test after val after train), else behind `b`. */
typedef struct axf_audit_pair {
    int32_t a, b;
    int32_t text, image; /* AXF_SIMILAR_…: equal words, near words; the same bytes, near pictures */
    double jaccard;
    int32_t hamming; /* 64: not compared */
    int32_t leak;    /* the posts are in different splits */
    int32_t labels_differ;
} axf_audit_pair;

enum { AXF_AUDIT_BINS = 12 };

/* Values by size: bin k counts those below bound[k] and not below the bound before it; the last bin all others. */
typedef struct axf_audit_lengths {
    int64_t count[AXF_AUDIT_BINS];
    int32_t bound[AXF_AUDIT_BINS]; /* the last is INT32_MAX */
    int32_t least, median, p95, most;
} axf_audit_lengths;

typedef struct axf_audit {
    const axf_posts *posts;
    axf_audit_settings settings;
    axf_audit_texts texts;
    axf_audit_pictures images; /* item NULL: not looked at */
    axf_audit_pair *pairs;     /* worst first */
    int32_t pair_count, pair_capacity;
    int64_t split[AXF_SPLITS];
    int64_t leaks[AXF_SPLITS][AXF_SPLITS]; /* [later][earlier]: posts of the later split with a like one in the other */
    int64_t repeats[AXF_SPLITS];           /* pairs within a split */
    int64_t picture[4], tiny;              /* by AXF_PICTURE_… */
    int64_t empty, missing_value;          /* texts: blank ones; others that pandas would read as missing */
    int64_t *labels;                       /* [classes + 1][AXF_SPLITS]; the last: posts without a label */
    axf_audit_lengths characters;          /* code points of the text */
} axf_audit;

/* Looks at all posts (their splits are drawn). The posts outlive the check. */
void axf_audit_init(axf_audit *audit, const axf_posts *posts, const axf_audit_settings *settings);
void axf_audit_free(axf_audit *audit);

int64_t axf_audit_leaking(const axf_audit *audit); /* posts of val and test; one that leaks twice counts once a split */

/* values: [count], changed. */
void axf_audit_lengths_count(axf_audit_lengths *lengths, int32_t *values, int32_t count);

int axf_audit_is_tiny(const axf_audit *audit, int32_t post);
int axf_audit_is_empty(const axf_record *post); /* no character but blanks */

/* What the text encoder of a spec makes of the texts. */
typedef struct axf_audit_tokens {
    const char *encoder; /* NULL: no tokens were counted */
    axf_audit_lengths lengths;
    int32_t max_length;
    int64_t full; /* texts that fill max_length: those that are cut are among them */
} axf_audit_tokens;

#endif
