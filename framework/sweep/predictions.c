#include "sweep/predictions.h"

#include "core/error.h"
#include "files/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 30, POSTS_LIMIT = 50000000 };

typedef struct row {
    const char *id;
    int32_t *target, *prediction; /* one value, or one for each label */
} row;

typedef struct reader {
    axf_arena *arena;
    const char *path; /* for messages */
    int32_t classes;
    int32_t multi_label, width; /* values of a target, known from the header */
    row *rows;
    size_t count, capacity;
} reader;

static axf_status read_class(const reader *r, const axf_csv_record *record, int32_t column, int32_t *class)
{
    const char *text = record->fields[column];
    const long most = r->multi_label ? 1 : r->classes - 1;
    char *end;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > most) {
        return axf_fail(AXF_ERR_FORMAT, "%s: record %lld (post '%s'): %s is '%s', expected 0 to %ld", r->path,
                        (long long)record->number, record->fields[0], column <= r->width ? "target" : "prediction",
                        text, most);
    }
    *class = (int32_t)value;
    return AXF_OK;
}

/* id,target,prediction, or for several labels id,target_0,…,prediction_0,… */
static axf_status read_header(reader *r, const axf_csv_record *record)
{
    if (record->count > 1 && strcmp(record->fields[1], "target_0") == 0) {
        r->multi_label = 1;
        r->width = r->classes;
    }
    for (int32_t i = 0; i < record->count && i <= 2 * r->width; i++) {
        char want[64];
        const char *const name = i == 0 ? "id" : i <= r->width ? "target" : "prediction";
        if (r->multi_label && i > 0) {
            snprintf(want, sizeof want, "%s_%d", name, (i - 1) % r->width);
        } else {
            snprintf(want, sizeof want, "%s", name);
        }
        if (strcmp(record->fields[i], want) != 0) {
            return axf_fail(AXF_ERR_FORMAT, "%s: column %d is '%s', expected '%s'", r->path, i + 1, record->fields[i],
                            want);
        }
    }
    return AXF_OK;
}

static axf_status read_row(reader *r, const axf_csv_record *record)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 256;
        r->rows = axf_realloc(r->rows, r->capacity * sizeof *r->rows);
    }
    if (r->count == POSTS_LIMIT) {
        return axf_fail(AXF_ERR_FORMAT, "%s: there are more than %d posts", r->path, POSTS_LIMIT);
    }
    row *now = &r->rows[r->count++];
    now->id = axf_arena_copy(r->arena, record->fields[0]);
    now->target = axf_arena_alloc(r->arena, 2 * (size_t)r->width * sizeof *now->target);
    now->prediction = now->target + r->width;
    for (int32_t i = 0; i < 2 * r->width; i++) {
        AXF_TRY(read_class(r, record, i + 1, &now->target[i]));
    }
    return AXF_OK;
}

static axf_status take_record(void *context, const axf_csv_record *record)
{
    reader *r = context;
    if (record->number == 1) {
        AXF_TRY(read_header(r, record));
    }
    if (record->count < 1 + 2 * r->width) {
        return axf_fail(AXF_ERR_FORMAT, "%s: record %lld has %d columns, expected at least %d", r->path,
                        (long long)record->number, record->count, 1 + 2 * r->width);
    }
    return record->number > 1 ? read_row(r, record) : AXF_OK;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const row *)a)->id, ((const row *)b)->id);
}

static axf_status sort_rows(reader *r, axf_predictions *out)
{
    if (r->count == 0) {
        return axf_fail(AXF_ERR_FORMAT, "%s: there are no posts in it", r->path);
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
            status = axf_fail(AXF_ERR_FORMAT, "%s: the id of post '%s' is used twice", r->path, item->id);
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
    *predictions = (axf_predictions){0};
    reader r = {.arena = arena, .path = path, .classes = classes, .width = 1};
    axf_status status = axf_csv_each(path, FILE_LIMIT, take_record, &r);
    if (status == AXF_OK) {
        status = sort_rows(&r, predictions);
    }
    free(r.rows);
    return status;
}
