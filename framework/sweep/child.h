/* One run of a sweep as a process of its own: a crash, a leak or another OpenMP runtime stays in it. */
#ifndef AXF_SWEEP_CHILD_H
#define AXF_SWEEP_CHILD_H

#include "auxfuse/status.h"

#include <signal.h>
#include <sys/types.h>

/* Starts `program` (argv[0] given, NULL-terminated) by posix_spawn, never fork: the caller may have started threads.
 * Its own process group (a terminal's Ctrl-C reaches the sweep alone, which passes it on once), `mask` as its blocked
 * signals, standard input empty, both outputs appended to `log`. */
axf_status axf_child_start(const char *program, char *const *argv, const char *log, const sigset_t *mask, pid_t *pid);

/* In the new process, before anything else: asks the system for SIGTERM when the process `parent` ends, however it
 * ends, and becomes argv[0]. Returns an exit code when that did not work or the parent is gone already. */
int axf_child_become(const char *parent, char **argv);

/* "exit code 1: <last line of the log>", "killed by signal 9"; the caller frees. */
char *axf_child_message(int wait_status, const char *log);

#endif
