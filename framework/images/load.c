#include "images/load.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/strbuf.h"
#include "images/second_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 512 << 20 };

/* O_NONBLOCK: opening a FIFO named x.jpg must not wait for a writer. */
enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* For kernels and sandboxes without openat2: resolve both names and compare. */
static int open_by_realpath(const char *root, const char *path)
{
    char real_root[PATH_MAX], real_path[PATH_MAX];
    if (path[0] == '/') {
        errno = EXDEV;
        return -1;
    }
    axf_strbuf joined = {0};
    axf_strbuf_printf(&joined, "%s/%s", root, path);
    const bool found = realpath(root, real_root) != NULL && realpath(joined.data, real_path) != NULL;
    axf_strbuf_free(&joined);
    if (!found) {
        return -1;
    }
    size_t length = strlen(real_root);
    if (length == 1) { /* "/" */
        length = 0;
    }
    if (strncmp(real_path, real_root, length) != 0 || real_path[length] != '/') {
        errno = EXDEV;
        return -1;
    }
    return open(real_path, OPEN_FLAGS | O_NOFOLLOW);
}

static int open_beneath(const char *root, const char *path)
{
    const int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return -1;
    }
    const struct open_how how = {.flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    const int number = errno;
    close(folder);
    errno = number;
    if (fd < 0 && (number == ENOSYS || number == EPERM || number == EAGAIN)) {
        fd = open_by_realpath(root, path);
    }
    return fd;
}

static axf_status read_all(int fd, const char *root, const char *path, uint8_t **bytes, size_t *size)
{
    struct stat file;
    if (fstat(fd, &file) != 0) {
        return axf_fail_errno("%s/%s", root, path);
    }
    if (!S_ISREG(file.st_mode)) {
        return axf_fail(AXF_ERR_IO, "%s/%s: not a regular file", root, path);
    }
    if (file.st_size > MAX_FILE_BYTES) {
        return axf_fail(AXF_ERR_DATA, "%s/%s: %lld bytes; an image file may have %d", root, path,
                        (long long)file.st_size, MAX_FILE_BYTES);
    }
    const size_t length = (size_t)file.st_size;
    uint8_t *buffer = malloc(length > 0 ? length : 1);
    if (buffer == NULL) {
        return axf_fail(AXF_ERR_MEMORY, "%s/%s: no memory for its %zu bytes", root, path, length);
    }
    size_t done = 0;
    while (done < length) {
        const ssize_t got = read(fd, buffer + done, length - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            free(buffer);
            return got < 0 ? axf_fail_errno("%s/%s", root, path)
                           : axf_fail(AXF_ERR_IO, "%s/%s: ended after %zu of %zu bytes", root, path, done, length);
        }
        done += (size_t)got;
    }
    *bytes = buffer;
    *size = length;
    return AXF_OK;
}

axf_status axf_image_read(const char *root, const char *path, uint8_t **bytes, size_t *size)
{
    if (path[0] == '\0') {
        return axf_fail(AXF_ERR_DATA, "%s: an empty image path", root);
    }
    const int fd = open_beneath(root, path);
    if (fd < 0) {
        if (errno == EXDEV || errno == ELOOP) {
            return axf_fail(AXF_ERR_DATA, "%s/%s: leads out of the data folder %s; images must lie below it", root,
                            path, root);
        }
        return axf_fail_errno("%s/%s", root, path);
    }
    const axf_status status = read_all(fd, root, path, bytes, size);
    close(fd);
    return status;
}

static axf_status load_once(const char *root, const char *path, axf_image *image, axf_hash128 *hash)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    *image = (axf_image){0};
    AXF_TRY(axf_image_read(root, path, &bytes, &size));
    axf_strbuf name = {0};
    axf_strbuf_printf(&name, "%s/%s", root, path);
    const axf_status status = axf_image_decode(bytes, size, axf_strbuf_text(&name), image);
    axf_strbuf_free(&name);
    if (hash != NULL && status == AXF_OK) {
        *hash = axf_hash_bytes(bytes, size);
    }
    free(bytes);
    return status;
}

static axf_status load(const char *root, const char *path, axf_image *image, axf_hash128 *hash)
{
    const axf_status status = load_once(root, path, image, hash);
    char *second_path = status != AXF_OK ? axf_image_second_path(path) : NULL;
    if (second_path == NULL) {
        return status;
    }
    char *first = axf_copy(axf_error_message());
    axf_status again = load_once(root, second_path, image, hash);
    if (again != AXF_OK) {
        again = axf_fail(status, "%s (and in its place %s)", first, axf_error_message());
    }
    free(second_path);
    free(first);
    return again;
}

axf_status axf_image_load(const char *root, const char *path, axf_image *image)
{
    return load(root, path, image, NULL);
}

axf_status axf_image_load_hashed(const char *root, const char *path, axf_image *image, axf_hash128 *hash)
{
    return load(root, path, image, hash);
}
