/* What tells one process from another: the system gives the number of a process to a later one, but not its start
 * time. */
#ifndef AXF_FILES_PROCESS_H
#define AXF_FILES_PROCESS_H

#include "files/find.h"

#include <stdint.h>

/* Gives the time at which a process of this machine began, in clock ticks (sysconf(_SC_CLK_TCK) a second) since the
 * machine did. AXF_NOT_THERE means that there is no such process, or only a dead one that nobody has waited for. */
axf_found axf_process_start(uint64_t pid, uint64_t *ticks);

#endif
