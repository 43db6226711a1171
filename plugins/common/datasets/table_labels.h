/* Several labels a post, in the two ways tables have them: a column of 0 and 1 for each label, or the words of one
 * column between separators. */
#ifndef AXF_COMMON_DATASETS_TABLE_LABELS_H
#define AXF_COMMON_DATASETS_TABLE_LABELS_H

#include "auxfuse/plugin.h"

enum { AXF_MAX_LABELS = 10000 };

typedef struct axf_label_words { /* the label set; grows while words are collected */
    const char **items;          /* [AXF_MAX_LABELS], or as many as are given */
    int32_t count;
} axf_label_words;

/* Reads 0, 1, false or true, in upper or lower case, from the column of a label. `where` is "FILE:LINE: post ID", for
 * the message. */
axf_status axf_label_flag(const axf_host *host, const char *word, const char *where, const char *column, uint8_t *flag);

/* Adds a word of `length` bytes to the set, unless it is there already. */
axf_status axf_label_collect(const axf_host *host, axf_label_words *set, const char *word, size_t length,
                             const char *where);

/* Takes the words of `cell` apart at the separators. Blanks around a word and empty words are left out. Where `flags`
 * is NULL, the words are added to the set. Else flags [set->count] are cleared, and the flag of each word is set; a
 * word that is not in the set is an error. */
axf_status axf_label_split(const axf_host *host, axf_label_words *set, const char *cell, const char *separator,
                           const char *where, uint8_t *flags);

#endif
