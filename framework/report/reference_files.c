#include "report/reference_files.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "core/text.h"
#include "files/csv.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/path.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 30 };

/* ---- a CSV file as a table of texts ---- */

typedef struct record {
    const char **fields;
    int32_t count;
} record;

typedef struct table {
    axf_arena arena;
    const char *path;
    record *records; /* the first is the header */
    int32_t count, capacity;
} table;

static axf_status take_record(void *context, const axf_csv_record *in)
{
    table *t = context;
    if (t->count == t->capacity) {
        t->capacity = t->capacity > 0 ? 2 * t->capacity : 64;
        t->records = axf_realloc(t->records, (size_t)t->capacity * sizeof *t->records);
    }
    record *r = &t->records[t->count++];
    *r = (record){axf_alloc((size_t)in->count * sizeof *r->fields), in->count};
    for (int32_t i = 0; i < in->count; i++) {
        r->fields[i] = axf_arena_copy(&t->arena, in->fields[i]);
    }
    if (in->count != t->records[0].count) {
        return axf_fail(AXF_ERR_FORMAT, "%s: record %d has %d fields, the header %d", t->path, t->count, in->count,
                        t->records[0].count);
    }
    return AXF_OK;
}

static void table_free(table *t)
{
    for (int32_t i = 0; i < t->count; i++) {
        free(t->records[i].fields);
    }
    free(t->records);
    axf_arena_free(&t->arena);
}

/* Reads a CSV file. The table has no records when the run has no such file. */
static axf_status table_read(table *t, const char *folder, const char *name)
{
    *t = (table){0};
    bool there;
    char *path = axf_path_join(folder, name);
    t->path = axf_arena_copy(&t->arena, path);
    free(path);
    AXF_TRY(axf_is_there(t->path, &there));
    return there ? axf_csv_each(t->path, FILE_LIMIT, take_record, t) : AXF_OK;
}

static axf_status column_of(const table *t, const char *name, int32_t *column)
{
    for (int32_t i = 0; i < t->records[0].count; i++) {
        if (strcmp(t->records[0].fields[i], name) == 0) {
            *column = i;
            return AXF_OK;
        }
    }
    return axf_fail(AXF_ERR_FORMAT, "%s: there is no column '%s'", t->path, name);
}

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const axf_reference_loss *)a)->name, ((const axf_reference_loss *)b)->name);
}

/* Appends a number as Python prints a float: the shortest text that is read back as the same number, with a point or an
 * exponent. */
static void put_float(axf_strbuf *out, double value)
{
    char text[AXF_REAL_TEXT];
    axf_text_real(value, text);
    axf_strbuf_puts(out, text);
    if (strpbrk(text, ".en") == NULL) {
        axf_strbuf_puts(out, ".0");
    }
}

static void put_losses(axf_strbuf *out, const axf_reference_run *run)
{
    const size_t size = (size_t)run->loss_count * sizeof *run->losses;
    axf_reference_loss *sorted = axf_alloc(size > 0 ? size : 1);
    if (size > 0) {
        memcpy(sorted, run->losses, size);
        qsort(sorted, (size_t)run->loss_count, sizeof *sorted, by_name);
    }
    for (int32_t i = 0; i < run->loss_count; i++) {
        axf_strbuf_puts(out, sorted[i].name);
        put_float(out, sorted[i].beta);
    }
    free(sorted);
}

/* Appends the beginning that the names of all files of the run have in common, after the folder. */
static void put_prefix(axf_strbuf *out, const axf_reference_run *run)
{
    axf_strbuf_puts(out, "reference/");
    for (int32_t i = 0; i < run->model_count; i++) {
        axf_strbuf_printf(out, "%s%s", i > 0 ? "-" : "", run->models[i]);
    }
    axf_strbuf_printf(out, "_task%lld_seed%llu_", (long long)run->task, (unsigned long long)run->seed);
    if (run->two_inputs) {
        put_losses(out, run);
        axf_strbuf_putc(out, '_');
    }
    if (run->subset >= 0) {
        axf_strbuf_printf(out, "N%lld_", (long long)run->subset);
    }
}

static axf_status write_file(const axf_reference_run *run, const char *ending, const axf_strbuf *text)
{
    axf_strbuf name = {0};
    put_prefix(&name, run);
    axf_strbuf_puts(&name, ending);
    char *path = axf_path_join(run->folder, axf_strbuf_text(&name));
    const axf_status status = axf_durable_write_file(path, axf_strbuf_text(text), text->length);
    free(path);
    axf_strbuf_free(&name);
    return status;
}

