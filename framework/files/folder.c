#include "files/folder.h"

#include "core/arena.h"
#include "core/error.h"
#include "files/find.h"
#include "files/path.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int order_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

axf_status axf_folder_list(const char *folder, char ***names, size_t *count)
{
    DIR *items = opendir(folder);
    size_t capacity = 0;
    *names = NULL;
    *count = 0;
    if (items == NULL) {
        return axf_fail_errno("cannot list the folder '%s'", folder);
    }
    const struct dirent *item;
    while (errno = 0, (item = readdir(items)) != NULL) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) {
            continue;
        }
        if (*count == capacity) {
            capacity = capacity > 0 ? capacity * 2 : 32;
            *names = axf_realloc(*names, capacity * sizeof **names);
        }
        (*names)[(*count)++] = axf_copy(item->d_name);
    }
    axf_status status = AXF_OK;
    if (errno != 0) {
        status = axf_fail_errno("cannot list the folder '%s'", folder);
        axf_names_free(*names, *count);
        *names = NULL;
        *count = 0;
    }
    closedir(items);
    if (*count > 1) {
        qsort(*names, *count, sizeof **names, order_names);
    }
    return status;
}

axf_status axf_folder_files(const char *folder, char ***names, size_t *count)
{
    size_t kept = 0;
    axf_status status = axf_folder_list(folder, names, count);
    for (size_t i = 0; i < *count; i++) {
        struct stat info;
        char *name = (*names)[i], *path = axf_path_join(folder, name);
        const axf_found found = name[0] == '.' || status != AXF_OK ? AXF_NOT_THERE : axf_find(path, &info);
        free(path);
        if (found == AXF_THERE && S_ISREG(info.st_mode)) {
            (*names)[kept++] = name;
        } else {
            free(name);
        }
        status = found == AXF_CANNOT_TELL ? AXF_ERR_IO : status;
    }
    *count = kept;
    if (status != AXF_OK) {
        axf_names_free(*names, *count);
        *names = NULL;
        *count = 0;
    }
    return status;
}

void axf_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}
