#include "files/remove.h"

#include "core/error.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that somebody else removed in between counts as removed. */
static axf_status remove_one(const char *path)
{
    struct stat info;
    const axf_found found = axf_find_link(path, &info);
    if (found == AXF_THERE && S_ISDIR(info.st_mode)) {
        return axf_remove_tree(path);
    }
    if (found == AXF_THERE && unlink(path) != 0 && errno != ENOENT) {
        return axf_fail_errno("cannot remove '%s'", path);
    }
    return found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
}

axf_status axf_remove_contents(const char *folder, const char *kept)
{
    char **names;
    size_t count;
    axf_status status = axf_folder_list(folder, &names, &count);
    for (size_t i = 0; i < count; i++) {
        if (kept != NULL && strcmp(names[i], kept) == 0) {
            continue;
        }
        char *path = axf_path_join(folder, names[i]);
        const axf_status one = remove_one(path);
        status = status == AXF_OK ? one : status;
        free(path);
    }
    axf_names_free(names, count);
    return status;
}

axf_status axf_remove_tree(const char *folder)
{
    struct stat info;
    const axf_found found = axf_find_link(folder, &info);
    if (found != AXF_THERE) {
        return found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
    }
    AXF_TRY(axf_remove_contents(folder, NULL));
    return rmdir(folder) == 0 || errno == ENOENT ? AXF_OK : axf_fail_errno("cannot remove the folder '%s'", folder);
}
