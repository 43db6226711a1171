/* A comparison: finished runs grouped by all but their seed, each group against the first. */
#ifndef AXF_SWEEP_COMPARE_H
#define AXF_SWEEP_COMPARE_H

#include "sweep/results.h"
#include "sweep/statistics.h"

typedef struct axf_compare_settings {
    const char *metric;   /* accuracy, f1_weighted (also NULL), f1_macro */
    const char *split;    /* test (also NULL), val */
    const char *baseline; /* name or run id of the group that the others are compared with; NULL: the first */
} axf_compare_settings;

typedef struct axf_group {
    const char *run_id;
    const char *name;          /* its columns' values with blanks between them */
    const char *const *values; /* [column_count] */
    int32_t count;
    int32_t *runs;  /* [count] indices into results, by seed */
    double *scores; /* [count] */
    int paired;     /* 0: other posts than the first group's: no difference */
    axf_system_result result;
} axf_group;

typedef struct axf_comparison {
    axf_arena arena;
    axf_results results;
    const char *metric, *split;
    axf_bootstrap_settings bootstrap;
    const char **columns; /* axes of the sweep, or the keys of the specs that differ */
    int32_t column_count;
    axf_group *groups; /* the first is the baseline */
    int32_t group_count;
    const char **constants; /* "key value" of what is worth knowing and the same in all */
    int32_t constant_count;
    const char **warnings;
    int32_t warning_count;
} axf_comparison;

/* Reads and compares. The caller frees also on error. */
axf_status axf_compare(axf_comparison *comparison, char *const *paths, int32_t path_count,
                       const axf_compare_settings *settings);
void axf_comparison_free(axf_comparison *comparison);

/* ---- pieces ---- */

/* columns.c: fills columns, each group's values and name, and constants. */
void axf_compare_columns(axf_comparison *comparison);
/* warnings.c: what a reader of the table must know: other builds, hardware, posts, numbers that chose an epoch. */
void axf_compare_warn(axf_comparison *comparison);
void axf_compare_add_warning(axf_comparison *comparison, const char *format, ...) AXF_PRINTF(2, 3);

/* ---- printing ---- */

typedef struct axf_compare_layout {
    const char *rows, *cols; /* keys of a table with two headings, or NULL both */
    int safe_csv;            /* ' before cells that a spreadsheet would take for formulas */
} axf_compare_layout;

/* AXF_ERR_USAGE: rows or cols is no column, or a cell would hold two groups. */
axf_status axf_compare_text(const axf_comparison *comparison, const axf_compare_layout *layout, axf_strbuf *out);
axf_status axf_compare_csv(const axf_comparison *comparison, const axf_compare_layout *layout, axf_strbuf *out);
axf_status axf_compare_latex(const axf_comparison *comparison, const axf_compare_layout *layout, axf_strbuf *out);
void axf_compare_json(const axf_comparison *comparison, axf_strbuf *out);

/* "f1_weighted|avg:weighted|zero_div:0|split:test|n:131|…": all that the numbers depend on. */
void axf_compare_signature(const axf_comparison *comparison, axf_strbuf *out);

#endif
