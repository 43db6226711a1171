#include "sweep/claim_file.h"

#include "core/error.h"
#include "files/find.h"
#include "files/path.h"
#include "files/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLAIM_SIZE = 4096 };

axf_status axf_claim_file_write(const char *folder, const axf_claimant *self)
{
    char *path = axf_path_join(folder, self->file), *text = axf_claimant_text(self);
    const size_t length = strlen(text);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    axf_status status = AXF_OK;
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || fsync(fd) != 0) {
        status = axf_fail_errno("cannot write '%s'", path);
    }
    if (fd >= 0 && close(fd) != 0 && status == AXF_OK) {
        status = axf_fail_errno("cannot write '%s'", path);
    }
    if (status != AXF_OK) {
        unlink(path);
    }
    free(text);
    free(path);
    return status;
}

axf_claim_found axf_claim_file_read(const char *folder, const char *name, axf_claimant *who, struct stat *info)
{
    char *path = axf_path_join(folder, name);
    char text[CLAIM_SIZE];
    size_t length = 0;
    *who = (axf_claimant){0};
    axf_claim_found result = AXF_CLAIM_UNREADABLE;
    /* It is opened before it is looked for: on NFS, opening asks the server, while the look may be answered from
     * memory. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        const axf_found found = axf_find_link(path, info);
        result = found == AXF_THERE       ? AXF_CLAIM_UNREADABLE
                 : found == AXF_NOT_THERE ? AXF_CLAIM_NONE
                                          : AXF_CLAIM_CANNOT_TELL;
    } else if (fstat(fd, info) != 0) {
        axf_fail_errno("cannot look at '%s'", path);
        result = AXF_CLAIM_CANNOT_TELL;
    } else if (axf_read_some(fd, path, 0, text, sizeof text - 1, &length) == AXF_OK) {
        text[length] = '\0';
        result = axf_claimant_parse(text, who) == AXF_OK ? AXF_CLAIM_READ : AXF_CLAIM_UNREADABLE;
    }
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return result;
}

bool axf_claim_is_there(axf_claim_found found)
{
    return found == AXF_CLAIM_READ || found == AXF_CLAIM_UNREADABLE;
}

int axf_claim_file_link(const char *folder, const char *file, const char *name)
{
    char *from = axf_path_join(folder, file), *to = axf_path_join(folder, name);
    struct stat info;
    const int result = link(from, to);
    const int number = errno;
    const int won = result == 0 || (stat(from, &info) == 0 && info.st_nlink == 2);
    errno = number;
    free(from);
    free(to);
    return won;
}

int axf_claim_file_rename(const char *folder, const char *name, const char *retired)
{
    char *from = axf_path_join(folder, name), *to = axf_path_join(folder, retired);
    struct stat info;
    const int result = rename(from, to);
    const int moved = result == 0 || lstat(to, &info) == 0;
    free(from);
    free(to);
    return moved;
}

void axf_claim_file_remove(const char *folder, const char *name)
{
    if (strchr(name, '/') == NULL && name[0] != '\0') { /* the name may come from the content of a claim */
        char *path = axf_path_join(folder, name);
        unlink(path);
        free(path);
    }
}

double axf_claim_file_age(const char *folder, const char *probe, const struct stat *claim)
{
    char *path = axf_path_join(folder, probe);
    const int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    struct stat now;
    double seconds = -1;
    /* A write makes the server set the time; futimens might use the clock of the client. */
    if (fd >= 0 && pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == 0 && fstat(fd, &now) == 0) {
        seconds = (double)(now.st_mtim.tv_sec - claim->st_mtim.tv_sec) +
                  1e-9 * (double)(now.st_mtim.tv_nsec - claim->st_mtim.tv_nsec);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return seconds;
}

void axf_claim_file_touch(const char *folder, const char *file)
{
    char *path = axf_path_join(folder, file);
    const int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        char first = '{';
        /* Writing the same byte again makes the server set the time by its own clock. */
        if (pwrite(fd, &first, 1, 0) == 1) {
            fsync(fd);
        }
        close(fd);
    }
    free(path);
}