/* ---- metrics ---- */

static axf_status write_metrics(const axf_reference_run *run, const table *t, const char *split)
{
    static const char *const metrics[] = {
        "f1_weighted", "f1_macro", "precision_weighted", "precision_macro", "recall_weighted", "recall_macro", "loss"};
    int32_t split_column = 0, epoch_column = 0, column = 0, epochs = 0;
    axf_strbuf text = {0};
    AXF_TRY(column_of(t, "split", &split_column));
    AXF_TRY(column_of(t, "epoch", &epoch_column));
    axf_strbuf_puts(&text, "metric");
    for (int32_t i = 1; i < t->count; i++) {
        if (strcmp(t->records[i].fields[split_column], split) == 0) {
            axf_strbuf_puts(&text, ",epoch-");
            axf_csv_field(&text, t->records[i].fields[epoch_column]);
            epochs++;
        }
    }
    axf_strbuf_putc(&text, '\n');
    axf_status status = AXF_OK;
    for (size_t m = 0; m < sizeof metrics / sizeof metrics[0] && status == AXF_OK; m++) {
        status = column_of(t, metrics[m], &column);
        axf_strbuf_puts(&text, metrics[m]);
        for (int32_t i = 1; i < t->count && status == AXF_OK; i++) {
            if (strcmp(t->records[i].fields[split_column], split) == 0) {
                axf_strbuf_putc(&text, ',');
                axf_csv_field(&text, t->records[i].fields[column]);
            }
        }
        axf_strbuf_putc(&text, '\n');
    }
    if (status == AXF_OK && epochs > 0) {
        axf_strbuf ending = {0};
        axf_strbuf_printf(&ending, "metrics_%s.csv", split);
        status = write_file(run, axf_strbuf_text(&ending), &text);
        axf_strbuf_free(&ending);
    }
    axf_strbuf_free(&text);
    return status;
}

/* ---- predictions ---- */

/* Appends the value of the column `what`, or those of the columns what_0, what_1, … as Python prints a list. */
static void put_values(axf_strbuf *out, const table *t, const record *r, const char *what)
{
    const size_t length = strlen(what);
    int32_t found = 0;
    for (int32_t i = 0; i < r->count; i++) {
        const char *name = t->records[0].fields[i];
        if (strcmp(name, what) == 0) {
            axf_strbuf_putc(out, ',');
            axf_csv_field(out, r->fields[i]);
            return;
        }
        if (strncmp(name, what, length) == 0 && name[length] == '_') {
            axf_strbuf_printf(out, "%s%s", found++ == 0 ? ",\"[" : ", ", r->fields[i]);
        }
    }
    axf_strbuf_puts(out, found > 0 ? "]\"" : ",");
}

static axf_status write_predictions(const axf_reference_run *run, const table *t)
{
    int32_t id = 0;
    axf_strbuf text = {0};
    AXF_TRY(column_of(t, "id", &id));
    axf_strbuf_puts(&text, "data_id,label,prediction\n");
    for (int32_t i = 1; i < t->count; i++) {
        axf_csv_field(&text, t->records[i].fields[id]);
        put_values(&text, t, &t->records[i], "target");
        put_values(&text, t, &t->records[i], "prediction");
        axf_strbuf_putc(&text, '\n');
    }
    const axf_status status = write_file(run, "preds.csv", &text);
    axf_strbuf_free(&text);
    return status;
}

axf_status axf_reference_files_write(const axf_reference_run *run)
{
    char *folder = axf_path_join(run->folder, "reference");
    axf_status status = axf_folder_make(folder);
    free(folder);
    table metrics = {0}, predictions = {0};
    if (status == AXF_OK) {
        status = table_read(&metrics, run->folder, "metrics.csv");
    }
    if (status == AXF_OK && metrics.count > 0) {
        status = write_metrics(run, &metrics, "val");
        status = status == AXF_OK ? write_metrics(run, &metrics, "test") : status;
    }
    if (status == AXF_OK) {
        status = table_read(&predictions, run->folder, "predictions-test.csv");
    }
    if (status == AXF_OK && predictions.count > 0) {
        status = write_predictions(run, &predictions);
    }
    table_free(&metrics);
    table_free(&predictions);
    return status;
}
