#include "sweep/run_state.h"

#include "files/csv.h"
#include "files/find.h"
#include "files/lock.h"
#include "files/path.h"
#include "sweep/journal.h"

#include <stdlib.h>
#include <string.h>

enum { METRICS_LIMIT = 256 << 20 };

axf_status axf_run_folder_state(const char *folder, int32_t *state)
{
    bool done, locked, begun;
    *state = AXF_RUN_PENDING;
    AXF_TRY(axf_is_there_in(folder, "done.json", &done));
    AXF_TRY(axf_folder_is_locked(folder, &locked));
    AXF_TRY(axf_is_there_in(folder, "environment.json", &begun));
    *state = done ? AXF_RUN_DONE : locked ? AXF_RUN_RUNNING : begun ? AXF_RUN_INTERRUPTED : AXF_RUN_PENDING;
    return AXF_OK;
}

typedef struct search {
    const char *split, *column;
    int32_t index, split_index;
    axf_run_metric_values *values;
} search;

static axf_status take_row(void *context, const axf_csv_record *record)
{
    search *s = context;
    if (record->number == 1) {
        s->index = axf_csv_index(record, s->column);
        s->split_index = axf_csv_index(record, "split");
        return AXF_OK;
    }
    if (s->index < 0 || s->split_index < 0 || record->count <= s->index || record->count <= s->split_index ||
        strcmp(record->fields[s->split_index], s->split) != 0) {
        return AXF_OK;
    }
    char *end = NULL;
    const double value = strtod(record->fields[s->index], &end);
    if (end != record->fields[s->index]) {
        axf_run_metric_values *v = s->values;
        v->last = value;
        v->best = !v->found || value > v->best ? value : v->best;
        v->found = true;
    }
    return AXF_OK;
}

axf_status axf_run_metric(const char *folder, const char *split, const char *column, axf_run_metric_values *values)
{
    bool there;
    search s = {.split = split, .column = column, .values = values};
    char *path = axf_path_join(folder, "metrics.csv");
    *values = (axf_run_metric_values){0};
    axf_status status = axf_is_there(path, &there);
    if (status == AXF_OK && there) {
        status = axf_csv_each(path, METRICS_LIMIT, take_row, &s);
    }
    free(path);
    return status;
}
