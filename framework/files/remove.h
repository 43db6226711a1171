/* Removing folders with all that lies in them. A link is removed, and what it leads to stays. */
#ifndef AXF_FILES_REMOVE_H
#define AXF_FILES_REMOVE_H

#include "auxfuse/status.h"

/* Removes a folder and all that lies in it. A folder that is not there counts as removed. The message names what
 * could not be removed; everything else is removed in any case. */
axf_status axf_remove_tree(const char *folder);

/* Removes all that lies in a folder but the file or folder called `kept` (the ".lock" of a run). The folder itself
 * stays. */
axf_status axf_remove_contents(const char *folder, const char *kept);

#endif
