#include "sweep/compare_table.h"

#include "core/error.h"
#include "core/strbuf.h"

#include <math.h>
#include <string.h>

const char *axf_compare_cell(axf_arena *arena, const axf_group *group)
{
    const axf_system_result *r = &group->result;
    return isnan(r->sd) ? axf_arena_printf(arena, "%.1f (%d)", 100 * r->mean, group->count)
                        : axf_arena_printf(arena, "%.1f ± %.1f (%d)", 100 * r->mean, 100 * r->sd, group->count);
}

/* In percent. A value that rounds to 0 has no sign. */
static double points(double difference)
{
    return fabs(100 * difference) < 0.05 ? 0 : 100 * difference;
}

static const char **new_cells(axf_arena *arena, axf_table *table)
{
    const size_t count = (size_t)table->rows * (size_t)table->columns;
    table->cells = axf_arena_alloc(arena, count * sizeof *table->cells);
    for (size_t i = 0; i < count; i++) {
        table->cells[i] = "";
    }
    return table->cells;
}

static void list_table(const axf_comparison *c, axf_arena *arena, axf_table *table)
{
    const int32_t numbers = c->group_count > 1 ? 3 : 1;
    *table = (axf_table){c->column_count + numbers, c->group_count + 1, c->column_count, NULL};
    const char **cells = new_cells(arena, table);
    memcpy(cells, c->columns, (size_t)c->column_count * sizeof *cells);
    cells[c->column_count] = axf_arena_printf(arena, "%s (%%)", c->metric);
    if (numbers == 3) {
        cells[c->column_count + 1] = "difference [95 %]";
        cells[c->column_count + 2] = "p";
    }
    for (int32_t g = 0; g < c->group_count; g++) {
        const axf_group *group = &c->groups[g];
        const axf_system_result *r = &group->result;
        const char **row = cells + (size_t)(g + 1) * (size_t)table->columns;
        memcpy(row, group->values, (size_t)c->column_count * sizeof *row);
        row[c->column_count] = axf_compare_cell(arena, group);
        if (numbers == 3) {
            row[c->column_count + 1] = g == 0 ? "baseline"
                                       : !group->paired
                                           ? "other posts"
                                           : axf_arena_printf(arena, "%+.1f [%+.1f, %+.1f]", points(r->difference),
                                                              points(r->difference_low), points(r->difference_high));
            row[c->column_count + 2] =
                g == 0 || !group->paired ? "" : axf_arena_printf(arena, "%.4f%s", r->p, r->p < 0.05 ? " *" : "");
        }
    }
}

/* ---- two headings ---- */

static int32_t find_column(const axf_comparison *c, const char *key)
{
    const size_t length = strlen(key);
    for (int32_t i = 0; i < c->column_count; i++) {
        if (strcmp(c->columns[i], key) == 0) {
            return i;
        }
    }
    for (int32_t i = 0; i < c->column_count; i++) { /* `model.fusion` may be written for model.fusion.strategy */
        if (strncmp(c->columns[i], key, length) == 0 && c->columns[i][length] == '.') {
            return i;
        }
    }
    return -1;
}

static axf_status no_column(const axf_comparison *c, const char *option, const char *key)
{
    axf_strbuf names = {0};
    for (int32_t i = 0; i < c->column_count; i++) {
        axf_strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", c->columns[i]);
    }
    axf_fail(AXF_ERR_USAGE, "--%s: '%s' is not a column of these runs, which differ in: %s", option, key,
             axf_strbuf_text(&names));
    axf_strbuf_free(&names);
    return AXF_ERR_USAGE;
}

static int32_t place_of(const char **values, int32_t *count, const char *value)
{
    for (int32_t i = 0; i < *count; i++) {
        if (strcmp(values[i], value) == 0) {
            return i;
        }
    }
    values[*count] = value;
    return (*count)++;
}

static axf_status cross_table(const axf_comparison *c, const axf_compare_layout *layout, axf_arena *arena,
                              axf_table *table)
{
    if (layout->rows == NULL || layout->cols == NULL) {
        return axf_fail(AXF_ERR_USAGE, "--rows and --cols must be given together");
    }
    const int32_t row_key = find_column(c, layout->rows), col_key = find_column(c, layout->cols);
    if (row_key < 0 || col_key < 0) {
        return row_key < 0 ? no_column(c, "rows", layout->rows) : no_column(c, "cols", layout->cols);
    }
    const size_t groups = (size_t)c->group_count;
    const char **rows = axf_arena_alloc(arena, groups * sizeof *rows),
               **cols = axf_arena_alloc(arena, groups * sizeof *cols);
    int32_t row_count = 0, col_count = 0;
    for (int32_t g = 0; g < c->group_count; g++) {
        place_of(rows, &row_count, c->groups[g].values[row_key]);
        place_of(cols, &col_count, c->groups[g].values[col_key]);
    }
    *table = (axf_table){col_count + 1, row_count + 1, 1, NULL};
    const char **cells = new_cells(arena, table);
    cells[0] = axf_arena_printf(arena, "%s \\ %s", c->columns[row_key], c->columns[col_key]);
    memcpy(cells + 1, cols, (size_t)col_count * sizeof *cells);
    for (int32_t g = 0; g < c->group_count; g++) {
        const axf_group *group = &c->groups[g];
        const int32_t r = place_of(rows, &row_count, group->values[row_key]);
        const int32_t k = place_of(cols, &col_count, group->values[col_key]);
        const char **row = cells + (size_t)(r + 1) * (size_t)table->columns;
        if (row[k + 1][0] != '\0') {
            return axf_fail(AXF_ERR_USAGE, "the cell (%s, %s) would contain several rows of the table: name fewer runs",
                            group->values[row_key], group->values[col_key]);
        }
        row[0] = group->values[row_key];
        row[k + 1] = axf_arena_printf(arena, "%s%s", axf_compare_cell(arena, group),
                                      g > 0 && group->paired && group->result.p < 0.05 ? " *" : "");
    }
    return AXF_OK;
}

axf_status axf_compare_table(const axf_comparison *c, const axf_compare_layout *layout, axf_arena *arena,
                             axf_table *table)
{
    if (layout->rows != NULL || layout->cols != NULL) {
        return cross_table(c, layout, arena, table);
    }
    list_table(c, arena, table);
    return AXF_OK;
}
