#include "sweep/run_folders.h"

#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 8 };

/* Compares numbers by their value, so that s2 comes before s10. */
static int by_version(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static axf_status walk(const char *path, int depth, axf_status (*each)(void *context, const char *folder),
                       void *context);

/* Links are not followed, since they could lead in a circle. */
static axf_status walk_entry(const char *path, int depth, axf_status (*each)(void *context, const char *folder),
                             void *context)
{
    struct stat info;
    const axf_found found = axf_find_link(path, &info);
    if (found == AXF_CANNOT_TELL) {
        return AXF_ERR_IO;
    }
    if (found != AXF_THERE || !S_ISDIR(info.st_mode)) {
        return AXF_OK;
    }
    const axf_status status = walk(path, depth, each, context);
    /* A folder that another process has removed since then has no runs. */
    return status == AXF_ERR_IO && axf_find_link(path, NULL) == AXF_NOT_THERE ? AXF_OK : status;
}

static axf_status walk(const char *path, int depth, axf_status (*each)(void *context, const char *folder),
                       void *context)
{
    bool run;
    char **names;
    size_t count;
    AXF_TRY(axf_is_there_in(path, "environment.json", &run));
    if (run) {
        return each(context, path);
    }
    if (depth == MAX_DEPTH) {
        return AXF_OK;
    }
    AXF_TRY(axf_folder_list(path, &names, &count));
    if (count > 0) {
        qsort(names, count, sizeof *names, by_version);
    }
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        if (names[i][0] != '.') {
            char *entry = axf_path_join(path, names[i]);
            status = walk_entry(entry, depth + 1, each, context);
            free(entry);
        }
    }
    axf_names_free(names, count);
    return status;
}

axf_status axf_run_folders(const char *path, axf_status (*each)(void *context, const char *folder), void *context)
{
    return walk(path, 0, each, context);
}
