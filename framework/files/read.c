#include "files/read.h"

#include "core/arena.h"
#include "core/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

axf_status axf_keep_regular(const char *path, int opened, int *fd, uint64_t *size)
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

/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
axf_status axf_open_regular(const char *path, int *fd, uint64_t *size)
{
    return axf_keep_regular(path, open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), fd, size);
}

axf_status axf_read_some(int fd, const char *path, uint64_t offset, void *bytes, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        const ssize_t count = pread(fd, (char *)bytes + *got, size - *got, (off_t)(offset + *got));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return axf_fail_errno("cannot read '%s' at byte %llu", path, (unsigned long long)(offset + *got));
        }
        if (count == 0) {
            break;
        }
        *got += (size_t)count;
    }
    return AXF_OK;
}

axf_status axf_read_exact(int fd, const char *path, uint64_t offset, void *bytes, size_t size)
{
    size_t got;
    AXF_TRY(axf_read_some(fd, path, offset, bytes, size, &got));
    if (got < size) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' ends at byte %llu, %zu bytes too early: it was cut while in use", path,
                        (unsigned long long)(offset + got), size - got);
    }
    return AXF_OK;
}

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
    const axf_status status = axf_read_exact(fd, path, 0, text, (size_t)size);
    close(fd);
    if (status != AXF_OK) {
        free(text);
        return status;
    }
    text[size] = '\0';
    *bytes = text;
    *length = (size_t)size;
    return AXF_OK;
}

axf_status axf_read_system_file(const char *path, char *text, size_t size)
{
    int fd;
    size_t got = 0;
    text[0] = '\0';
    AXF_TRY(axf_open_regular(path, &fd, NULL));
    const axf_status status = axf_read_some(fd, path, 0, text, size - 1, &got);
    close(fd);
    text[got] = '\0';
    return status;
}
