/* Rows of a CSV file with a header, one callback a row (libcsv, RFC 4180 and the usual leniency). */
#ifndef AXF_COMMON_DATASETS_CSV_ROWS_H
#define AXF_COMMON_DATASETS_CSV_ROWS_H

#include "auxfuse/plugin.h"

enum { AXF_CSV_MAX_FIELDS = 256 };

typedef struct axf_csv_row {
    const char *file;
    int64_t line; /* of the row's first character, from 1 */
    int32_t count;
    const char *const *field; /* [count] NUL-terminated; valid during the call */
    const size_t *length;     /* [count] */
} axf_csv_row;

enum {                        /* how quotes are written */
       AXF_CSV_STANDARD = 0,  /* RFC 4180: doubled inside quotes; what follows a closing quote, or a quote that is never
                                 closed, is an error; a quote inside an unquoted field stands for itself */
       AXF_CSV_BACKSLASH = 1, /* escaped as \" (and \ as \\) instead of doubled */
       AXF_CSV_PYTHON = 2,    /* RFC 4180 read as Python's csv.reader does, which takes anything: text behind a closing
                                 quote goes on unquoted, and further quotes stand for themselves */
};

/* Calls `header` with the first row, and `row` with each further one that is not empty. A status other than AXF_OK ends
 * the reading, and is returned. The file must be UTF-8 without NUL, and at most 1 GiB long. `dialect` is AXF_CSV_… */
axf_status axf_csv_read(const axf_host *host, const char *path, int dialect,
                        axf_status (*header)(void *context, const axf_csv_row *row),
                        axf_status (*row)(void *context, const axf_csv_row *row), void *context);

/* The index of the column of this name, or -1 when there is none. If no column has exactly this name, then "a|b" means
 * a or, where that is absent, b. */
int32_t axf_csv_column(const axf_csv_row *header, const char *name);
/* The same for a column that must be there: the message of the error lists the columns of the file. */
axf_status axf_csv_need(const axf_host *host, const axf_csv_row *header, const char *name, int32_t *column);

#endif
