#include "common/csv_rows.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const axf_host *host;
    const char *path;
    axf_status (*header)(void *, const axf_csv_row *);
    axf_status (*row)(void *, const axf_csv_row *);
    void *context;
    axf_status status;
    int64_t line, first_line; /* now, and where the row under way began */
    int seen_header;
    char *text; /* fields of the row, one after the other, each with its NUL */
    size_t used, capacity;
    size_t start[AXF_CSV_MAX_FIELDS], length[AXF_CSV_MAX_FIELDS];
    int32_t count;
} reader;

static void take_field(void *bytes, size_t length, void *context)
{
    reader *r = context;
    if (r->status != AXF_OK) {
        return;
    }
    if (r->count == AXF_CSV_MAX_FIELDS) {
        r->status = r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: more than %d fields", r->path,
                                  (long long)r->first_line, AXF_CSV_MAX_FIELDS);
        return;
    }
    if (r->used + length + 1 > r->capacity) {
        r->capacity = (r->used + length + 1) * 2;
        char *grown = realloc(r->text, r->capacity);
        if (grown == NULL) {
            r->status = r->host->fail(r->host, AXF_ERR_MEMORY, "%s: no memory for a row", r->path);
            return;
        }
        r->text = grown;
    }
    r->start[r->count] = r->used;
    r->length[r->count++] = length;
    if (length > 0) {
        memcpy(r->text + r->used, bytes, length);
    }
    r->text[r->used + length] = '\0';
    r->used += length + 1;
}

static void end_row(int character, void *context)
{
    (void)character;
    reader *r = context;
    const char *field[AXF_CSV_MAX_FIELDS];
    for (int32_t i = 0; i < r->count; i++) {
        field[i] = r->text + r->start[i];
    }
    const axf_csv_row row = {r->path, r->first_line, r->count, field, r->length};
    const int empty = r->count == 0 || (r->count == 1 && r->length[0] == 0);
    if (r->status == AXF_OK && !empty) {
        r->status = r->seen_header ? r->row(r->context, &row) : r->header(r->context, &row);
        r->seen_header = 1;
    }
    r->count = 0;
    r->used = 0;
    r->first_line = r->line + 1;
}

/* \" becomes "" and \\ becomes \, in place (never longer). */
static size_t double_quotes(char *text, size_t length)
{
    size_t to = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length && text[i + 1] == '"') {
            text[to++] = '"';
            text[to++] = '"';
            i++;
        } else {
            i += text[i] == '\\' && i + 1 < length && text[i + 1] == '\\';
            text[to++] = text[i];
        }
    }
    return to;
}

/* Line by line, so that the line of each row is known. */
static void parse_lines(struct csv_parser *parser, reader *r, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size && r->status == AXF_OK;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        const size_t length = end != NULL ? (size_t)(end - (bytes + at)) + 1 : size - at;
        r->line++;
        if (csv_parse(parser, bytes + at, length, take_field, end_row, r) != length && r->status == AXF_OK) {
            r->status = r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: %s", r->path, (long long)r->line,
                                      csv_strerror(csv_error(parser)));
        }
        at += length;
    }
    csv_fini(parser, take_field, end_row, r);
}

axf_status axf_csv_read(const axf_host *host, const char *path, int backslash,
                        axf_status (*header)(void *, const axf_csv_row *),
                        axf_status (*row)(void *, const axf_csv_row *), void *context)
{
    char *bytes;
    size_t size;
    struct csv_parser parser;
    AXF_TRY(host->read_file(host, path, (size_t)1 << 30, &bytes, &size));
    const size_t mark =
        size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a spreadsheet's byte order mark */
    reader r = {.host = host, .path = path, .header = header, .row = row, .context = context, .first_line = 1};
    if (csv_init(&parser, CSV_APPEND_NULL) != 0) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory to read it", path);
    }
    /* No trimming of blanks: a text may begin with them. */
    csv_set_space_func(&parser, NULL);
    size -= mark;
    size = backslash ? double_quotes(bytes + mark, size) : size;
    parse_lines(&parser, &r, bytes + mark, size);
    csv_free(&parser);
    free(r.text);
    if (r.status == AXF_OK && !r.seen_header) {
        return host->fail(host, AXF_ERR_FORMAT, "%s: empty: a header line was expected", path);
    }
    return r.status;
}

int32_t axf_csv_column(const axf_csv_row *header, const char *name)
{
    for (int32_t i = 0; i < header->count; i++) {
        if (strcmp(header->field[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

axf_status axf_csv_need(const axf_host *host, const axf_csv_row *header, const char *name, int32_t *column)
{
    char names[1024];
    size_t at = 0;
    *column = axf_csv_column(header, name);
    if (*column >= 0) {
        return AXF_OK;
    }
    names[0] = '\0';
    for (int32_t i = 0; i < header->count && at < sizeof names; i++) {
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "", header->field[i]);
    }
    return host->fail(host, AXF_ERR_FORMAT, "%s:%lld: no column '%s'; there are: %s", header->file,
                      (long long)header->line, name, names);
}
