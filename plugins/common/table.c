#include "common/table.h"

#include "common/csv_rows.h"
#include "common/labels.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID, TEXT, LABEL, SPLIT, IMAGE, COLUMNS, MAX_LABELS = 10000 };

typedef struct cell {
    const char *text; /* NULL: absent */
    size_t length;
} cell;

typedef struct table_reader {
    const axf_host *host;
    const axf_table *table;
    const axf_post_sink *sink;
    const char *names[COLUMNS];
    int32_t column[COLUMNS]; /* -1: not there */
    const char **labels;
    int32_t label_count;
    int collecting; /* first pass: which labels are there */
} table_reader;

static axf_status need_id(const table_reader *r, const cell *cells, const char *file, int64_t line)
{
    for (int i = ID; i <= TEXT; i++) {
        if (r->names[i] != NULL && (cells[i].text == NULL || (i == ID && cells[i].length == 0))) {
            return r->host->fail(r->host, AXF_ERR_DATA, "%s:%lld: no %s", file, (long long)line, r->names[i]);
        }
    }
    return AXF_OK;
}

static axf_status collect_label(table_reader *r, const cell *cells)
{
    for (int32_t i = 0; i < r->label_count; i++) {
        if (strcmp(r->labels[i], cells[LABEL].text) == 0) {
            return AXF_OK;
        }
    }
    if (r->label_count == MAX_LABELS) {
        return r->host->fail(r->host, AXF_ERR_DATA, "%s: more than %d different labels in column '%s'", r->table->file,
                             MAX_LABELS, r->names[LABEL]);
    }
    char *copy = r->host->allocate(r->host, cells[LABEL].length + 1);
    memcpy(copy, cells[LABEL].text, cells[LABEL].length + 1);
    r->labels[r->label_count++] = copy;
    return AXF_OK;
}

static axf_status give_post(table_reader *r, const cell *cells, const char *file, int64_t line)
{
    AXF_TRY(need_id(r, cells, file, line));
    if (r->collecting) {
        return cells[LABEL].text != NULL ? collect_label(r, cells) : AXF_OK;
    }
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)line);
    axf_post post = {.struct_size = sizeof post,
                     .id = r->names[ID] != NULL ? cells[ID].text : number,
                     .text = cells[TEXT].text != NULL ? cells[TEXT].text : "",
                     .text_length = cells[TEXT].length,
                     .target = -1,
                     .file = file,
                     .line = line};
    if (cells[LABEL].text != NULL) {
        AXF_TRY(
            axf_label_find(r->host, r->labels, r->label_count, cells[LABEL].text, file, line, post.id, &post.target));
    } else if (!r->table->label_optional) {
        return r->host->fail(r->host, AXF_ERR_DATA, "%s:%lld: post %s has no %s", file, (long long)line, post.id,
                             r->names[LABEL]);
    }
    if (cells[SPLIT].text != NULL) {
        AXF_TRY(axf_split_find(r->host, cells[SPLIT].text, file, line, post.id, &post.split));
    }
    if (cells[IMAGE].text != NULL && cells[IMAGE].length > 0) {
        post.image = cells[IMAGE].text;
    } else if (r->column[IMAGE] < 0 && r->table->image_root != NULL && r->table->image_pattern != NULL) {
        post.image = axf_pattern_fill(r->host, r->table->image_pattern, post.id);
    }
    return r->sink->post(r->sink->context, &post);
}

static axf_status csv_header(void *context, const axf_csv_row *row)
{
    table_reader *r = context;
    for (int i = 0; i < COLUMNS; i++) {
        r->column[i] = -1;
        const int optional = i == LABEL && r->table->label_optional;
        if (r->names[i] != NULL && (optional || i == IMAGE || i == SPLIT)) {
            r->column[i] = axf_csv_column(row, r->names[i]);
        } else if (r->names[i] != NULL) {
            AXF_TRY(axf_csv_need(r->host, row, r->names[i], &r->column[i]));
        }
    }
    return AXF_OK;
}

static axf_status csv_row(void *context, const axf_csv_row *row)
{
    table_reader *r = context;
    cell cells[COLUMNS] = {{0}};
    for (int i = 0; i < COLUMNS; i++) {
        if (r->column[i] >= row->count) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: %d fields, column '%s' is the %dth", row->file,
                                 (long long)row->line, row->count, r->names[i], r->column[i] + 1);
        }
        if (r->column[i] >= 0) {
            cells[i] = (cell){row->field[r->column[i]], row->length[r->column[i]]};
        }
    }
    return give_post(r, cells, row->file, row->line);
}

