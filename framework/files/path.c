#include "files/path.h"

#include "core/arena.h"
#include "core/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LONGEST_PLAIN = 200, READ_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY };

char *axf_path_join(const char *folder, const char *name)
{
    if (name[0] == '/' || folder[0] == '\0') {
        return axf_copy(name);
    }
    const size_t length = strlen(folder), size = length + strlen(name) + 2;
    char *path = axf_alloc(size);
    snprintf(path, size, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
    return path;
}

char *axf_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return axf_copy(".");
    }
    char *folder = axf_copy(path);
    folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

const char *axf_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *axf_cache_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/') {
        return axf_path_join(cache, "auxfuse");
    }
    return home != NULL && home[0] == '/' ? axf_path_join(home, ".cache/auxfuse") : NULL;
}

int axf_name_is_plain(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strnlen(name, LONGEST_PLAIN + 1);
    return length > 0 && length <= LONGEST_PLAIN && name[0] != '.' && strspn(name, allowed) == length;
}

/* ---- opening ---- */

/* Takes fd (-1: errno says why), gives it on when it is a regular file. */
static axf_status keep_regular(const char *path, int opened, int *fd, uint64_t *size)
{
    *fd = -1;
    struct stat info;
    if (opened < 0) {
        return axf_fail_errno("cannot open '%s'", path);
    }
    axf_status status = AXF_OK;
    if (fstat(opened, &info) != 0) {
        status = axf_fail_errno("cannot look at '%s'", path);
    } else if (!S_ISREG(info.st_mode)) {
        status = axf_fail(AXF_ERR_IO, "cannot read '%s': it is not a regular file", path);
    }
    if (status != AXF_OK) {
        close(opened);
        return status;
    }
    *fd = opened;
    if (size != NULL) {
        *size = (uint64_t)info.st_size;
    }
    return AXF_OK;
}

axf_status axf_open_regular(const char *path, int *fd, uint64_t *size)
{
    return keep_regular(path, open(path, READ_FLAGS), fd, size);
}

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
        status = keep_regular(path, opened, fd, size);
    }
    free(path);
    return status;
}

/* ---- reading ---- */

axf_status axf_read_file(const char *path, size_t limit, char **bytes, size_t *length)
{
    int fd;
    uint64_t size = 0;
    *bytes = NULL;
    AXF_TRY(axf_open_regular(path, &fd, &size));
    if (size > limit) {
        close(fd);
        return axf_fail(AXF_ERR_FORMAT, "'%s' has %llu bytes, more than the limit of %zu", path,
                        (unsigned long long)size, limit);
    }
    char *text = axf_alloc((size_t)size + 1);
    size_t done = 0;
    ssize_t got = 1;
    while (done < size && got != 0) {
        got = read(fd, text + done, (size_t)size - done);
        if (got < 0 && errno != EINTR) {
            const axf_status status = axf_fail_errno("cannot read '%s' at byte %zu", path, done);
            free(text);
            close(fd);
            return status;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    text[done] = '\0';
    *bytes = text;
    *length = done;
    return AXF_OK;
}

/* ---- folders ---- */

static int order_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

axf_status axf_folder_files(const char *folder, char ***names, size_t *count)
{
    DIR *items = opendir(folder);
    size_t capacity = 0;
    *names = NULL;
    *count = 0;
    if (items == NULL) {
        return axf_fail_errno("cannot list the folder '%s'", folder);
    }
    const struct dirent *item;
    while ((item = readdir(items)) != NULL) {
        struct stat info;
        if (item->d_name[0] == '.' || fstatat(dirfd(items), item->d_name, &info, 0) != 0 || !S_ISREG(info.st_mode)) {
            continue;
        }
        if (*count == capacity) {
            capacity = capacity > 0 ? capacity * 2 : 32;
            *names = axf_realloc(*names, capacity * sizeof **names);
        }
        (*names)[(*count)++] = axf_copy(item->d_name);
    }
    closedir(items);
    if (*count > 1) {
        qsort(*names, *count, sizeof **names, order_names);
    }
    return AXF_OK;
}

void axf_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}
