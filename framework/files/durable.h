/* Files that survive kill -9, a full disk and a power cut: a reader sees the old content or the new one, never a
 * half.
 *
 * Every message names the file and the step that failed (create, write, fsync, rename, fsync of the folder, cut).
 *
 * Tests can make the steps fail: with AXF_TEST_FAIL_WRITE=N in the environment, the Nth of these steps in the
 * process fails as on a full disk (ENOSPC), and a write that fails leaves half of its bytes behind. A loop over N
 * tries them all. */
#ifndef AXF_FILES_DURABLE_H
#define AXF_FILES_DURABLE_H

#include "auxfuse/status.h"

#include <stddef.h>
#include <stdint.h>

/* ---- a file that is replaced as a whole ---- */

typedef struct axf_durable axf_durable;

/* Creates a temporary file ".<name>.<random>.axf-tmp" in the folder of `path`. */
axf_status axf_durable_begin(const char *path, axf_durable **file);

/* Appends bytes. Small writes are gathered. After an error the only call left is axf_durable_abort. */
axf_status axf_durable_write(axf_durable *file, const void *bytes, size_t count);

/* Overwrites bytes that were written before, such as a checksum in a header. The range must lie within what was
 * written. */
axf_status axf_durable_patch(axf_durable *file, uint64_t offset, const void *bytes, size_t count);

/* Flushes the file, renames it over `path` and flushes the folder. It frees `file` in every case. After an error
 * `path` is what it was, unless the message says that only the flush of the folder failed. */
axf_status axf_durable_commit(axf_durable *file);

/* Removes the temporary file and frees `file`, which may be NULL. The recorded error stays. */
void axf_durable_abort(axf_durable *file);

/* Begins, writes and commits in one call. */
axf_status axf_durable_write_file(const char *path, const void *bytes, size_t count);

/* Removes the temporary files that killed processes left in `folder`, whose lock the caller holds. */
axf_status axf_durable_clean(const char *folder);

/* ---- a file that only grows, with one writer (the holder of the folder's lock) ---- */

typedef struct axf_append axf_append;

/* Opens a regular file for appending, and creates it where it is not there. What it holds stays. */
axf_status axf_append_open(const char *path, axf_append **file);

/* Appends all bytes, or none when it fails: what a failing write left behind is cut off again. Nothing is buffered. */
axf_status axf_append_write(axf_append *file, const void *bytes, size_t count);

uint64_t axf_append_length(const axf_append *file);

/* Cuts the file to `length` bytes, which a checkpoint recorded. It refuses a file that is shorter than that. */
axf_status axf_append_truncate(axf_append *file, uint64_t length);

axf_status axf_append_sync(axf_append *file);

/* Closes the file and frees it. Some systems report a failed write only now (quota, network file systems). NULL is
 * allowed. */
axf_status axf_append_close(axf_append *file);

/* ---- folders and faults ---- */

/* Makes a folder and those above it, as mkdir -p does. */
axf_status axf_folder_make(const char *path);

/* Lets a test fail the Nth step from now on; 0 lets none fail. */
void axf_durable_fail_at(uint64_t step);

#endif
