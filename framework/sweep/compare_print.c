/* A comparison as text for a terminal, CSV, LaTeX and JSON. Names come from specs, and are escaped for each of
 * these. */
#include "sweep/compare_print.h"

#include "core/text.h"
#include "files/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void axf_compare_signature(const axf_comparison *c, axf_strbuf *out)
{
    const axf_result *first = &c->results.items[c->groups[0].runs[0]];
    const char *version = json_string_value(json_object_get(first->environment, "auxfuse"));
    char hash[AXF_HASH_HEX];
    axf_hash_hex(first->predictions.hash, hash);
    axf_strbuf_puts(out, c->metric);
    const char *average = strchr(c->metric, '_'); /* f1_weighted */
    if (average != NULL) {
        axf_strbuf_printf(out, "|avg:%s|zero_div:0", average + 1);
    }
    axf_strbuf_puts(out, c->bootstrap.multi_label ? "|labels:several" : "");
    axf_strbuf_printf(out, "|split:%s|n:%d|posts:xxh3-%.8s|bs:%d|seed:%llu|nested:posts,seeds|auxfuse:", c->split,
                      first->predictions.posts, hash, c->bootstrap.resamples, (unsigned long long)c->bootstrap.seed);
    axf_strbuf_puts(out, version != NULL ? version : "unknown");
}

/* ---- terminal ---- */

static const char *escaped(axf_arena *arena, const char *text)
{
    axf_strbuf out = {0};
    axf_terminal_put(&out, text, strlen(text));
    const char *copy = axf_arena_copy(arena, axf_strbuf_text(&out));
    axf_strbuf_free(&out);
    return copy;
}

