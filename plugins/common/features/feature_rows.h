/* Features by post id, from one file of all posts or from a file a post: vectors, or a table of rows for each post.
 *
 * One file (.safetensors, .npy, what torch.save wrote): a tensor [N, D] or [N, R, D], and as many ids, one a line, in
 * the same order: in the metadata "ids" of a .safetensors, or in a text file of their own. A folder: each post's tensor
 * [D], [R, D] or [1, R, D] in the file that a pattern such as feat_{id} names. */
#ifndef AXF_COMMON_FEATURES_FEATURE_ROWS_H
#define AXF_COMMON_FEATURES_FEATURE_ROWS_H

#include "auxfuse/plugin.h"

typedef struct axf_feature_place { /* where features lie, as options say; the strings must outlive the table */
    const char *path;              /* file or folder */
    const char *tensor;            /* its name in a file of all posts with several */
    const char *pattern;           /* names in a folder; {id} stands for the post's */
    const char *ids;               /* text file of ids; NULL: the metadata of `path` */
} axf_feature_place;

typedef struct axf_feature_rows axf_feature_rows;

/* Opens and checks the features. In a folder, the first file in the order of names that can be read tells the shape of
 * all. [describe] [declare] */
axf_status axf_feature_rows_open(const axf_host *host, const axf_feature_place *place, axf_feature_rows **table);
/* Opens another tensor of the same file, with the same ids. *table is NULL when `of` is a folder, or when the file has
 * no tensor of that name. */
axf_status axf_feature_rows_open_beside(const axf_feature_rows *of, const char *tensor, axf_feature_rows **table);
void axf_feature_rows_close(axf_feature_rows *table); /* NULL is allowed */

int32_t axf_feature_rows_count(const axf_feature_rows *table); /* R of each post; 0: a vector */
int32_t axf_feature_rows_width(const axf_feature_rows *table); /* D */

/* Refuses a post that has no features of that shape, or whose own file does not open. [declare] */
axf_status axf_feature_rows_has(const axf_feature_rows *table, const char *id);
/* Reads the max(R, 1) · D values of a post. Values that are not finite are refused. [step] */
axf_status axf_feature_rows_read(const axf_feature_rows *table, const char *id, float *values);

/* Makes a tensor of the features of all posts of a pass, one after the other, with zeros where an id is NULL: rows
 * [Σ R, D], or dense [posts, D] for vectors. *tensor is NULL on failure. [step] */
axf_status axf_feature_rows_input(axf_feature_rows *table, const axf_pass *pass, const char *const *ids,
                                  axf_tensor **tensor);

#endif
