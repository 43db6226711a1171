/* Paths as texts: nothing here looks at a disk. */
#ifndef AXF_FILES_PATH_H
#define AXF_FILES_PATH_H

/* Joins "folder/name". The result is `name` alone when that is absolute or folder is "". The caller frees it. */
char *axf_path_join(const char *folder, const char *name);

/* The same into a buffer, cut off where it is too small: for paths that the system would refuse anyway. */
typedef struct axf_path_text {
    char text[8192]; /* twice what Linux takes */
} axf_path_text;
const char *axf_path_write(axf_path_text *to, const char *folder, const char *name);

/* axf_path_folder gives the folder of a path, "." when the path names none, "/" for "/x"; the caller frees it.
 * axf_path_name gives the part behind the last '/'. */
char *axf_path_folder(const char *path);
const char *axf_path_name(const char *path);

/* The folder of what auxfuse can compute again: $XDG_CACHE_HOME/auxfuse or ~/.cache/auxfuse. It is not created here.
 * NULL when neither variable has an absolute path. The caller frees it. */
char *axf_cache_folder(void);

/* Returns 1 when the name may become the name of a file: 1 to 200 bytes of [A-Za-z0-9._-] without a leading dot. */
int axf_name_is_plain(const char *name);

#endif
