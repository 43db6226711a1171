/* Opening a file below a folder. The name comes from somebody else, and must not lead out of the folder. */
#ifndef AXF_FILES_ROOT_H
#define AXF_FILES_ROOT_H

#include "auxfuse/status.h"

#include <stdint.h>

/* axf_open_regular (read.h) for `relative` below the folder `root`. Links are followed, but neither a link nor ".."
 * nor an absolute path may lead out of the folder: that is AXF_ERR_DATA. The system decides it (openat2 with
 * RESOLVE_BENEATH). Where the system cannot, the real paths are compared. */
axf_status axf_open_below(const char *root, const char *relative, int *fd, uint64_t *size);

#endif
