#include "common/datasets/table.h"

#include "common/datasets/csv_rows.h"
#include "common/datasets/labels.h"
#include "common/datasets/table_labels.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID, TEXT, LABEL, SPLIT, IMAGE, FURTHER };
enum { COLUMNS = FURTHER + AXF_DATASET_MAX_COLUMNS };

typedef struct cell {
    const char *text; /* NULL: the field is absent */
    size_t length;
} cell;

typedef struct table_reader {
    const axf_host *host;
    const axf_table *table;
    const axf_post_sink *sink;
    const axf_dataset_facts *facts;
    const char *names[COLUMNS];
    int32_t column[COLUMNS]; /* -1: the file has no such column */
    int32_t width;           /* number of fields of the header */
    axf_label_words labels;
    int collecting;        /* 1: the first pass, which finds out which labels there are */
    int32_t *label_column; /* where each label has a column, its index; [0] is -1 when the file has none of them */
    uint8_t *flags;        /* with several labels: those of the post that is being read */
} table_reader;

static axf_status need_id(const table_reader *r, const cell *cells, const char *file, int64_t line)
{
    for (int i = ID; i <= TEXT; i++) {
        const int missing = cells[i].text == NULL && !(i == TEXT && r->table->text_optional);
        if (r->names[i] != NULL && (missing || (i == ID && cells[i].length == 0))) {
            return r->host->fail(r->host, AXF_ERR_DATA, "%s:%lld: no %s", file, (long long)line, r->names[i]);
        }
    }
    return AXF_OK;
}

/* Programs that write tables with missing values often write 1 as "1.0". */
static const char *whole_number(const table_reader *r, const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    if (!r->table->label_number || digits == 0 || text[digits] != '.' ||
        text[digits + 1 + strspn(text + digits + 1, "0")] != '\0') {
        return text;
    }
    char *word = r->host->allocate(r->host, digits + 1);
    memcpy(word, text, digits);
    return word;
}

/* Reads one class, or the words of a cell, as the settings of the table say. */
static axf_status take_label(table_reader *r, const char *text, axf_post *post)
{
    char place[512];
    snprintf(place, sizeof place, "%s:%lld: post %s", post->file, (long long)post->line, post->id);
    if (r->table->label_separator != NULL) {
        post->labels = r->collecting ? NULL : r->flags;
        return axf_label_split(r->host, &r->labels, text, r->table->label_separator, place,
                               r->collecting ? NULL : r->flags);
    }
    if (r->collecting) {
        return axf_label_collect(r->host, &r->labels, text, strlen(text), place);
    }
    return axf_label_find(r->host, r->labels.items, r->labels.count, whole_number(r, text), post->file, post->line,
                          post->id, &post->target);
}

static axf_status take_columns(const table_reader *r, const cell *cells, axf_post *post)
{
    for (int32_t i = 0; i < r->facts->columns; i++) {
        const cell *given = &cells[FURTHER + i];
        const int there = given->text != NULL && given->length > 0;
        char *end = NULL;
        if (r->facts->column[i].type == AXF_COLUMN_TEXT) {
            post->word[i] = there ? given->text : NULL;
            continue;
        }
        post->real[i] = there ? strtod(given->text, &end) : NAN;
        if (there && *end != '\0') {
            return r->host->fail(r->host, AXF_ERR_DATA, "%s:%lld: post %s: '%s' in column '%s' is not a number",
                                 post->file, (long long)post->line, post->id, given->text, r->names[FURTHER + i]);
        }
    }
    return AXF_OK;
}

/* With `flagged`, r->flags has the labels of the post. */
static axf_status give_post(table_reader *r, const cell *cells, int flagged, const char *file, int64_t line)
{
    char number[24];
    AXF_TRY(need_id(r, cells, file, line));
    snprintf(number, sizeof number, "%lld", (long long)line);
    axf_post post = {.struct_size = sizeof post,
                     .id = r->names[ID] != NULL ? cells[ID].text : number,
                     .text = cells[TEXT].text != NULL ? cells[TEXT].text : "",
                     .text_length = cells[TEXT].length,
                     .target = -1,
                     .labels = flagged ? r->flags : NULL,
                     .split = r->table->every_split,
                     .file = file,
                     .line = line};
    if (cells[LABEL].text != NULL) {
        AXF_TRY(take_label(r, cells[LABEL].text, &post));
    } else if (r->names[LABEL] != NULL && !flagged && !r->table->label_optional) {
        return r->host->fail(r->host, AXF_ERR_DATA, "%s:%lld: post %s has no %s", file, (long long)line, post.id,
                             r->names[LABEL]);
    }
    if (r->collecting) {
        return AXF_OK;
    }
    AXF_TRY(take_columns(r, cells, &post));
    if (cells[SPLIT].text != NULL && post.split == AXF_SPLIT_NONE) {
        AXF_TRY(axf_split_find(r->host, cells[SPLIT].text, file, line, post.id, &post.split));
    }
    if (cells[IMAGE].text != NULL && cells[IMAGE].length > 0) {
        post.image = cells[IMAGE].text;
    } else if (r->column[IMAGE] < 0 && r->table->image_root != NULL && r->table->image_pattern != NULL) {
        post.image = axf_pattern_fill(r->host, r->table->image_pattern, post.id);
    }
    int keep = 1;
    if (r->table->edit != NULL) {
        AXF_TRY(r->table->edit(r->table->edit_context, &post, &keep));
    }
    return keep ? r->sink->post(r->sink->context, &post) : AXF_OK;
}

