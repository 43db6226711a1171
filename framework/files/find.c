#include "files/find.h"

#include "core/error.h"
#include "files/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static axf_found find(const char *path, struct stat *info, int flags)
{
    struct stat own;
    if (fstatat(AT_FDCWD, path, info != NULL ? info : &own, flags) == 0) {
        return AXF_THERE;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return AXF_NOT_THERE;
    }
    axf_fail_errno("cannot tell whether '%s' is there", path);
    return AXF_CANNOT_TELL;
}

axf_found axf_find(const char *path, struct stat *info)
{
    return find(path, info, 0);
}

axf_found axf_find_link(const char *path, struct stat *info)
{
    return find(path, info, AT_SYMLINK_NOFOLLOW);
}

axf_status axf_is_there(const char *path, bool *there)
{
    const axf_found found = axf_find(path, NULL);
    *there = found == AXF_THERE;
    return found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
}

axf_status axf_is_there_in(const char *folder, const char *name, bool *there)
{
    char *path = axf_path_join(folder, name);
    const axf_status status = axf_is_there(path, there);
    free(path);
    return status;
}

axf_status axf_is_folder(const char *path, bool *folder)
{
    struct stat info;
    const axf_found found = axf_find(path, &info);
    *folder = found == AXF_THERE && S_ISDIR(info.st_mode);
    return found == AXF_CANNOT_TELL ? AXF_ERR_IO : AXF_OK;
}
