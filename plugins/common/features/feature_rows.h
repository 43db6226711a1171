/* Features by post id, from one file of all posts or from a file a post: vectors, or a table of rows for each post.
 *
 * One file (.safetensors, .npy, what torch.save wrote): a tensor [N, D] or [N, R, D], and as many ids, one a line, in
 * the same order: in the metadata "ids" of a .safetensors, or in a text file of their own. A folder: each post's tensor
 * [D], [R, D] or [1, R, D] in the file that a pattern such as feat_{id} names. */
#ifndef AXF_COMMON_FEATURES_FEATURE_ROWS_H
#define AXF_COMMON_FEATURES_FEATURE_ROWS_H

#include "auxfuse/plugin.h"

typedef struct axf_feature_place { /* where they lie, as options say; the strings outlive the table */
    const char *path;              /* file or folder */
    const char *tensor;            /* its name in a file of all posts with several */
    const char *pattern;           /* names in a folder; {id} stands for the post's */
    const char *ids;               /* text file of ids; NULL: the metadata of `path` */
} axf_feature_place;

typedef struct axf_feature_rows axf_feature_rows;

/* Opens and checks; of a folder, the first file by name that can be read tells the shape. [describe] [declare] */
axf_status axf_feature_rows_open(const axf_host *host, const axf_feature_place *place, axf_feature_rows **table);
/* Another tensor of the same file and ids; *table is NULL when the file is a folder or has none of that name. */
axf_status axf_feature_rows_open_beside(const axf_feature_rows *of, const char *tensor, axf_feature_rows **table);
void axf_feature_rows_close(axf_feature_rows *table); /* NULL is allowed */

int32_t axf_feature_rows_count(const axf_feature_rows *table); /* R of each post; 0: a vector */
int32_t axf_feature_rows_width(const axf_feature_rows *table); /* D */

/* Whether this post has features of that shape; of a file a post, whether it opens. [declare] */
axf_status axf_feature_rows_has(const axf_feature_rows *table, const char *id);
/* max(R, 1) · D values; not finite ones are refused. [step] */
axf_status axf_feature_rows_read(const axf_feature_rows *table, const char *id, float *values);

/* Of all posts of a pass, one after the other, zeros where an id is NULL -> rows [Σ R, D], or dense [posts, D] for
 * vectors; *tensor is NULL on failure. [step] */
axf_status axf_feature_rows_input(const axf_feature_rows *table, const axf_pass *pass, const char *const *ids,
                                  axf_tensor **tensor);

#endif
