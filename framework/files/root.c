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

/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
enum { READ_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY };

/* For kernels before 5.6 and sandboxes without openat2: resolves both names and compares. errno says why not. */
static int open_below_by_name(const char *root, const char *path)
{
    char *real_root = realpath(root, NULL);
    char *real_path = real_root != NULL ? realpath(path, NULL) : NULL;
    int fd = -1;
    if (real_path != NULL) {
        const size_t length = strcmp(real_root, "/") == 0 ? 0 : strlen(real_root);
        const int inside = strncmp(real_root, real_path, length) == 0 && real_path[length] == '/';
        errno = EXDEV;
        fd = inside ? open(real_path, READ_FLAGS | O_NOFOLLOW) : -1;
    }
    const int number = errno;
    free(real_root);
    free(real_path);
    errno = number;
    return fd;
}

static int open_below(const char *root, const char *relative, const char *path)
{
    const int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    const struct open_how how = {.flags = READ_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, folder, relative, &how, sizeof how);
    const int number = errno;
    close(folder);
    errno = number;
    if (fd < 0 && (number == ENOSYS || number == EPERM || number == EAGAIN)) {
        fd = open_below_by_name(root, path);
    }
    return fd;
}

axf_status axf_open_below(const char *root, const char *relative, int *fd, uint64_t *size)
{
    *fd = -1;
    if (relative[0] == '\0') {
        return axf_fail(AXF_ERR_DATA, "an empty path cannot name a file below '%s'", root);
    }
    if (relative[0] == '/') {
        return axf_fail(AXF_ERR_DATA, "'%s' leads out of '%s': it is an absolute path", relative, root);
    }
    axf_path_text buffer;
    const char *path = axf_path_write(&buffer, root, relative);
    const int opened = open_below(root, relative, path);
    axf_status status = AXF_OK;
    if (opened < 0 && (errno == EXDEV || errno == ELOOP)) {
        status = axf_fail(AXF_ERR_DATA, "'%s' leads out of '%s': it must lie below it", relative, root);
    } else {
        status = axf_keep_regular(path, opened, fd, size);
    }
    return status;
}
