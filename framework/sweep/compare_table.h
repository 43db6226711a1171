/* A comparison as cells of text, laid out by the printers. */
#ifndef AXF_SWEEP_COMPARE_TABLE_H
#define AXF_SWEEP_COMPARE_TABLE_H

#include "sweep/comparison.h"

typedef struct axf_compare_layout {
    const char *rows, *cols; /* keys of a table with two headings, or NULL both */
    int safe_csv;            /* writes ' before cells that a spreadsheet would take for formulas */
} axf_compare_layout;

typedef struct axf_table {
    int32_t columns, rows; /* rows[0] are the headings */
    int32_t text_columns;  /* the first so many are words, the rest numbers */
    const char **cells;    /* [rows][columns], UTF-8 as the specs have it: not escaped */
} axf_table;

/* Makes one row for each group, or with layout->rows and cols one cell for each group. It lives in the arena. */
axf_status axf_compare_table(const axf_comparison *comparison, const axf_compare_layout *layout, axf_arena *arena,
                             axf_table *table);

/* Gives "62.1 ± 1.3 (3)", in percent. */
const char *axf_compare_cell(axf_arena *arena, const axf_group *group);

#endif
