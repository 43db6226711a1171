/* Text for people and for files: the closest name, endings, escaping for where it goes, numbers that no locale changes. */
#ifndef AXF_CORE_TEXT_H
#define AXF_CORE_TEXT_H

#include "core/strbuf.h"

#include <stddef.h>

/* ---- "did you mean …?" ---- */

/* Usage: axf_closest best = {.word = word}; axf_closest_offer(&best, name) for each name; best.name is the nearest, the
 * first of equals, NULL when none is near: distance at most a third of the word's length and at least 1. */
typedef struct axf_closest {
    const char *word;
    const char *name; /* borrowed from the offer */
    unsigned distance;
} axf_closest;

void axf_closest_offer(axf_closest *best, const char *name);

/* Edits from a to b: insert, delete, replace, swap neighbours (Damerau 1964, each place edited once), letters' case
 * ignored; bytes, not characters. `limit` + 1 when it is more than `limit` or a text is longer than 64 bytes. */
unsigned axf_text_distance(const char *a, const char *b, unsigned limit);

/* 1: the text ends with `end`; every text ends with "". */
int axf_text_ends_with(const char *text, const char *end);

/* ---- escaping ---- */

/* For a terminal or log, one line: control characters (C0, DEL, C1), marks that reorder text (bidi controls) and
 * invalid UTF-8 appear as \n, \t, \xNN or \u{N}, so that hostile text can neither steer the terminal nor fake a line.
 */
void axf_terminal_put(axf_strbuf *out, const char *text, size_t length);

/* The same, but newlines and tabs stay: for messages of several lines that the program composed. */
void axf_terminal_put_lines(axf_strbuf *out, const char *text, size_t length);

/* A JSON string with its quotes. Invalid UTF-8 becomes U+FFFD; '<' is written \u003c, so that the text may also stand
 * in an HTML script element. */
void axf_json_put_string(axf_strbuf *out, const char *text);
void axf_json_put_string_n(axf_strbuf *out, const char *text, size_t length);

/* ---- numbers ---- */

enum { AXF_REAL_TEXT = 32 };

/* %.9g (enough to give back every float) with a point whatever the locale; "nan", "inf", "-inf". Returns `out`. */
const char *axf_text_real(double value, char out[AXF_REAL_TEXT]);

/* The same as JSON: null for what is not finite. */
void axf_json_put_real(axf_strbuf *out, double value);

#endif
