/* Starts a run of a sweep as its own process, so that a crash, a leak or another OpenMP runtime cannot harm the
 * sweep. */
#ifndef AXF_SWEEP_CHILD_H
#define AXF_SWEEP_CHILD_H

#include "auxfuse/status.h"

#include <signal.h>
#include <sys/types.h>

/* Starts `program` with `argv`, which includes argv[0] and ends with NULL. It uses posix_spawn and never fork, since
 * the caller may have started threads. The process gets its own process group, so that a terminal's Ctrl-C reaches only
 * the sweep, which passes it on once. `mask` becomes its blocked signals, its standard input is empty, and both outputs
 * are appended to `log`. */
axf_status axf_child_start(const char *program, char *const *argv, const char *log, const sigset_t *mask, pid_t *pid);

/* The new process calls this before anything else. It asks the system to send SIGTERM when the process `parent` ends,
 * for whatever reason, and then becomes argv[0]. Returns an exit code when that fails, or when the parent has already
 * ended. */
int axf_child_become(const char *parent, char **argv);

/* Gives "exit code 1: <last line of the log>" or "killed by signal 9"; the caller frees it. */
char *axf_child_message(int wait_status, const char *log);

#endif
