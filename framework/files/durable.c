#include "files/durable.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/write.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024, FILE_MODE = 0666 };

static const char temp_suffix[] = ".axf-tmp";

struct axf_durable {
    char *path, *folder, *temp;
    int fd;
    uint64_t written; /* bytes handed to the system */
    size_t buffered;
    char buffer[BUFFER_SIZE];
};

struct axf_append {
    char *path;
    int fd;
    uint64_t length;
};

/* ---- fault injection ---- */

static _Atomic uint64_t steps_until_fault;
static pthread_once_t fault_once = PTHREAD_ONCE_INIT;

static void read_fault(void)
{
    const char *text = getenv("AXF_TEST_FAIL_WRITE");
    atomic_store(&steps_until_fault, text != NULL ? strtoull(text, NULL, 10) : 0);
}

void axf_durable_fail_at(uint64_t step)
{
    pthread_once(&fault_once, read_fault);
    atomic_store(&steps_until_fault, step);
}

/* Counts a step. True, with errno set, when this is the step that must fail. */
static int fault(void)
{
    pthread_once(&fault_once, read_fault);
    uint64_t left = atomic_load(&steps_until_fault);
    while (left > 0 && !atomic_compare_exchange_weak(&steps_until_fault, &left, left - 1)) {
    }
    if (left == 1) {
        errno = ENOSPC;
    }
    return left == 1;
}

/* ---- steps ---- */

static int write_all(int fd, const char *bytes, size_t count, uint64_t offset)
{
    const int failing = fault();
    const size_t goal = failing ? count / 2 : count;
    if (axf_write_at(fd, offset, bytes, goal) != 0) {
        return -1;
    }
    if (failing) {
        errno = ENOSPC;
        return -1;
    }
    return 0;
}

static int flush_fd(int fd)
{
    return fault() ? -1 : fsync(fd);
}

static axf_status sync_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return axf_fail_errno("cannot open the folder '%s' to flush it", folder);
    }
    axf_status status = AXF_OK;
    if (flush_fd(fd) != 0 && errno != EINVAL) { /* EINVAL comes from file systems whose folders need no flush */
        status = axf_fail_errno("cannot flush (fsync) the folder '%s'", folder);
    }
    close(fd);
    return status;
}

/* ---- a file that is replaced as a whole ---- */

static char *temp_name(const char *folder, const char *path)
{
    const char *name = axf_path_name(path);
    unsigned long long salt = 0;
    if (getrandom(&salt, sizeof salt, 0) != (ssize_t)sizeof salt) {
        salt = (unsigned long long)getpid() << 32 ^ (unsigned long long)(uintptr_t)&salt;
    }
    const size_t size = strlen(folder) + strlen(name) + sizeof temp_suffix + 24;
    char *temp = axf_alloc(size);
    snprintf(temp, size, "%s/.%s.%016llx%s", folder, name, salt, temp_suffix);
    return temp;
}

static void free_durable(axf_durable *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    free(file->path);
    free(file->folder);
    free(file->temp);
    free(file);
}

axf_status axf_durable_begin(const char *path, axf_durable **file)
{
    *file = NULL;
    axf_durable *fresh = axf_alloc(sizeof *fresh);
    fresh->path = axf_copy(path);
    fresh->folder = axf_path_folder(path);
    fresh->temp = temp_name(fresh->folder, path);
    fresh->written = 0;
    fresh->buffered = 0;
    fresh->fd = fault() ? -1 : open(fresh->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)FILE_MODE);
    if (fresh->fd < 0) {
        axf_fail_errno("cannot create '%s', the temporary file for '%s'", fresh->temp, path);
        free_durable(fresh);
        return AXF_ERR_IO;
    }
    *file = fresh;
    return AXF_OK;
}

