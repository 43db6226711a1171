/* Removing folders with all that lies in them. Links are removed, never followed. */
#ifndef AXF_FILES_REMOVE_H
#define AXF_FILES_REMOVE_H

#include "auxfuse/status.h"

/* Removes a folder and all in it. One that is not there counts as removed. What cannot be removed is named in the
 * message; the rest of the folder is removed in any case. */
axf_status axf_remove_tree(const char *folder);

/* Removes all in a folder but the file or folder called `kept` (a run's ".lock"), and leaves the folder itself. */
axf_status axf_remove_contents(const char *folder, const char *kept);

#endif