/* Finds the columns of labels. All must be there, or, where labels are optional, none. */
static axf_status csv_label_columns(table_reader *r, const axf_csv_row *row)
{
    const axf_table *table = r->table;
    int32_t found = 0;
    for (int32_t i = 0; i < table->label_column_count; i++) {
        r->label_column[i] = axf_csv_column(row, table->label_columns[i]);
        found += r->label_column[i] >= 0;
    }
    for (int32_t i = 0; i < table->label_column_count && (found > 0 || !table->label_optional); i++) {
        AXF_TRY(axf_csv_need(r->host, row, table->label_columns[i], &r->label_column[i]));
    }
    return AXF_OK;
}

static axf_status csv_header(void *context, const axf_csv_row *row)
{
    table_reader *r = context;
    r->width = row->count;
    for (int i = 0; i < COLUMNS; i++) {
        r->column[i] = -1;
        const int optional = (i == LABEL && r->table->label_optional) || (i == TEXT && r->table->text_optional);
        if (r->names[i] != NULL && (optional || (i >= SPLIT && !(i >= FURTHER && r->table->columns_needed)))) {
            r->column[i] = axf_csv_column(row, r->names[i]);
        } else if (r->names[i] != NULL) {
            AXF_TRY(axf_csv_need(r->host, row, r->names[i], &r->column[i]));
        }
    }
    return csv_label_columns(r, row);
}

static axf_status csv_labels(table_reader *r, const axf_csv_row *row, const cell *cells, int *flagged)
{
    *flagged = r->label_column != NULL && r->label_column[0] >= 0;
    for (int32_t i = 0; *flagged && i < r->labels.count; i++) {
        char place[512];
        snprintf(place, sizeof place, "%s:%lld: post %s", row->file, (long long)row->line,
                 cells[ID].text != NULL ? cells[ID].text : "");
        if (r->label_column[i] >= row->count) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s: %d fields, label column '%s' is the %dth", place,
                                 row->count, r->labels.items[i], r->label_column[i] + 1);
        }
        AXF_TRY(axf_label_flag(r->host, row->field[r->label_column[i]], place, r->labels.items[i], &r->flags[i]));
    }
    return AXF_OK;
}

static axf_status csv_row(void *context, const axf_csv_row *row)
{
    table_reader *r = context;
    cell cells[COLUMNS] = {{0}};
    if (row->count > r->width) {
        return r->host->fail(r->host, AXF_ERR_FORMAT,
                             "%s:%lld: %d fields, the header has %d: a field with a comma in it is written in quotes",
                             row->file, (long long)row->line, row->count, r->width);
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (r->column[i] >= row->count) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: %d fields, column '%s' is the %dth", row->file,
                                 (long long)row->line, row->count, r->names[i], r->column[i] + 1);
        }
        if (r->column[i] >= 0) {
            cells[i] = (cell){row->field[r->column[i]], row->length[r->column[i]]};
        }
    }
    int flagged;
    AXF_TRY(csv_labels(r, row, cells, &flagged));
    return give_post(r, cells, flagged, row->file, row->line);
}

/* Returns a string, or a number as it is written; other types are an error. */
static axf_status json_cell(const table_reader *r, const json_t *value, int i, int64_t line, char *buffer, size_t size,
                            cell *out)
{
    if (json_is_string(value)) {
        *out = (cell){json_string_value(value), json_string_length(value)};
    } else if (json_is_integer(value)) {
        *out = (cell){buffer, (size_t)snprintf(buffer, size, "%lld", (long long)json_integer_value(value))};
    } else if (json_is_real(value) && i >= FURTHER) {
        *out = (cell){buffer, (size_t)snprintf(buffer, size, "%.17g", json_real_value(value))};
    } else {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: '%s' is neither a string nor a whole number",
                             r->table->file, (long long)line, r->names[i]);
    }
    return AXF_OK;
}