static axf_status put(axf_durable *file, const char *bytes, size_t count)
{
    if (count > 0 && write_all(file->fd, bytes, count, file->written) != 0) {
        return axf_fail_errno("cannot write '%s' (%llu bytes in)", file->path, (unsigned long long)file->written);
    }
    file->written += count;
    return AXF_OK;
}

static axf_status drain(axf_durable *file)
{
    const size_t count = file->buffered;
    file->buffered = 0;
    return put(file, file->buffer, count);
}

axf_status axf_durable_write(axf_durable *file, const void *bytes, size_t count)
{
    if (count > sizeof file->buffer - file->buffered) {
        AXF_TRY(drain(file));
    }
    if (count >= sizeof file->buffer) {
        return put(file, bytes, count);
    }
    if (count > 0) {
        memcpy(file->buffer + file->buffered, bytes, count);
        file->buffered += count;
    }
    return AXF_OK;
}

axf_status axf_durable_patch(axf_durable *file, uint64_t offset, const void *bytes, size_t count)
{
    AXF_TRY(drain(file));
    uint64_t end = 0;
    if (__builtin_add_overflow(offset, count, &end) || end > file->written) {
        return axf_fail(AXF_ERR_INTERNAL, "a change of '%s' at byte %llu lies beyond the %llu bytes written",
                        file->path, (unsigned long long)offset, (unsigned long long)file->written);
    }
    if (write_all(file->fd, bytes, count, offset) != 0) {
        return axf_fail_errno("cannot write '%s' (at byte %llu)", file->path, (unsigned long long)offset);
    }
    return AXF_OK;
}

/* A network file system may have renamed and lost the reply: look whether the target is our file. */
static int rename_over(const axf_durable *file, const struct stat *own)
{
    if (fault()) {
        return -1;
    }
    if (rename(file->temp, file->path) == 0) {
        return 0;
    }
    const int number = errno;
    struct stat target;
    if (number == ENOENT && stat(file->path, &target) == 0 && target.st_ino == own->st_ino &&
        target.st_dev == own->st_dev) {
        return 0;
    }
    errno = number;
    return -1;
}

static axf_status finish(axf_durable *file)
{
    AXF_TRY(drain(file));
    struct stat own;
    if (flush_fd(file->fd) != 0 || fstat(file->fd, &own) != 0) {
        return axf_fail_errno("cannot flush (fsync) '%s' to disk", file->path);
    }
    const int closed = close(file->fd);
    file->fd = -1;
    if (closed != 0) {
        return axf_fail_errno("cannot close '%s'", file->path);
    }
    if (rename_over(file, &own) != 0) {
        return axf_fail_errno("cannot rename '%s' to '%s'", file->temp, file->path);
    }
    return AXF_OK;
}

axf_status axf_durable_commit(axf_durable *file)
{
    axf_status status = finish(file);
    if (status != AXF_OK) {
        axf_durable_abort(file);
        return status;
    }
    status = sync_folder(file->folder);
    if (status != AXF_OK) {
        axf_context(status, "'%s' was written, but may be lost in a power cut", file->path);
    }
    free_durable(file);
    return status;
}

void axf_durable_abort(axf_durable *file)
{
    if (file != NULL) {
        unlink(file->temp);
        free_durable(file);
    }
}

axf_status axf_durable_write_file(const char *path, const void *bytes, size_t count)
{
    axf_durable *file = NULL;
    AXF_TRY(axf_durable_begin(path, &file));
    const axf_status status = axf_durable_write(file, bytes, count);
    if (status != AXF_OK) {
        axf_durable_abort(file);
        return status;
    }
    return axf_durable_commit(file);
}

axf_status axf_durable_clean(const char *folder)
{
    char **names;
    size_t count;
    axf_status status = axf_folder_list(folder, &names, &count);
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        if (names[i][0] == '.' && axf_text_ends_with(names[i], temp_suffix)) {
            char *path = axf_path_join(folder, names[i]);
            if (unlink(path) != 0 && errno != ENOENT) {
                status = axf_fail_errno("cannot remove the left-over temporary file '%s'", path);
            }
            free(path);
        }
    }
    axf_names_free(names, count);
    return status;
}

