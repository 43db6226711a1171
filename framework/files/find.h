/* Looking whether a file is there. There are three answers, not two: where the system cannot tell (no permission to
 * look, a failing disk, a stale network mount), the program must say so. It must never go on as if there were no file:
 * it would train a finished run again, or take another file for the one that was meant. */
#ifndef AXF_FILES_FIND_H
#define AXF_FILES_FIND_H

#include "auxfuse/status.h"

#include <stdbool.h>
#include <sys/stat.h>

typedef enum axf_found {
    AXF_NOT_THERE = 1,
    AXF_THERE,
    AXF_CANNOT_TELL, /* the message names the path and the reason */
} axf_found;

/* Looks for a file of any kind and follows links: a link that leads nowhere is not there. `info` may be NULL. It is
 * filled when the answer is AXF_THERE. */
axf_found axf_find(const char *path, struct stat *info);

/* The same, but the last link is not followed: a link that leads nowhere is there. */
axf_found axf_find_link(const char *path, struct stat *info);

/* The same questions for callers to whom "cannot tell" is an error. It is AXF_ERR_IO. */
axf_status axf_is_there(const char *path, bool *there);
axf_status axf_is_there_in(const char *folder, const char *name, bool *there);
axf_status axf_is_folder(const char *path, bool *folder); /* a file that is not there, or not a folder: false */

#endif
