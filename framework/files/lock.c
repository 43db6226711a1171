#include "files/lock.h"

#include "core/arena.h"
#include "core/error.h"
#include "files/path.h"
#include "files/read.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 256 };

struct axf_lock {
    int fd;
};

typedef struct holder {
    long pid; /* 0: the file names none */
    char host[HOST_SIZE];
} holder;

static void own_host(char host[HOST_SIZE])
{
    if (gethostname(host, HOST_SIZE) != 0 || host[0] == '\0') {
        snprintf(host, HOST_SIZE, "unknown-host");
    }
    host[HOST_SIZE - 1] = '\0';
}

static holder read_holder(int fd, const char *path)
{
    holder found = {0};
    char text[HOST_SIZE + 32];
    size_t got = 0;
    const axf_status status = axf_read_some(fd, path, 0, text, sizeof text - 1, &got);
    text[got] = '\0';
    if (status == AXF_OK && sscanf(text, "%ld %255[A-Za-z0-9._-]", &found.pid, found.host) < 1) {
        found.pid = 0;
    }
    return found;
}

static axf_status refuse(const char *folder, const char *path, const holder *who)
{
    if (who->pid <= 0) {
        return axf_fail(AXF_ERR_IO, "the folder '%s' is in use by another process: wait for it to end", folder);
    }
    return axf_fail(AXF_ERR_IO,
                    "the folder '%s' is in use by process %ld on %s: wait for it to end, or stop it (if it is gone "
                    "without a trace, remove '%s')",
                    folder, who->pid, who->host[0] != '\0' ? who->host : "an unknown host", path);
}

static int has_no_locks(int number)
{
    return number == ENOSYS || number == ENOLCK || number == EOPNOTSUPP || number == EINVAL;
}

/* The rule for file systems that have no locks. */
static int holder_may_live(const holder *who)
{
    char host[HOST_SIZE];
    own_host(host);
    if (who->pid <= 0) {
        return 0;
    }
    return strcmp(host, who->host) != 0 || kill((pid_t)who->pid, 0) == 0 || errno == EPERM;
}

static axf_status acquire(int fd, const char *folder, const char *path)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &range) != 0) {
        const int number = errno;
        const holder who = read_holder(fd, path);
        if (number == EAGAIN || number == EACCES) {
            return refuse(folder, path, &who);
        }
        if (!has_no_locks(number)) {
            errno = number;
            return axf_fail_errno("cannot lock '%s'", path);
        }
        if (holder_may_live(&who)) {
            return refuse(folder, path, &who);
        }
    }
    char host[HOST_SIZE], text[HOST_SIZE + 32];
    own_host(host);
    const int length = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length) {
        return axf_fail_errno("cannot write the lock file '%s'", path);
    }
    return AXF_OK;
}

axf_status axf_folder_lock(const char *folder, axf_lock **lock)
{
    *lock = NULL;
    char *path = axf_path_join(folder, ".lock");
    /* For reading and writing, since NFS makes of this lock one that needs both. */
    const int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    axf_status status = fd < 0 ? axf_fail_errno("cannot open the lock file '%s'", path) : acquire(fd, folder, path);
    free(path);
    if (status != AXF_OK) {
        if (fd >= 0) {
            close(fd);
        }
        return status;
    }
    *lock = axf_alloc(sizeof **lock);
    (*lock)->fd = fd;
    return AXF_OK;
}

static axf_status ask(int fd, const char *path, bool *locked)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &range) == 0) {
        *locked = range.l_type != F_UNLCK;
        return AXF_OK;
    }
    if (!has_no_locks(errno)) {
        return axf_fail_errno("cannot look at the lock '%s'", path);
    }
    const holder who = read_holder(fd, path);
    *locked = holder_may_live(&who);
    return AXF_OK;
}

axf_status axf_folder_is_locked(const char *folder, bool *locked)
{
    char *path = axf_path_join(folder, ".lock");
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    axf_status status = AXF_OK;
    *locked = false;
    if (fd < 0) {
        status = errno == ENOENT || errno == ENOTDIR ? AXF_OK : axf_fail_errno("cannot look at the lock '%s'", path);
    } else {
        status = ask(fd, path, locked);
        close(fd);
    }
    free(path);
    return status;
}

void axf_folder_unlock(axf_lock *lock)
{
    if (lock != NULL) {
        /* An empty text says "free" where only the text decides. If the file cannot be emptied, its process number
         * is checked. */
        if (ftruncate(lock->fd, 0) != 0) {
            errno = 0;
        }
        close(lock->fd);
        free(lock);
    }
}
