/* auxfuse compare: finished runs in a table, with tests of their differences. */
#include "sweep/compare.h"
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/log.h"
#include "files/json.h"
#include "sweep/compare_print.h"

#include <stdio.h>
#include <stdlib.h>

static axf_status print(const axf_comparison *comparison, const axf_compare_layout *layout, bool csv, bool json,
                        bool latex)
{
    axf_strbuf text = {0};
    axf_status status = AXF_OK;
    if (json) {
        json_t *root = axf_compare_json(comparison);
        status = axf_json_put(&text, root, AXF_COMPARE_DIGITS);
        axf_strbuf_putc(&text, '\n');
        json_decref(root);
    } else {
        status = csv     ? axf_compare_csv(comparison, layout, &text)
                 : latex ? axf_compare_latex(comparison, layout, &text)
                         : axf_compare_text(comparison, layout, &text);
    }
    if (status == AXF_OK && (fputs(axf_strbuf_text(&text), stdout) == EOF || fflush(stdout) != 0)) {
        status = axf_fail_errno("cannot write to standard output");
    }
    if (status == AXF_OK && (csv || latex)) {
        for (int32_t i = 0; i < comparison->warning_count; i++) {
            axf_log(AXF_LOG_LEVEL_WARNING, "%s", comparison->warnings[i]);
        }
    }
    axf_strbuf_free(&text);
    return status;
}

static int run(int argc, char **argv)
{
    axf_compare_settings settings = {0};
    axf_compare_layout layout = {0};
    bool csv = false, json = false, latex = false, safe = false;
    char **paths;
    int count = 0;
    const axf_flag flags[] = {
        {.name = "metric", .value = &settings.metric},
        {.name = "split", .value = &settings.split},
        {.name = "baseline", .value = &settings.baseline},
        {.name = "rows", .value = &layout.rows},
        {.name = "cols", .value = &layout.cols},
        {.name = "csv", .flag = &csv},
        {.name = "safe-csv", .flag = &safe},
        {.name = "json", .flag = &json},
        {.name = "latex", .flag = &latex},
        {0},
    };
    axf_status status = axf_flags_parse(argc, argv, flags, &paths, &count);
    if (status == AXF_OK && count == 0) {
        status =
            axf_fail(AXF_ERR_USAGE, "no runs were given: name run folders, or a folder above them, e.g. runs/NAME");
    }
    layout.safe_csv = safe;
    csv = csv || safe;
    if (status == AXF_OK && csv + json + latex > 1) {
        status = axf_fail(AXF_ERR_USAGE, "--csv, --json and --latex exclude each other");
    }
    if (status == AXF_OK) {
        axf_comparison comparison;
        status = axf_compare(&comparison, paths, count, &settings);
        if (status == AXF_OK) {
            status = print(&comparison, &layout, csv, json, latex);
        }
        axf_comparison_free(&comparison);
    }
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_compare = {
    "compare", "RUNS… [options]", "Compares finished runs: mean and deviation over seeds, and paired tests", run,
    "  RUNS…             run folders, folders above them, or a sweep's folder\n"
    "  --metric M        f1_weighted (default), accuracy or f1_macro; several labels a post: also f1_micro, "
    "f1_samples\n"
    "  --split S         test (default) or val\n"
    "  --baseline NAME   the row that the others are compared with: its columns' words, or its run id\n"
    "  --rows KEY --cols KEY\n"
    "                    a table with two headings: --rows model.fusion --cols data.loader\n"
    "  --csv, --safe-csv numbers as CSV; safe: cells that a spreadsheet takes for formulas begin with '\n"
    "  --latex           a LaTeX tabular\n"
    "  --json            everything as one JSON document\n\n"
    "Runs that differ in nothing but their seed make one row. Differences are tested by a paired bootstrap\n"
    "over posts and seeds; rows that predict other posts are not compared.\n"};