static int32_t width(const char *text)
{
    int32_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static void put_table(const axf_table *table, axf_arena *arena, axf_strbuf *out)
{
    int32_t *widths = axf_arena_alloc(arena, (size_t)table->columns * sizeof *widths);
    const size_t columns = (size_t)table->columns, count = columns * (size_t)table->rows;
    const char **cells = axf_arena_alloc(arena, count * sizeof *cells);
    for (size_t i = 0; i < count; i++) {
        cells[i] = escaped(arena, table->cells[i]);
        widths[i % columns] = width(cells[i]) > widths[i % columns] ? width(cells[i]) : widths[i % columns];
    }
    for (size_t i = 0; i < count; i++) {
        axf_strbuf_puts(out, cells[i]);
        const int32_t pad = widths[i % columns] - width(cells[i]);
        if ((i + 1) % columns == 0) {
            while (out->length > 0 && out->data[out->length - 1] == ' ') {
                out->data[--out->length] = '\0';
            }
            axf_strbuf_putc(out, '\n');
        } else {
            axf_strbuf_printf(out, "%*s", pad + 2, "");
        }
    }
}

static int32_t most_seeds(const axf_comparison *c)
{
    int32_t most = 0;
    for (int32_t g = 0; g < c->group_count; g++) {
        most = c->groups[g].count > most ? c->groups[g].count : most;
    }
    return most;
}

static const char *selection(const axf_comparison *c)
{
    const axf_node *train = axf_node_get(c->results.items[0].spec, "train");
    const axf_node *select = axf_node_get(train, "select");
    return select != NULL && select->kind == AXF_NODE_SCALAR && strcmp(select->text, "best") == 0
               ? "of each run's best epoch by validation"
               : "of each run's last epoch";
}

static void put_words(const axf_comparison *c, axf_strbuf *out)
{
    const int32_t posts = c->results.items[c->groups[0].runs[0]].predictions.posts;
    const int seeds = most_seeds(c) > 1;
    axf_strbuf_printf(out,
                      "\n%s of the %s predictions %s, in percent; %d posts (one post is %.1f points of accuracy).\n",
                      c->metric, c->split, selection(c), posts, 100.0 / posts);
    if (seeds) {
        axf_strbuf_puts(out, "mean ± standard deviation (n): over n seeds, i.e. trainings, on the same posts.\n");
    }
    if (c->group_count > 1) {
        axf_strbuf_printf(
            out,
            "[low, high]: 95 %% interval of the difference to the first row, from %d paired resamples of the posts%s\n"
            "(every row on the same posts).\n"
            "p: how often resampling alone would bring a difference at least this far from none, if there were none;\n"
            "* marks p < 0.05. Different is not better, nor is an unmarked row equal; of 20 rows without any "
            "difference\n"
            "one is marked by chance.\n",
            c->bootstrap.resamples,
            seeds ? "\nand, nested in them, of each row's seeds" : " (one seed: trainings are not)");
    }
    axf_strbuf_puts(out, "signature: ");
    axf_strbuf signature = {0};
    axf_compare_signature(c, &signature);
    axf_terminal_put(out, axf_strbuf_text(&signature), signature.length);
    axf_strbuf_free(&signature);
    axf_strbuf_putc(out, '\n');
}

axf_status axf_compare_text(const axf_comparison *c, const axf_compare_layout *layout, axf_strbuf *out)
{
    axf_arena arena = {0};
    axf_table table;
    const axf_status status = axf_compare_table(c, layout, &arena, &table);
    if (status == AXF_OK) {
        for (int32_t i = 0; i < c->constant_count; i++) {
            axf_strbuf_printf(out, "%s%s", i == 0 ? "in all runs: " : ", ", escaped(&arena, c->constants[i]));
        }
        axf_strbuf_puts(out, c->constant_count > 0 ? "\n\n" : "");
        put_table(&table, &arena, out);
        put_words(c, out);
        for (int32_t i = 0; i < c->warning_count; i++) {
            axf_strbuf_printf(out, "warning: %s\n", escaped(&arena, c->warnings[i]));
        }
    }
    axf_arena_free(&arena);
    return status;
}

/* ---- CSV ---- */

static void csv_text(axf_strbuf *out, const char *text, int safe)
{
    if (safe) {
        axf_csv_field_guarded(out, text);
    } else {
        axf_csv_field(out, text);
    }
}

static void csv_real(axf_strbuf *out, double value)
{
    char text[AXF_REAL_TEXT];
    axf_strbuf_putc(out, ',');
    axf_strbuf_puts(out, isnan(value) ? "" : axf_text_real(value, text));
}

static void csv_group(const axf_comparison *c, const axf_group *group, int safe, axf_strbuf *out)
{
    const axf_system_result *r = &group->result;
    const int compared = group != &c->groups[0] && group->paired;
    for (int32_t i = 0; i < c->column_count; i++) {
        csv_text(out, group->values[i], safe);
        axf_strbuf_putc(out, ',');
    }
    axf_strbuf_printf(out, "%s,%s,%s,%d", group->run_id, c->metric, c->split, group->count);
    const double values[] = {r->mean, r->sd, r->low, r->high};
    for (int i = 0; i < 4; i++) {
        csv_real(out, values[i]);
    }
    const double differences[] = {r->difference, r->difference_low, r->difference_high, r->p};
    for (int i = 0; i < 4; i++) {
        csv_real(out, compared ? differences[i] : NAN);
    }
    for (int32_t k = 0; k < group->count; k++) {
        axf_strbuf_printf(out, "%s%llu", k == 0 ? "," : " ", (unsigned long long)c->results.items[group->runs[k]].seed);
    }
    axf_strbuf_putc(out, '\n');
}

axf_status axf_compare_csv(const axf_comparison *c, const axf_compare_layout *layout, axf_strbuf *out)
{
    if (layout->rows != NULL || layout->cols != NULL) {
        axf_arena arena = {0};
        axf_table table;
        const axf_status status = axf_compare_table(c, layout, &arena, &table);
        for (int32_t i = 0; status == AXF_OK && i < table.rows * table.columns; i++) {
            csv_text(out, table.cells[i], layout->safe_csv);
            axf_strbuf_putc(out, (i + 1) % table.columns == 0 ? '\n' : ',');
        }
        axf_arena_free(&arena);
        return status;
    }
    for (int32_t i = 0; i < c->column_count; i++) {
        csv_text(out, c->columns[i], layout->safe_csv);
        axf_strbuf_putc(out, ',');
    }
    axf_strbuf_puts(out, "run_id,metric,split,n,mean,sd,low,high,difference,difference_low,difference_high,p,seeds\n");
    for (int32_t g = 0; g < c->group_count; g++) {
        csv_group(c, &c->groups[g], layout->safe_csv, out);
    }
    return AXF_OK;
}

/* ---- LaTeX ---- */

static void latex_text(axf_strbuf *out, const char *text, axf_arena *arena)
{
    static const struct {
        const char *from, *to;
    } table[] = {{"\\", "\\textbackslash{}"},
                 {"&", "\\&"},
                 {"%", "\\%"},
                 {"$", "\\$"},
                 {"#", "\\#"},
                 {"_", "\\_"},
                 {"{", "\\{"},
                 {"}", "\\}"},
                 {"~", "\\textasciitilde{}"},
                 {"^", "\\textasciicircum{}"},
                 {"±", "$\\pm$"},
                 {"<", "$<$"},
                 {">", "$>$"}};
    for (const char *at = escaped(arena, text); *at != '\0';) {
        size_t i = 0, length = 1;
        while (i < sizeof table / sizeof table[0] && strncmp(at, table[i].from, strlen(table[i].from)) != 0) {
            i++;
        }
        if (i < sizeof table / sizeof table[0]) {
            axf_strbuf_puts(out, table[i].to);
            length = strlen(table[i].from);
        } else {
            axf_strbuf_putc(out, *at);
        }
        at += length;
    }
}

axf_status axf_compare_latex(const axf_comparison *c, const axf_compare_layout *layout, axf_strbuf *out)
{
    axf_arena arena = {0};
    axf_table table;
    const axf_status status = axf_compare_table(c, layout, &arena, &table);
    if (status == AXF_OK) {
        axf_strbuf signature = {0};
        axf_compare_signature(c, &signature);
        axf_strbuf_printf(out, "%% %s\n\\begin{tabular}{", escaped(&arena, axf_strbuf_text(&signature)));
        axf_strbuf_free(&signature);
        for (int32_t i = 0; i < table.columns; i++) {
            axf_strbuf_putc(out, i < table.text_columns ? 'l' : 'r');
        }
        axf_strbuf_puts(out, "}\n\\hline\n");
        for (int32_t i = 0; i < table.rows * table.columns; i++) {
            const int last = (i + 1) % table.columns == 0;
            latex_text(out, table.cells[i], &arena);
            axf_strbuf_puts(out, last ? " \\\\\n" : " & ");
            axf_strbuf_puts(out, i + 1 == table.columns ? "\\hline\n" : "");
        }
        axf_strbuf_puts(out, "\\hline\n\\end{tabular}\n");
    }
    axf_arena_free(&arena);
    return status;
}

/* ---- JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *group_json(const axf_comparison *c, const axf_group *group)
{
    const axf_system_result *r = &group->result;
    const int compared = group != &c->groups[0] && group->paired;
    json_t *values = json_object(), *runs = json_array();
    for (int32_t i = 0; i < c->column_count; i++) {
        json_object_set_new(values, c->columns[i], json_string(group->values[i]));
    }
    for (int32_t k = 0; k < group->count; k++) {
        const axf_result *run = &c->results.items[group->runs[k]];
        json_array_append_new(runs, json_pack("{s:I, s:o, s:s}", "seed", (json_int_t)run->seed, "score",
                                              number(group->scores[k]), "folder", run->folder));
    }
    return json_pack("{s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "name", group->name,
                     "run_id", group->run_id, "values", values, "n", (int)group->count, "mean", number(r->mean), "sd",
                     number(r->sd), "low", number(r->low), "high", number(r->high), "paired", group->paired,
                     "difference", number(compared ? r->difference : NAN), "difference_low",
                     number(compared ? r->difference_low : NAN), "difference_high",
                     number(compared ? r->difference_high : NAN), "p", number(compared ? r->p : NAN), "runs", runs);
}

json_t *axf_compare_json(const axf_comparison *c)
{
    json_t *groups = json_array(), *constants = json_array(), *warnings = json_array();
    for (int32_t g = 0; g < c->group_count; g++) {
        json_array_append_new(groups, group_json(c, &c->groups[g]));
    }
    for (int32_t i = 0; i < c->constant_count; i++) {
        json_array_append_new(constants, json_string(c->constants[i]));
    }
    for (int32_t i = 0; i < c->warning_count; i++) {
        json_array_append_new(warnings, json_string(c->warnings[i]));
    }
    axf_strbuf signature = {0};
    axf_compare_signature(c, &signature);
    json_t *root = json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o}", "metric", c->metric, "split", c->split, "signature",
                             axf_strbuf_text(&signature), "resamples", (int)c->bootstrap.resamples, "groups", groups,
                             "constants", constants, "warnings", warnings);
    axf_strbuf_free(&signature);
    return root;
}
