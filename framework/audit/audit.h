/* Is a dataset fit for an experiment? Copies within and across splits, images and texts that cannot be used, labels by
 * split, lengths. */
#ifndef AXF_AUDIT_AUDIT_H
#define AXF_AUDIT_AUDIT_H

#include "audit/audit_image.h"
#include "audit/audit_text.h"

enum { AXF_LIKE_NOT = 0, AXF_LIKE_NEAR = 1, AXF_LIKE_EQUAL = 2 };

typedef struct axf_check_settings {
    double text_near;   /* least Jaccard index of near texts, 0.5 to 1 */
    int32_t image_near; /* most bits in which the hashes of near images differ, 0 to 31 */
    int32_t tiny;       /* an image with a side below this many pixels is tiny */
    int32_t threads;
    int32_t images; /* 0: images are not looked at */
} axf_check_settings;

/* Two posts that are alike. In a leak `a` is in the later split (test after val after train), else behind `b`. */
typedef struct axf_check_pair {
    int32_t a, b;
    int32_t text, image; /* AXF_LIKE_…: equal words, near words; the same bytes, near pictures */
    double jaccard;
    int32_t hamming; /* 64: not compared */
    int32_t leak;    /* the posts are in different splits */
    int32_t labels_differ;
} axf_check_pair;

enum { AXF_CHECK_BINS = 12 };

/* Values by size: bin k counts those below bound[k] and not below the bound before it; the last bin all others. */
typedef struct axf_check_lengths {
    int64_t count[AXF_CHECK_BINS];
    int32_t bound[AXF_CHECK_BINS]; /* the last is INT32_MAX */
    int32_t least, median, p95, most;
} axf_check_lengths;

typedef struct axf_check {
    const axf_posts *posts;
    axf_check_settings settings;
    axf_check_texts texts;
    axf_check_pictures images; /* item NULL: not looked at */
    axf_check_pair *pairs;     /* worst first */
    int32_t pair_count, pair_capacity;
    int64_t split[AXF_SPLITS];
    int64_t leaks[AXF_SPLITS][AXF_SPLITS]; /* [later][earlier]: posts of the later split with a like one in the other */
    int64_t repeats[AXF_SPLITS];           /* pairs within a split */
    int64_t picture[4], tiny;              /* by AXF_PICTURE_… */
    int64_t empty, missing_value;          /* texts: blank ones; others that pandas would read as missing */
    int64_t *labels;                       /* [classes + 1][AXF_SPLITS]; the last: posts without a label */
    axf_check_lengths characters;          /* code points of the text */
} axf_check;

/* Looks at all posts (their splits are drawn). The posts outlive the check. */
void axf_check_init(axf_check *check, const axf_posts *posts, const axf_check_settings *settings);
void axf_check_free(axf_check *check);

int64_t axf_check_leaking(const axf_check *check); /* posts of val and test; one that leaks twice counts once a split */

/* values: [count], changed. */
void axf_check_lengths_count(axf_check_lengths *lengths, int32_t *values, int32_t count);

int axf_check_is_tiny(const axf_check *check, int32_t post);
int axf_check_is_empty(const axf_record *post); /* no character but blanks */

/* ---- reports: check_print.c, check_json.c ---- */

typedef struct axf_check_tokens { /* what the text encoder of a spec makes of the texts */
    const char *encoder;          /* NULL: no tokens were counted */
    axf_check_lengths lengths;
    int32_t max_length;
    int64_t full; /* texts that fill max_length: those that are cut are among them */
} axf_check_tokens;

/* A screen, the worst pairs first, at most `most` of them. Everything from posts is escaped for a terminal. */
void axf_check_print(const axf_check *check, const axf_check_tokens *tokens, int32_t most, axf_strbuf *out);
void axf_check_json(const axf_check *check, const axf_check_tokens *tokens, axf_strbuf *out);

#endif
