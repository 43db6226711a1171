#include "files/root.h"

#include "core/error.h"
#include "files/path.h"
#include "files/read.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY };

/* Whether `path` lies in `root` when all links are followed; errno says why not. */
static int is_inside(const char *root, const char *path, struct stat *info)
{
    char *real_root = realpath(root, NULL);
    char *real_path = real_root != NULL ? realpath(path, NULL) : NULL;
    int inside = 0;
    if (real_path != NULL && stat(real_path, info) == 0) {
        const size_t length = strcmp(real_root, "/") == 0 ? 0 : strlen(real_root);
        inside = strncmp(real_root, real_path, length) == 0 && real_path[length] == '/';
        errno = EXDEV;
    }
    const int number = errno;
    free(real_root);
    free(real_path);
    errno = number;
    return inside;
}

/* For kernels before 5.6 and sandboxes without openat2. A link exchanged between the look and the opening is caught by
 * comparing what was looked at with what was opened. */
static int open_below_by_name(const char *root, const char *path)
{
    struct stat wanted, got;
    if (!is_inside(root, path, &wanted)) {
        return -1;
    }
    const int fd = open(path, READ_FLAGS | O_NOFOLLOW);
    if (fd >= 0 && (fstat(fd, &got) != 0 || wanted.st_ino != got.st_ino || wanted.st_dev != got.st_dev)) {
        close(fd);
        errno = EXDEV;
        return -1;
    }
    return fd;
}

static int open_below(const char *root, const char *relative, const char *path)
{
    const int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    struct open_how how = {.flags = READ_FLAGS | O_NOFOLLOW, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, folder, relative, &how, sizeof how);
    const int number = errno;
    close(folder);
    errno = number;
    if (fd < 0 && (number == ENOSYS || number == EPERM)) {
        fd = open_below_by_name(root, path);
    }
    return fd;
}

axf_status axf_open_below(const char *root, const char *relative, int *fd, uint64_t *size)
{
    *fd = -1;
    if (relative[0] == '/') {
        return axf_fail(AXF_ERR_DATA, "'%s' is an absolute path: it must lie below '%s'", relative, root);
    }
    char *path = axf_path_join(root, relative);
    const int opened = open_below(root, relative, path);
    axf_status status = AXF_OK;
    if (opened < 0 && errno == EXDEV) {
        status = axf_fail(AXF_ERR_DATA, "'%s' leads out of '%s': it must lie below it", relative, root);
    } else if (opened < 0 && errno == ELOOP) {
        status = axf_fail(AXF_ERR_DATA, "'%s' is a symbolic link: it must be a regular file", path);
    } else {
        status = axf_keep_regular(path, opened, fd, size);
    }
    free(path);
    return status;
}
