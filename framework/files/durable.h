/* Files that survive kill -9, a full disk and a power cut: a reader sees the old content or the new, never half.
 *
 * Every message names the step that failed (create, write, fsync, rename, fsync of the folder, cut) and the file.
 * Fault injection for tests: AXF_TEST_FAIL_WRITE=N in the environment makes the Nth of those steps in the process fail
 * as on a full disk (ENOSPC); a failing write leaves half of its bytes behind. A loop over N walks through them all. */
#ifndef AXF_FILES_DURABLE_H
#define AXF_FILES_DURABLE_H

#include "auxfuse/status.h"

#include <stddef.h>
#include <stdint.h>

/* ---- a file that is replaced as a whole ---- */

typedef struct axf_durable axf_durable;

/* Creates a temporary file in the folder of `path` (".<name>.<random>.axf-tmp"). */
axf_status axf_durable_begin(const char *path, axf_durable **file);

/* Appends bytes; small writes are gathered. After an error only abort is left to call. */
axf_status axf_durable_write(axf_durable *file, const void *bytes, size_t count);

/* Overwrites bytes written before, e.g. a checksum in a header. The range must lie within what was written. */
axf_status axf_durable_patch(axf_durable *file, uint64_t offset, const void *bytes, size_t count);

/* Flushes, renames over `path`, flushes the folder. Frees `file` in every case; on error `path` is what it was, unless
 * the message says that only the flush of the folder failed. */
axf_status axf_durable_commit(axf_durable *file);

/* Removes the temporary file and frees; NULL is allowed. Leaves the recorded error message as it is. */
void axf_durable_abort(axf_durable *file);

/* begin, write, commit. */
axf_status axf_durable_write_file(const char *path, const void *bytes, size_t count);

/* Removes temporary files that killed processes left in `folder`. The caller holds the folder's lock. */
axf_status axf_durable_clean(const char *folder);

/* ---- a file that only grows, with one writer (the holder of the folder's lock) ---- */

typedef struct axf_append axf_append;

/* Opens or creates a regular file for appending; what it holds already stays. */
axf_status axf_append_open(const char *path, axf_append **file);

/* Appends all bytes or, on error, none: what a failing write left behind is cut off again. Not buffered. */
axf_status axf_append_write(axf_append *file, const void *bytes, size_t count);

uint64_t axf_append_length(const axf_append *file);

/* Cuts the file to `length` bytes, as recorded in a checkpoint; refuses when it is shorter than that. */
axf_status axf_append_truncate(axf_append *file, uint64_t length);

axf_status axf_append_sync(axf_append *file);

/* Closes and frees; the error of a late write-back (quota, network file systems) is reported. NULL is allowed. */
axf_status axf_append_close(axf_append *file);

/* ---- folders and faults ---- */

/* mkdir -p. */
axf_status axf_folder_make(const char *path);

/* Sets the fault injection from within a test: the Nth step from now on fails, 0 = none. */
void axf_durable_fail_at(uint64_t step);

#endif
