#include "sweep/predictions.h"

#include "core/error.h"
#include "files/read.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 30, POSTS_LIMIT = 50000000 };

typedef struct row {
    const char *id;
    int32_t *target, *prediction; /* one value each, or one for each label */
} row;

typedef struct reader {
    axf_arena *arena;
    const char *path;
    int32_t classes;
    int32_t multi_label, width; /* values of a target: known from the header */
    axf_status status;
    int64_t line; /* records, the header's is 1 */
    int32_t field;
    row now;
    row *rows;
    size_t count, capacity;
} reader;

static int32_t class_of(reader *r, const char *what, const char *text)
{
    const int32_t most = r->multi_label ? 1 : r->classes - 1;
    char *end;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > most) {
        r->status = axf_fail(AXF_ERR_FORMAT, "%s: record %lld (post '%s'): %s is '%s', expected 0 to %d", r->path,
                             (long long)r->line, r->now.id, what, text, most);
        return 0;
    }
    return (int32_t)value;
}

/* id,target,prediction, or for several labels id,target_0,…,prediction_0,… */
static void on_header(reader *r, int32_t field, const char *text)
{
    char want[64];
    if (field == 1 && strcmp(text, "target_0") == 0) {
        r->multi_label = 1;
        r->width = r->classes;
    }
    const char *const name = field == 0 ? "id" : field <= r->width ? "target" : "prediction";
    if (r->multi_label && field > 0) {
        snprintf(want, sizeof want, "%s_%d", name, (field - 1) % r->width);
    } else {
        snprintf(want, sizeof want, "%s", name);
    }
    if (strcmp(text, want) != 0) {
        r->status = axf_fail(AXF_ERR_FORMAT, "%s: column %d is '%s', expected '%s'", r->path, field + 1, text, want);
    }
}

static void on_field(void *bytes, size_t length, void *context)
{
    reader *r = context;
    const int32_t field = r->field++;
    if (r->status != AXF_OK || field > 2 * r->width) {
        return;
    }
    const char *text = axf_arena_copy_n(r->arena, bytes != NULL ? bytes : "", length);
    if (r->line == 1) {
        on_header(r, field, text);
    } else if (field == 0) {
        r->now.id = text;
        r->now.target = axf_arena_alloc(r->arena, 2 * (size_t)r->width * sizeof *r->now.target);
        r->now.prediction = r->now.target + r->width;
    } else if (field <= r->width) {
        r->now.target[field - 1] = class_of(r, "target", text);
    } else {
        r->now.prediction[field - 1 - r->width] = class_of(r, "prediction", text);
    }
}

static void on_record(int end, void *context)
{
    (void)end;
    reader *r = context;
    if (r->status == AXF_OK && r->field < 1 + 2 * r->width) {
        r->status = axf_fail(AXF_ERR_FORMAT, "%s: record %lld has %d columns, expected at least %d", r->path,
                             (long long)r->line, r->field, 1 + 2 * r->width);
    }
    if (r->status == AXF_OK && r->line > 1) {
        if (r->count == r->capacity) {
            r->capacity = r->capacity > 0 ? 2 * r->capacity : 256;
            r->rows = axf_realloc(r->rows, r->capacity * sizeof *r->rows);
        }
        r->rows[r->count++] = r->now;
        if (r->count > POSTS_LIMIT) {
            r->status = axf_fail(AXF_ERR_FORMAT, "%s: more than %d posts", r->path, POSTS_LIMIT);
        }
    }
    r->field = 0;
    r->line++;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const row *)a)->id, ((const row *)b)->id);
}

static axf_status sort_rows(reader *r, axf_predictions *out)
{
    if (r->count == 0) {
        return axf_fail(AXF_ERR_FORMAT, "%s: no post", r->path);
    }
    qsort(r->rows, r->count, sizeof *r->rows, by_id);
    out->posts = (int32_t)r->count;
    out->ids = axf_arena_alloc(r->arena, r->count * sizeof *out->ids);
    const size_t width = (size_t)r->width;
    out->multi_label = r->multi_label;
    out->targets = axf_arena_alloc(r->arena, r->count * width * sizeof *out->targets);
    out->predictions = axf_arena_alloc(r->arena, r->count * width * sizeof *out->predictions);
    axf_hasher *hasher = axf_hasher_new();
    axf_status status = AXF_OK;
    for (size_t i = 0; i < r->count && status == AXF_OK; i++) {
        const row *item = &r->rows[i];
        if (i > 0 && strcmp(item->id, out->ids[i - 1]) == 0) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: post '%s' is there twice", r->path, item->id);
        }
        out->ids[i] = item->id;
        memcpy(out->targets + i * width, item->target, width * sizeof *out->targets);
        memcpy(out->predictions + i * width, item->prediction, width * sizeof *out->predictions);
        axf_hasher_add_text(hasher, item->id);
        for (size_t k = 0; k < width; k++) {
            axf_hasher_add_number(hasher, (uint64_t)item->target[k]);
        }
    }
    out->hash = axf_hasher_result(hasher);
    axf_hasher_free(hasher);
    return status;
}

axf_status axf_predictions_read(axf_arena *arena, const char *path, int32_t classes, axf_predictions *predictions)
{
    char *bytes;
    size_t length;
    *predictions = (axf_predictions){0};
    AXF_TRY(axf_read_file(path, FILE_LIMIT, &bytes, &length));
    struct csv_parser parser;
    reader r = {.arena = arena, .path = path, .classes = classes, .width = 1, .line = 1};
    axf_status status = AXF_OK;
    if (csv_init(&parser, CSV_STRICT | CSV_APPEND_NULL) != 0) {
        status = axf_fail(AXF_ERR_MEMORY, "%s: no memory for the reader", path);
    } else {
        if (csv_parse(&parser, bytes, length, on_field, on_record, &r) != length ||
            csv_fini(&parser, on_field, on_record, &r) != 0) {
            status = axf_fail(AXF_ERR_FORMAT, "%s: record %lld: %s", path, (long long)r.line,
                              csv_strerror(csv_error(&parser)));
        }
        csv_free(&parser);
    }
    status = status == AXF_OK ? r.status : status;
    if (status == AXF_OK) {
        status = sort_rows(&r, predictions);
    }
    free(r.rows);
    free(bytes);
    return status;
}
