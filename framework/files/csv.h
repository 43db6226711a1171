/* CSV files as RFC 4180 describes them. All CSV of the host is written and read here. */
#ifndef AXF_FILES_CSV_H
#define AXF_FILES_CSV_H

#include "core/strbuf.h"

#include <stddef.h>
#include <stdint.h>

/* ---- writing ---- */

/* Appends a field, in quotes where it holds a comma, a quote or the end of a line. The caller puts the commas. */
void axf_csv_field(axf_strbuf *out, const char *text);
void axf_csv_field_n(axf_strbuf *out, const char *text, size_t length); /* text that may hold NULs */

/* The same for a file that a person opens in a spreadsheet: text that the spreadsheet would take for a formula (it
 * begins with = + - @, tab or carriage return) is put in quotes behind an apostrophe. */
void axf_csv_field_guarded(axf_strbuf *out, const char *text);

/* ---- reading ---- */

typedef struct axf_csv_record {
    const char *path;
    int64_t number;            /* of the record in the file; the header's is 1. Empty lines do not count. */
    const char *const *fields; /* [count] */
    int32_t count;
} axf_csv_record;

/* Reads a file of at most `limit` bytes and calls `each` for every record. The record is valid until `each` returns.
 * An error that `each` returns ends the reading. A malformed file is AXF_ERR_FORMAT, and so is one that ends within
 * a quoted field. */
axf_status axf_csv_each(const char *path, size_t limit, axf_status (*each)(void *context, const axf_csv_record *record),
                        void *context);

/* Returns the place of the field called `name` in the header, or -1 when there is none. */
int32_t axf_csv_index(const axf_csv_record *header, const char *name);

#endif
