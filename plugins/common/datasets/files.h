/* What the loaders of published datasets share: where a file is, which of two layouts a folder has, and which posts
 * are left out. */
#ifndef AXF_COMMON_DATASETS_FILES_H
#define AXF_COMMON_DATASETS_FILES_H

#include "auxfuse/dataset.h"

enum { AXF_FORM_AUTO = 0, AXF_FORM_RAW = 1, AXF_FORM_KEY = 2 };
extern const char *const axf_forms[]; /* "auto", "raw", "key", NULL: choices of an option `form` */

/* Returns root/name, or name where it is an absolute path, in memory of the host. */
const char *axf_dataset_path(const axf_host *host, const char *root, const char *name);

/* Returns 1 when a file or folder of that name exists. */
int axf_dataset_has(const axf_host *host, const char *root, const char *name);

/* Whether the folder is read through its data key. With AXF_FORM_AUTO it is where that file exists. */
int axf_dataset_keyed(const axf_host *host, int32_t form, const char *root, const char *key);

/* A sink that hands every post on to another one, except for those whose id is in a list of strings. */
typedef struct axf_removal {
    axf_post_sink sink; /* to be used instead */
    const axf_host *host;
    const axf_post_sink *behind;
    const axf_list *ids;
    uint8_t *met; /* [ids->count] */
} axf_removal;

void axf_removal_begin(axf_removal *removal, const axf_host *host, const axf_post_sink *sink, const axf_list *ids);

/* Warns of ids that no post had. */
void axf_removal_end(const axf_removal *removal);

#endif
