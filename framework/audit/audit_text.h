/* Texts that copy each other: what of a text is compared, when two are equal, and how near two are. */
#ifndef AXF_AUDIT_AUDIT_TEXT_H
#define AXF_AUDIT_AUDIT_TEXT_H

#include "audit/copy_groups.h"
#include "core/strbuf.h"

/* Appends the words of a text, one blank between them: letters in lower case (ASCII, Latin-1, Greek, Cyrillic), marks
 * and punctuation dropped; so are what often differs between copies: links, @mentions and a leading "RT". */
void axf_audit_words(axf_strbuf *out, const char *text, size_t length);

typedef struct axf_audit_texts {
    axf_copy_groups copies;
    uint64_t **shingle; /* [posts] sorted, without repeats; NULL: too short to be near anything */
    int32_t *shingles;  /* [posts] */
    axf_arena arena;
} axf_audit_texts;

/* Equal: the same words. Near: the Jaccard index of the sets of five-byte pieces of the words (of their first 4,096
 * bytes; texts with fewer than 20 are not compared) is at least `near`, 0.5 to 1. Pairs are found by MinHash (Broder
 * 1997) in 32 bands of 4, and then computed exactly: one at the index 0.7 is missed once in 5,000 times, at 0.5 once
 * in 8. Where more than 64 unequal texts share a band, each is compared with the 64 before it. */
void axf_audit_texts_init(axf_audit_texts *texts, const axf_posts *posts, double near);
void axf_audit_texts_free(axf_audit_texts *texts);

/* The Jaccard index of two posts' pieces, 1 for equal words, 0 when one of them is not compared. */
double axf_audit_jaccard(const axf_audit_texts *texts, int32_t a, int32_t b);

/* 1: pandas 1.5 reads a field of exactly this text as missing (the empty one too). */
int axf_audit_is_missing_value(const char *text, size_t length);

#endif
