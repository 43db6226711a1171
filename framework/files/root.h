/* Opening files below a folder that a stranger's names must not leave. */
#ifndef AXF_FILES_ROOT_H
#define AXF_FILES_ROOT_H

#include "auxfuse/status.h"

#include <stdint.h>

/* axf_open_regular (read.h) for `relative` below the folder `root`: neither "..", nor an absolute path, nor a link may
 * lead out of it (openat2 with RESOLVE_BENEATH; on kernels without it by comparing real paths), and the last part must
 * not be a link. */
axf_status axf_open_below(const char *root, const char *relative, int *fd, uint64_t *size);

#endif
