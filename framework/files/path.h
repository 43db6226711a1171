/* Paths as texts: nothing here looks at a disk. */
#ifndef AXF_FILES_PATH_H
#define AXF_FILES_PATH_H

/* "folder/name"; `name` alone when it is absolute or folder is "". The caller frees. */
char *axf_path_join(const char *folder, const char *name);

/* The same into a buffer, cut off where it is too small: for paths that the system would refuse anyway. */
typedef struct axf_path_text {
    char text[8192]; /* twice what Linux takes */
} axf_path_text;
const char *axf_path_write(axf_path_text *to, const char *folder, const char *name);

/* The folder of a path ("." when it names none, "/" for "/x"), the caller frees; and the name behind the last '/'. */
char *axf_path_folder(const char *path);
const char *axf_path_name(const char *path);

/* Where auxfuse remembers what it can compute again: $XDG_CACHE_HOME/auxfuse or ~/.cache/auxfuse, not created here.
 * NULL when neither variable holds an absolute path. The caller frees. */
char *axf_cache_folder(void);

/* 1 when the name may become a file's name: 1 to 200 bytes of [A-Za-z0-9._-], no leading dot. */
int axf_name_is_plain(const char *name);

#endif