/* ---- a file that only grows ---- */

axf_status axf_append_open(const char *path, axf_append **file)
{
    *file = NULL;
    struct stat info;
    const int existed = lstat(path, &info) == 0;
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const int fd = fault() ? -1 : open(path, flags, (mode_t)FILE_MODE);
    if (fd < 0 || fstat(fd, &info) != 0) {
        const axf_status status = axf_fail_errno("cannot open '%s' for appending", path);
        if (fd >= 0) {
            close(fd);
        }
        return status;
    }
    axf_status status = AXF_OK;
    if (!S_ISREG(info.st_mode)) {
        status = axf_fail(AXF_ERR_IO, "cannot append to '%s': it is not a regular file", path);
    } else if (!existed) {
        char *folder = axf_path_folder(path);
        status = sync_folder(folder);
        free(folder);
    }
    if (status != AXF_OK) {
        close(fd);
        return status;
    }
    axf_append *fresh = axf_alloc_zero(1, sizeof *fresh);
    *fresh = (axf_append){.path = axf_copy(path), .fd = fd, .length = (uint64_t)info.st_size};
    *file = fresh;
    return AXF_OK;
}

axf_status axf_append_write(axf_append *file, const void *bytes, size_t count)
{
    if (count > 0 && write_all(file->fd, bytes, count, file->length) != 0) {
        const axf_status status =
            axf_fail_errno("cannot append to '%s' (%llu bytes long)", file->path, (unsigned long long)file->length);
        if (ftruncate(file->fd, (off_t)file->length) != 0) {
            axf_context(status, "a torn record is left at the end of the file");
        }
        return status;
    }
    file->length += count;
    return AXF_OK;
}

uint64_t axf_append_length(const axf_append *file)
{
    return file->length;
}

axf_status axf_append_truncate(axf_append *file, uint64_t length)
{
    if (length > file->length) {
        return axf_fail(AXF_ERR_FORMAT, "'%s' is %llu bytes long, but %llu bytes were recorded: it was changed since",
                        file->path, (unsigned long long)file->length, (unsigned long long)length);
    }
    if (fault() || ftruncate(file->fd, (off_t)length) != 0) {
        return axf_fail_errno("cannot cut '%s' to %llu bytes", file->path, (unsigned long long)length);
    }
    file->length = length;
    return AXF_OK;
}

axf_status axf_append_sync(axf_append *file)
{
    if (flush_fd(file->fd) != 0) {
        return axf_fail_errno("cannot flush (fsync) '%s' to disk", file->path);
    }
    return AXF_OK;
}

axf_status axf_append_close(axf_append *file)
{
    if (file == NULL) {
        return AXF_OK;
    }
    axf_status status = AXF_OK;
    if (close(file->fd) != 0) {
        status = axf_fail_errno("cannot close '%s'", file->path);
    }
    free(file->path);
    free(file);
    return status;
}

/* ---- folders ---- */

static axf_status make_one(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0) {
        return S_ISDIR(info.st_mode) ? AXF_OK
                                     : axf_fail(AXF_ERR_IO, "cannot make the folder '%s': a file has that name", path);
    }
    if (fault() || (mkdir(path, 0777) != 0 && errno != EEXIST)) { /* EEXIST: another process was faster */
        return axf_fail_errno("cannot make the folder '%s'", path);
    }
    return AXF_OK;
}

axf_status axf_folder_make(const char *path)
{
    char *part = axf_copy(path);
    axf_status status = AXF_OK;
    for (char *at = part; status == AXF_OK && *at != '\0'; at++) {
        if (*at == '/' && at > part) {
            *at = '\0';
            status = make_one(part);
            *at = '/';
        }
    }
    if (status == AXF_OK) {
        status = make_one(part);
    }
    free(part);
    return status;
}
