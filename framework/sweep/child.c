#include "sweep/child.h"

#include "core/error.h"
#include "core/strbuf.h"
#include "files/read.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAIL = 1024 };

axf_status axf_child_start(const char *program, char *const *argv, const char *log, const sigset_t *mask, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t handled;
    sigemptyset(&handled);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGCHLD);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setsigdefault(&attributes, &handled);
    const int error = posix_spawn(pid, program, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        errno = error;
        return axf_fail_errno("cannot start '%s' with its output in '%s'", program, log);
    }
    return AXF_OK;
}

int axf_child_become(const char *parent, char **argv)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) {
        fprintf(stderr, "auxfuse: error: prctl: %s\n", strerror(errno));
        return 1;
    }
    if ((long long)getppid() != atoll(parent)) { /* the parent ended before prctl was called */
        return 130;
    }
    execv(argv[0], argv);
    fprintf(stderr, "auxfuse: error: cannot start '%s': %s\n", argv[0], strerror(errno));
    return 1;
}

/* Appends the last line that is not empty. When the file cannot be read, the reason is appended instead. */
static void add_last_line(const char *log, axf_strbuf *out)
{
    char text[TAIL + 1];
    uint64_t size = 0;
    size_t length = 0;
    int fd;
    axf_status status = axf_open_regular(log, &fd, &size);
    if (status == AXF_OK) {
        status = axf_read_some(fd, log, size > TAIL ? size - TAIL : 0, text, TAIL, &length);
        close(fd);
    }
    if (status != AXF_OK) {
        axf_strbuf_printf(out, " (%s)", axf_error_message());
        axf_error_clear();
        return;
    }
    text[length] = '\0';
    while (length > 0 && strchr("\n\r ", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    const char *line = strrchr(text, '\n');
    line = line != NULL ? line + 1 : text;
    if (line[0] != '\0') {
        axf_strbuf_printf(out, ": %s", line);
    }
}

char *axf_child_message(int wait_status, const char *log)
{
    axf_strbuf text = {0};
    if (WIFSIGNALED(wait_status)) {
        axf_strbuf_printf(&text, "killed by signal %d (%s)", WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    } else {
        axf_strbuf_printf(&text, "exit code %d", WEXITSTATUS(wait_status));
    }
    add_last_line(log, &text);
    return axf_strbuf_take(&text);
}
