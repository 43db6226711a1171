/* Content hashes of files, remembered per (real path, size, modification time, inode), so that a second start reads no
 * image and no weights.
 *
 * The file is lines of text, "key value check", appended whole by any number of processes at once; a line that was torn
 * or changed fails its check and is skipped. Whatever is wrong with the file, the hash is computed again: this cache
 * never makes a run fail. Above 64 MiB it starts anew. */
#ifndef AXF_FILES_HASH_CACHE_H
#define AXF_FILES_HASH_CACHE_H

#include "core/hash.h"

typedef struct axf_hash_cache axf_hash_cache;

/* Never NULL. `path` NULL: "hashes" in axf_cache_folder(). */
axf_hash_cache *axf_hash_cache_open(const char *path);

/* Appends what was learnt since, frees; NULL is allowed. */
void axf_hash_cache_close(axf_hash_cache *cache);

/* The hash of a regular file's content; `cache` NULL: read it in any case. A file changed within the last two seconds
 * is hashed but not remembered, since its time may not tell the next change apart. Any thread. */
axf_status axf_hash_file(axf_hash_cache *cache, const char *path, axf_hash128 *hash);

/* The hash of a folder's regular files (links followed; not below sub-folders, not names with a leading dot): their
 * names and content, in byte order of the names. Any thread. */
axf_status axf_hash_folder(axf_hash_cache *cache, const char *folder, axf_hash128 *hash);

#endif
