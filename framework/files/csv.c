#include "files/csv.h"

#include "core/arena.h"
#include "core/error.h"
#include "files/read.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static void quote(axf_strbuf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') {
            axf_strbuf_putc(out, '"');
        }
        axf_strbuf_putc(out, text[i]);
    }
    axf_strbuf_putc(out, '"');
}

void axf_csv_field_n(axf_strbuf *out, const char *text, size_t length)
{
    size_t plain = 0;
    while (plain < length && text[plain] != ',' && text[plain] != '"' && text[plain] != '\r' && text[plain] != '\n') {
        plain++;
    }
    if (plain == length) {
        axf_strbuf_add(out, text, length);
    } else {
        axf_strbuf_putc(out, '"');
        quote(out, text, length);
    }
}

void axf_csv_field(axf_strbuf *out, const char *text)
{
    axf_csv_field_n(out, text, strlen(text));
}

void axf_csv_field_guarded(axf_strbuf *out, const char *text)
{
    if (text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL) {
        axf_csv_field(out, text);
    } else {
        axf_strbuf_puts(out, "\"'");
        quote(out, text, strlen(text));
    }
}

/* ---- reading ---- */

/* libcsv hands out one field at a time: they are gathered until the record ends. */
typedef struct reader {
    axf_csv_record record;
    axf_status (*each)(void *context, const axf_csv_record *record);
    void *context;
    axf_strbuf text;     /* the fields, a NUL behind each */
    size_t *starts;      /* [capacity] where each begins in `text` */
    const char **fields; /* [capacity] */
    int32_t capacity;
    axf_status status;
} reader;

static void on_field(void *bytes, size_t length, void *context)
{
    reader *r = context;
    if (r->status != AXF_OK) {
        return;
    }
    if (r->record.count == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 32;
        r->starts = axf_realloc(r->starts, (size_t)r->capacity * sizeof *r->starts);
        r->fields = axf_realloc(r->fields, (size_t)r->capacity * sizeof *r->fields);
    }
    r->starts[r->record.count++] = r->text.length;
    axf_strbuf_add(&r->text, bytes, bytes != NULL ? length : 0);
    axf_strbuf_putc(&r->text, '\0');
}

static void on_record(int end, void *context)
{
    (void)end;
    reader *r = context;
    if (r->status != AXF_OK) {
        return;
    }
    for (int32_t i = 0; i < r->record.count; i++) {
        r->fields[i] = r->text.data + r->starts[i];
    }
    r->record.fields = r->fields;
    r->status = r->each(r->context, &r->record);
    r->record.number++;
    r->record.count = 0;
    axf_strbuf_clear(&r->text);
}

static axf_status parse(reader *r, const char *bytes, size_t length)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        return axf_fail(AXF_ERR_MEMORY, "%s: no memory for the reader", r->record.path);
    }
    const int parsed = csv_parse(&parser, bytes, length, on_field, on_record, r) == length &&
                       csv_fini(&parser, on_field, on_record, r) == 0;
    if (!parsed && r->status == AXF_OK) {
        r->status = axf_fail(AXF_ERR_FORMAT, "%s: record %lld: %s", r->record.path, (long long)r->record.number,
                             csv_strerror(csv_error(&parser)));
    }
    csv_free(&parser);
    return r->status;
}

axf_status axf_csv_each(const char *path, size_t limit, axf_status (*each)(void *context, const axf_csv_record *record),
                        void *context)
{
    char *bytes;
    size_t length;
    AXF_TRY(axf_read_file(path, limit, &bytes, &length));
    reader r = {.record = {.path = path, .number = 1}, .each = each, .context = context};
    const axf_status status = parse(&r, bytes, length);
    axf_strbuf_free(&r.text);
    free(r.starts);
    free(r.fields);
    free(bytes);
    return status;
}

int32_t axf_csv_index(const axf_csv_record *header, const char *name)
{
    for (int32_t i = 0; i < header->count; i++) {
        if (strcmp(header->fields[i], name) == 0) {
            return i;
        }
    }
    return -1;
}
