#include "train/speed.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "files/durable.h"
#include "files/path.h"
#include "files/read.h"

#include <stdlib.h>
#include <string.h>

void axf_speed_begin(const axf_workbench *bench)
{
    if (bench->backend->profile != NULL && bench->backend->profile(bench->backend_self, 1, NULL, NULL) != AXF_OK) {
        axf_error_clear();
    }
}

double axf_speed_end(const axf_workbench *bench)
{
    const axf_profile_entry *entries = NULL;
    int32_t count = 0;
    double flops = 0;
    if (bench->backend->profile == NULL ||
        bench->backend->profile(bench->backend_self, 0, &entries, &count) != AXF_OK) {
        return 0;
    }
    for (int32_t i = 0; i < count; i++) {
        flops += entries[i].flops;
    }
    return flops;
}

/* Lines "<flop/s> <threads> <backend name>"; the last one that fits counts. */
static double remembered(const char *text, const char *key)
{
    double found = 0;
    while (text != NULL && *text != '\0') {
        const size_t length = strcspn(text, "\n");
        char *end;
        const double value = strtod(text, &end);
        if (end > text && *end == ' ' && (size_t)(end + 1 - text) + strlen(key) == length &&
            strncmp(end + 1, key, strlen(key)) == 0) {
            found = value;
        }
        text += length + (text[length] == '\n');
    }
    return found;
}

static void remember(const char *path, const char *old, const char *key, double peak)
{
    axf_strbuf text = {0};
    axf_strbuf_printf(&text, "%s%.6g %s\n", old != NULL ? old : "", peak, key);
    axf_durable_write_file(path, axf_strbuf_text(&text), text.length);
    axf_strbuf_free(&text);
}

double axf_speed_peak(const axf_workbench *bench)
{
    char *folder = axf_cache_folder(), *old = NULL;
    double peak = 0;
    size_t length;
    if (bench->backend->peak == NULL || folder == NULL) {
        free(folder);
        return 0;
    }
    axf_strbuf key = {0};
    axf_strbuf_printf(&key, "%d %s", bench->threads, bench->backend->name(bench->backend_self));
    char *path = axf_path_join(folder, "peaks");
    if (axf_read_file(path, 1u << 20, &old, &length) == AXF_OK) {
        peak = remembered(old, axf_strbuf_text(&key));
    }
    if (!(peak > 0) && bench->backend->peak(bench->backend_self, &peak) == AXF_OK &&
        axf_folder_make(folder) == AXF_OK) {
        remember(path, old, axf_strbuf_text(&key), peak);
    }
    axf_error_clear(); /* whatever went wrong: the next run measures again */
    axf_strbuf_free(&key);
    free(path);
    free(old);
    free(folder);
    return peak > 0 ? peak : 0;
}
