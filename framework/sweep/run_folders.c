#include "sweep/run_folders.h"

#include "core/arena.h"
#include "core/error.h"
#include "files/path.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 8 };

/* Numbers by value: s2 before s10. */
static int by_version(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int is_run(const char *folder)
{
    char *path = axf_path_join(folder, "environment.json");
    const int found = access(path, F_OK) == 0;
    free(path);
    return found;
}

static axf_status walk(const char *path, int depth, axf_status (*each)(void *context, const char *folder),
                       void *context)
{
    if (is_run(path)) {
        return each(context, path);
    }
    DIR *handle = depth < MAX_DEPTH ? opendir(path) : NULL;
    if (handle == NULL) {
        return depth == 0 ? axf_fail_errno("cannot read '%s'", path) : AXF_OK;
    }
    char **names = NULL;
    size_t count = 0;
    for (struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        if (entry->d_name[0] != '.') {
            names = axf_realloc(names, (count + 1) * sizeof *names);
            names[count++] = axf_path_join(path, entry->d_name);
        }
    }
    closedir(handle);
    if (count > 0) {
        qsort(names, count, sizeof *names, by_version);
    }
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        if (status == AXF_OK && lstat(names[i], &info) == 0 && S_ISDIR(info.st_mode)) {
            status = walk(names[i], depth + 1, each, context);
        }
        free(names[i]);
    }
    free(names);
    return status;
}

axf_status axf_run_folders(const char *path, axf_status (*each)(void *context, const char *folder), void *context)
{
    return walk(path, 0, each, context);
}
