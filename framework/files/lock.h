/* A folder with one writer: runs, caches. The lock dies with the process that holds it, however that ends. */
#ifndef AXF_FILES_LOCK_H
#define AXF_FILES_LOCK_H

#include "auxfuse/status.h"

#include <stdbool.h>

typedef struct axf_lock axf_lock;

/* Locks `folder` through the file ".lock" in it, which holds "pid host" of the holder for the message of whoever comes
 * second (AXF_ERR_IO, at once, no waiting). Also excludes a second lock in the same process. Where the file system has
 * no locks, the text alone decides: a live process of this host, or any of another host, counts as the holder. */
axf_status axf_folder_lock(const char *folder, axf_lock **lock);

/* Whether somebody holds the lock of a folder, which need not be there. Takes nothing. */
axf_status axf_folder_is_locked(const char *folder, bool *locked);

/* Releases and frees; NULL is allowed. The file stays: removing it would let two processes hold "the" lock. */
void axf_folder_unlock(axf_lock *lock);

#endif
