/* The feature stores of a folder: which there are, and when they were last used (auxfuse cache). */
#ifndef AXF_FEATURES_LIST_H
#define AXF_FEATURES_LIST_H

#include "auxfuse/status.h"

#include <stdint.h>

typedef struct axf_feature_file {
    char *path;
    char key[3072]; /* its key text on one line */
    uint64_t bytes;
    int64_t records;
    int64_t used; /* seconds since 1970 of the last opening */
} axf_feature_file;

/* Calls `each` for every store in the folder, in order of last use (oldest first). A missing folder has none. */
axf_status axf_features_list(const char *folder, axf_status (*each)(void *context, const axf_feature_file *file),
                             void *context);

/* "features" in axf_cache_folder(), or in .cache/auxfuse where that is not known. The caller frees. */
char *axf_features_default_folder(void);

#endif
