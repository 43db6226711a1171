/* Text for people and for files: the closest name, endings, escaping for where it goes, numbers that no locale changes. */
#ifndef AXF_CORE_TEXT_H
#define AXF_CORE_TEXT_H

#include "core/strbuf.h"

#include <stddef.h>

/* ---- "did you mean …?" ---- */

/* Usage: axf_closest best = {.word = word}; then axf_closest_offer(&best, name) for each name. After that best.name
 * is the nearest one, and the first of several that are equally near; it is NULL when none is near. A name is near
 * when its distance is at most a third of the word's length, or 1. */
typedef struct axf_closest {
    const char *word;
    const char *name; /* borrowed from the offer */
    unsigned distance;
} axf_closest;

void axf_closest_offer(axf_closest *best, const char *name);

/* The number of edits that lead from a to b: to insert, delete or replace a byte, or to swap two neighbours (Damerau
 * 1964, each place edited once). Upper and lower case are equal. The result is `limit` + 1 when there are more edits
 * than that, or when a text is longer than 64 bytes. */
unsigned axf_text_distance(const char *a, const char *b, unsigned limit);

/* Returns 1 when the text ends with `end`; every text ends with "". */
int axf_text_ends_with(const char *text, const char *end);

/* ---- escaping ---- */

/* Appends text for one line of a terminal or log. Control characters (C0, DEL, C1), marks that reorder text (bidi
 * controls) and invalid UTF-8 appear as \n, \t, \xNN or \u{N}, so that hostile text can neither steer the terminal
 * nor look like a line of ours. */
void axf_terminal_put(axf_strbuf *out, const char *text, size_t length);

/* The same, but newlines and tabs stay. It is for messages of several lines that the program composed. */
void axf_terminal_put_lines(axf_strbuf *out, const char *text, size_t length);

/* Appends a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD. '<' is written \u003c, so that the text may
 * also lie in a script element of HTML. */
void axf_json_put_string(axf_strbuf *out, const char *text);
void axf_json_put_string_n(axf_strbuf *out, const char *text, size_t length);

/* ---- numbers ---- */

enum { AXF_REAL_TEXT = 32 };

/* Writes %.9g, which is enough to give back every float, with a point whatever the locale says; "nan", "inf" and
 * "-inf" for the other values. Returns `out`. */
const char *axf_text_real(double value, char out[AXF_REAL_TEXT]);

/* Appends the same to JSON, and null for a value that is not finite. */
void axf_json_put_real(axf_strbuf *out, double value);

#endif
