/* The names of what lies in a folder. */
#ifndef AXF_FILES_FOLDER_H
#define AXF_FILES_FOLDER_H

#include "auxfuse/status.h"

#include <stddef.h>

/* Gives the names of all that lies in a folder but "." and "..", in byte order. The caller frees them with
 * axf_names_free. There are none on failure. */
axf_status axf_folder_list(const char *folder, char ***names, size_t *count);

/* The same for regular files alone. Links are followed; names with a leading dot are left out. */
axf_status axf_folder_files(const char *folder, char ***names, size_t *count);

void axf_names_free(char **names, size_t count);

#endif