/* Returns the list of labels of a post in the form of a cell of a table. */
static axf_status json_list(table_reader *r, const json_t *list, int64_t line, cell *out)
{
    const char *separator = r->table->label_separator;
    size_t length = 1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (word == NULL || strstr(word, separator) != NULL) {
            return r->host->fail(r->host, AXF_ERR_FORMAT,
                                 "%s:%lld: '%s' must be a list of strings without '%s' (label_separator)",
                                 r->table->file, (long long)line, r->names[LABEL], separator);
        }
        length += strlen(word) + strlen(separator);
    }
    char *text = r->host->allocate(r->host, length), *to = text;
    for (size_t i = 0; i < json_array_size(list); i++) {
        to = stpcpy(stpcpy(to, i > 0 ? separator : ""), json_string_value(json_array_get(list, i)));
    }
    *out = (cell){text, (size_t)(to - text)};
    return AXF_OK;
}

static axf_status json_labels(table_reader *r, const json_t *object, int64_t line, const cell *cells, int *flagged)
{
    int32_t found = 0;
    *flagged = 0;
    for (int32_t i = 0; r->label_column != NULL && i < r->labels.count; i++) {
        found += json_object_get(object, r->labels.items[i]) != NULL;
    }
    if (found == 0) {
        return AXF_OK;
    }
    for (int32_t i = 0; i < r->labels.count; i++) {
        char place[512];
        snprintf(place, sizeof place, "%s:%lld: post %s", r->table->file, (long long)line,
                 cells[ID].text != NULL ? cells[ID].text : "");
        const json_t *value = json_object_get(object, r->labels.items[i]);
        const char *word = json_is_string(value)                                   ? json_string_value(value)
                           : json_is_true(value) || json_integer_value(value) == 1 ? "1"
                           : json_is_false(value) || (json_is_integer(value) && json_integer_value(value) == 0)
                               ? "0"
                               : "neither";
        AXF_TRY(axf_label_flag(r->host, word, place, r->labels.items[i], &r->flags[i]));
    }
    *flagged = 1;
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
        if (i == LABEL && json_is_array(value) && r->table->label_separator != NULL) {
            status = json_list(r, value, line, &cells[i]);
        } else if (value != NULL && !json_is_null(value)) {
            status = json_cell(r, value, i, line, numbers[i], sizeof numbers[i], &cells[i]);
        }
    }
    r->column[IMAGE] = cells[IMAGE].text != NULL ? 0 : -1;
    int flagged = 0;
    if (status == AXF_OK) {
        status = json_labels(r, object, line, cells, &flagged);
    }
    if (status == AXF_OK) {
        status = give_post(r, cells, flagged, r->table->file, line);
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
    return axf_csv_read(r->host, r->table->file, AXF_CSV_STANDARD, csv_header, csv_row, r);
}

/* Sorts whole numbers by value, and everything else by bytes. */
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

/* Takes the set of labels that is given, or else that of the file. */
static axf_status open_labels(table_reader *r)
{
    const axf_table *table = r->table;
    if (table->label_columns != NULL) {
        r->names[LABEL] = NULL;
        r->labels = (axf_label_words){(const char **)table->label_columns, table->label_column_count};
        r->label_column = r->host->allocate(r->host, (size_t)table->label_column_count * sizeof *r->label_column);
    } else if (table->labels != NULL) {
        r->labels = (axf_label_words){(const char **)table->labels, table->label_count};
    } else if (table->label != NULL) {
        r->labels.items = r->host->allocate(r->host, AXF_MAX_LABELS * sizeof *r->labels.items);
        r->collecting = 1;
        AXF_TRY(read_once(r));
        r->collecting = 0;
        if (r->labels.count > 0) {
            qsort(r->labels.items, (size_t)r->labels.count, sizeof *r->labels.items, compare_labels);
        }
    }
    r->flags = r->host->allocate(r->host, (size_t)r->labels.count + 1);
    return AXF_OK;
}

axf_status axf_table_read(const axf_host *host, const axf_table *table, const axf_post_sink *sink,
                          axf_dataset_facts *facts)
{
    table_reader r = {.host = host,
                      .table = table,
                      .sink = sink,
                      .facts = facts,
                      .names = {table->id, table->text, table->label, table->split, table->image}};
    for (int32_t i = 0; i < facts->columns; i++) {
        r.names[FURTHER + i] = table->columns != NULL ? table->columns[i] : NULL;
    }
    AXF_TRY(open_labels(&r));
    const int several = table->label_separator != NULL || table->label_columns != NULL;
    facts->target = several ? AXF_TARGET_LABELS : AXF_TARGET_CLASS;
    facts->classes = r.labels.count;
    facts->class_names = table->class_names != NULL ? table->class_names : r.labels.items;
    facts->image_root = table->image_root;
    return read_once(&r);
}
