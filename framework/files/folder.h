/* Listing folders. */
#ifndef AXF_FILES_FOLDER_H
#define AXF_FILES_FOLDER_H

#include "auxfuse/status.h"

#include <stddef.h>

/* The names of all that lies in a folder, but for "." and "..", in byte order. The caller frees them with
 * axf_names_free; on failure there are none. */
axf_status axf_folder_list(const char *folder, char ***names, size_t *count);

/* Of these the names of regular files (links are followed), but for names with a leading dot. */
axf_status axf_folder_files(const char *folder, char ***names, size_t *count);

void axf_names_free(char **names, size_t count);

#endif
