/* Texts that are copies of each other: which parts of a text are compared, when two are equal, and how near two are. */
#ifndef AXF_AUDIT_AUDIT_TEXT_H
#define AXF_AUDIT_AUDIT_TEXT_H

#include "audit/copy_groups.h"
#include "core/strbuf.h"

/* Appends the words of a text with one blank between them. Letters become lower case (ASCII, Latin-1, Greek, Cyrillic).
 * Marks and punctuation are dropped, and also what often differs between copies: links, @mentions and a leading
 * "RT". */
void axf_audit_words(axf_strbuf *out, const char *text, size_t length);

typedef struct axf_audit_texts {
    axf_copy_groups copies;
    uint64_t **shingle; /* [posts] sorted hashes of the text's pieces, each once; NULL: too short to compare */
    int32_t *shingles;  /* [posts] how many there are */
    axf_arena arena;
} axf_audit_texts;

/* Two texts are equal when they have the same words. They are near when the Jaccard index of their sets of five-byte
 * pieces is at least `near`, 0.5 to 1. The pieces are those of the first 4,096 bytes of the words; texts with fewer
 * than 20 pieces are not compared. Pairs are found by MinHash (Broder 1997) in 32 bands of 4, and their index is then
 * computed exactly. One pair in 5,000 with the index 0.7 is not found, and one in 8 with 0.5. Where more than 64
 * unequal texts share a band, each is compared with the 64 before it. */
void axf_audit_texts_init(axf_audit_texts *texts, const axf_posts *posts, double near);
void axf_audit_texts_free(axf_audit_texts *texts);

/* The Jaccard index of two posts' texts: 1 for equal words, 0 when one of them is too short to compare. */
double axf_audit_jaccard(const axf_audit_texts *texts, int32_t a, int32_t b);

/* Whether pandas 1.5 reads a field with exactly this text as missing, as it does with the empty text. */
int axf_audit_is_missing_value(const char *text, size_t length);

#endif
