/* A comparison as text for a terminal, as CSV, as LaTeX and as JSON. */
#ifndef AXF_SWEEP_COMPARE_PRINT_H
#define AXF_SWEEP_COMPARE_PRINT_H

#include "core/strbuf.h"
#include "sweep/compare_table.h"

#include <jansson.h>

enum { AXF_COMPARE_DIGITS = 12 }; /* significant digits of the numbers in JSON */

/* AXF_ERR_USAGE: rows or cols is not a column, or a cell would contain two groups. */
axf_status axf_compare_text(const axf_comparison *comparison, const axf_compare_layout *layout, axf_strbuf *out);
axf_status axf_compare_csv(const axf_comparison *comparison, const axf_compare_layout *layout, axf_strbuf *out);
axf_status axf_compare_latex(const axf_comparison *comparison, const axf_compare_layout *layout, axf_strbuf *out);
json_t *axf_compare_json(const axf_comparison *comparison); /* the caller releases it by json_decref */

/* Gives "f1_weighted|avg:weighted|zero_div:0|split:test|n:131|…": everything on which the numbers depend. */
void axf_compare_signature(const axf_comparison *comparison, axf_strbuf *out);

#endif
