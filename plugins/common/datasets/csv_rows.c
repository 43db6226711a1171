#include "common/datasets/csv_rows.h"

#include "common/text/code_points.h"

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
    int64_t line, first_line; /* the present line, and the first line of the present row */
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

/* Changes \" to "" and \\ to \, in place; the text does not become longer. */
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

enum { FIELD_START, UNQUOTED, QUOTED, QUOTE_IN_QUOTED };

/* Rewrites the file as RFC 4180 with every field quoted, so that it has the fields that Python's csv.reader reads.
 * `out` has room for twice the size and one byte more. */
static size_t python_fields(const char *text, size_t size, char *out)
{
    char *to = out;
    int state = FIELD_START;
    for (size_t i = 0; i < size; i++) {
        const char c = text[i];
        const int ends = c == ',' || c == '\n' || c == '\r';
        if (state == QUOTED) {
            state = c == '"' ? QUOTE_IN_QUOTED : QUOTED;
        } else if (state == FIELD_START && !ends) {
            state = c == '"' ? QUOTED : UNQUOTED;
            *to++ = '"';
        } else if (state == QUOTE_IN_QUOTED && c == '"') {
            state = QUOTED;
            *to++ = '"';
            *to++ = '"';
        } else if (state != FIELD_START) {
            state = ends ? FIELD_START : UNQUOTED;
            if (ends || c == '"') {
                *to++ = '"';
            }
        }
        if (c != '"' || state == UNQUOTED) {
            *to++ = c;
        }
    }
    if (state != FIELD_START) {
        *to++ = '"';
    }
    return (size_t)(to - out);
}

/* Refuses text that is not UTF-8, quotes that are never closed and, unless `lenient`, text behind a closing quote. */
static axf_status check_text(const reader *r, const char *text, size_t size, int lenient)
{
    size_t bad, row_start = 0, quote = 0;
    int64_t line = 1;
    int state = FIELD_START;
    const int valid = axf_code_valid(text, size, &bad);
    for (size_t i = 0; i < size; i++) {
        const char c = text[i];
        const int ends = c == ',' || c == '\n' || c == '\r';
        if (c == '\0' || (!valid && i == bad)) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: byte %zu of the line (0x%02x) is not UTF-8 text",
                                 r->path, (long long)line, i - row_start + 1, (unsigned char)c);
        }
        if (c == '\n') {
            line++;
            row_start = i + 1;
        }
        if (state == FIELD_START && !ends) {
            state = c == '"' ? QUOTED : UNQUOTED;
            quote = (size_t)line;
        } else if (state == QUOTED && c == '"') {
            state = QUOTE_IN_QUOTED;
        } else if (state == QUOTE_IN_QUOTED && !ends) {
            if (c != '"' && !lenient) {
                return r->host->fail(r->host, AXF_ERR_FORMAT,
                                     "%s:%lld: byte %zu of the line: text behind a closing quote; a quote inside a "
                                     "quoted field is written twice",
                                     r->path, (long long)line, i - row_start + 1);
            }
            state = QUOTED;
        } else if (ends && state != QUOTED) {
            state = FIELD_START;
        }
    }
    return state != QUOTED
               ? AXF_OK
               : r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%zu: a quote that is never closed", r->path, quote);
}

/* The file is parsed line by line, so that the line of each row is known. */
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

/* Rewrites quotes in the form of `dialect` as RFC 4180. *text is replaced where it becomes longer. */
static axf_status as_standard(const reader *r, int dialect, char **text, size_t *size)
{
    if (dialect == AXF_CSV_PYTHON) {
        char *quoted = r->host->allocate(r->host, 2 * *size + 1);
        *size = python_fields(*text, *size, quoted);
        *text = quoted;
    } else if (dialect == AXF_CSV_BACKSLASH) {
        *size = double_quotes(*text, *size);
    }
    return check_text(r, *text, *size, dialect != AXF_CSV_STANDARD);
}

axf_status axf_csv_read(const axf_host *host, const char *path, int dialect,
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
    bytes += mark;
    size -= mark;
    AXF_TRY(as_standard(&r, dialect, &bytes, &size));
    if (csv_init(&parser, CSV_APPEND_NULL) != 0) {
        return host->fail(host, AXF_ERR_MEMORY, "%s: no memory to read it", path);
    }
    /* Blanks are not trimmed, since a text may begin with them. */
    csv_set_space_func(&parser, NULL);
    parse_lines(&parser, &r, bytes, size);
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
    /* There is no column with the whole name, so "a|b" has alternatives. */
    const char *bar = strchr(name, '|');
    for (int32_t i = 0; bar != NULL && i < header->count; i++) {
        if (header->length[i] == (size_t)(bar - name) && strncmp(header->field[i], name, (size_t)(bar - name)) == 0) {
            return i;
        }
    }
    return bar != NULL ? axf_csv_column(header, bar + 1) : -1;
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
