/* Paths, and opening files that a stranger named or made. */
#ifndef AXF_FILES_PATH_H
#define AXF_FILES_PATH_H

#include "auxfuse/status.h"

#include <stddef.h>
#include <stdint.h>

/* "folder/name"; `name` alone when it is absolute or folder is "". The caller frees. */
char *axf_path_join(const char *folder, const char *name);

/* The folder of a path ("." when it names none, "/" for "/x"), the caller frees; and the name behind the last '/'. */
char *axf_path_folder(const char *path);
const char *axf_path_name(const char *path);

/* Where auxfuse remembers what it can compute again: $XDG_CACHE_HOME/auxfuse or ~/.cache/auxfuse, not created here.
 * NULL when neither variable holds an absolute path. The caller frees. */
char *axf_cache_folder(void);

/* 1 when the name may become a file's name: 1 to 200 bytes of [A-Za-z0-9._-], no leading dot. */
int axf_name_is_plain(const char *name);

/* Opens a regular file for reading, following links; a FIFO, device, socket or folder is refused, without hanging.
 * The caller closes *fd. `size` may be NULL. */
axf_status axf_open_regular(const char *path, int *fd, uint64_t *size);

/* The same for `relative` below the folder `root`: neither "..", nor an absolute path, nor a link may lead out of it
 * (openat2 with RESOLVE_BENEATH; on kernels without it by comparing real paths), and the last part is no link. */
axf_status axf_open_below(const char *root, const char *relative, int *fd, uint64_t *size);

/* Reads a whole regular file of at most `limit` bytes; *bytes has a NUL behind its *length bytes, the caller frees. */
axf_status axf_read_file(const char *path, size_t limit, char **bytes, size_t *length);

/* Names of a folder's regular files (links followed; no sub-folders, no names with a leading dot), in byte order. The
 * caller frees them with axf_names_free; none on failure. */
axf_status axf_folder_files(const char *folder, char ***names, size_t *count);
void axf_names_free(char **names, size_t count);

#endif