/* A string, or a number as it would be written; other kinds are an error. */
static axf_status json_cell(const table_reader *r, const json_t *value, int i, int64_t line, char *buffer, size_t size,
                            cell *out)
{
    if (json_is_string(value)) {
        *out = (cell){json_string_value(value), json_string_length(value)};
    } else if (json_is_integer(value)) {
        *out = (cell){buffer, (size_t)snprintf(buffer, size, "%lld", (long long)json_integer_value(value))};
    } else {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: '%s' is neither a string nor a whole number",
                             r->table->file, (long long)line, r->names[i]);
    }
    return AXF_OK;
}

static axf_status json_line(table_reader *r, const char *text, size_t length, int64_t line)
{
    json_error_t error;
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld:%d: not a JSON object%s%s", r->table->file,
                             (long long)line, object == NULL ? error.column : 1, object == NULL ? ": " : "",
                             object == NULL ? error.text : "");
    }
    cell cells[COLUMNS] = {{0}};
    char numbers[COLUMNS][32];
    axf_status status = AXF_OK;
    for (int i = 0; i < COLUMNS && status == AXF_OK; i++) {
        const json_t *value = r->names[i] != NULL ? json_object_get(object, r->names[i]) : NULL;
        if (value != NULL && !json_is_null(value)) {
            status = json_cell(r, value, i, line, numbers[i], sizeof numbers[i], &cells[i]);
        }
    }
    r->column[IMAGE] = cells[IMAGE].text != NULL ? 0 : -1;
    if (status == AXF_OK) {
        status = give_post(r, cells, r->table->file, line);
    }
    json_decref(object);
    return status;
}

static axf_status read_jsonl(table_reader *r)
{
    char *bytes;
    size_t size;
    AXF_TRY(r->host->read_file(r->host, r->table->file, (size_t)1 << 30, &bytes, &size));
    int64_t line = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        const size_t length = end != NULL ? (size_t)(end - (bytes + at)) : size - at;
        line++;
        if (length > 0 && strspn(bytes + at, " \t\r") < length) {
            AXF_TRY(json_line(r, bytes + at, length, line));
        }
        at += length + 1;
    }
    return AXF_OK;
}

static axf_status read_once(table_reader *r)
{
    const char *dot = strrchr(r->table->file, '.');
    if (dot != NULL && (strcmp(dot, ".jsonl") == 0 || strcmp(dot, ".json") == 0 || strcmp(dot, ".ndjson") == 0)) {
        return read_jsonl(r);
    }
    return axf_csv_read(r->host, r->table->file, 0, csv_header, csv_row, r);
}

/* Whole numbers by value, anything else by bytes. */
static int compare_labels(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    char *x_end, *y_end;
    const long long p = strtoll(x, &x_end, 10), q = strtoll(y, &y_end, 10);
    if (*x != '\0' && *y != '\0' && *x_end == '\0' && *y_end == '\0' && p != q) {
        return p < q ? -1 : 1;
    }
    return strcmp(x, y);
}

axf_status axf_table_read(const axf_host *host, const axf_table *table, const axf_post_sink *sink,
                          axf_dataset_facts *facts)
{
    table_reader r = {.host = host,
                      .table = table,
                      .sink = sink,
                      .names = {table->id, table->text, table->label, table->split, table->image}};
    r.labels = (const char **)table->labels;
    r.label_count = table->label_count;
    if (table->labels == NULL) {
        r.labels = host->allocate(host, MAX_LABELS * sizeof *r.labels);
        r.label_count = 0;
        r.collecting = 1;
        AXF_TRY(read_once(&r));
        r.collecting = 0;
        if (r.label_count > 0) {
            qsort(r.labels, (size_t)r.label_count, sizeof *r.labels, compare_labels);
        }
    }
    facts->target = AXF_TARGET_CLASS;
    facts->classes = r.label_count;
    facts->class_names = table->class_names != NULL ? table->class_names : r.labels;
    facts->image_root = table->image_root;
    return read_once(&r);
}
