/* A folder with one writer, such as a run or a cache. The lock ends with the process that holds it, however that
 * ends. */
#ifndef AXF_FILES_LOCK_H
#define AXF_FILES_LOCK_H

#include "auxfuse/status.h"

#include <stdbool.h>

typedef struct axf_lock axf_lock;

/* Locks `folder` through the file ".lock" in it. The file has "pid host" of the holder, for the message of whoever
 * comes second, who gets AXF_ERR_IO at once and does not wait. A second lock within the same process is refused,
 * too. Where the file system has no locks, the text alone decides: a live process of this host, or any process of
 * another host, counts as the holder. */
axf_status axf_folder_lock(const char *folder, axf_lock **lock);

/* Tells whether somebody holds the lock of a folder, which need not be there. It does not take the lock. */
axf_status axf_folder_is_locked(const char *folder, bool *locked);

/* Releases and frees the lock, which may be NULL. The file stays: if it were removed, two processes could hold "the"
 * lock. */
void axf_folder_unlock(axf_lock *lock);

#endif
