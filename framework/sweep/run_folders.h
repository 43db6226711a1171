/* Finds run folders below a folder. */
#ifndef AXF_SWEEP_RUN_FOLDERS_H
#define AXF_SWEEP_RUN_FOLDERS_H

#include "auxfuse/status.h"

/* Calls `each` with the run folders (those that hold environment.json) below `path`, in the order of names. */
axf_status axf_run_folders(const char *path, axf_status (*each)(void *context, const char *folder), void *context);

#endif
