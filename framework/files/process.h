/* Telling processes apart: a process id is given anew after a while, its start time is not. */
#ifndef AXF_FILES_PROCESS_H
#define AXF_FILES_PROCESS_H

#include "files/find.h"

#include <stdint.h>

/* When a process of this machine began, in clock ticks (sysconf(_SC_CLK_TCK) a second) since the machine did.
 * AXF_NOT_THERE: there is no such process, or only a dead one that nobody has waited for. */
axf_found axf_process_start(uint64_t pid, uint64_t *ticks);

#endif
