/* Hashes of the contents of files. They are remembered for the real path, size, modification time and inode, so that
 * a second start of a run reads no image and no weights.
 *
 * The file of the cache has lines of text, "key value check". Any number of processes append whole lines at once. A
 * line that was torn or changed fails its check and is skipped. Whatever is wrong with the file, the hash is
 * computed again: this cache never makes a run fail. A file above 64 MiB is begun anew. */
#ifndef AXF_FILES_HASH_CACHE_H
#define AXF_FILES_HASH_CACHE_H

#include "auxfuse/status.h"
#include "core/hash.h"

typedef struct axf_hash_cache axf_hash_cache;

/* Never returns NULL. With `path` NULL the file is "hashes" in axf_cache_folder(). */
axf_hash_cache *axf_hash_cache_open(const char *path);

/* Appends to the file what was learnt since it was opened, and frees the cache, which may be NULL. */
void axf_hash_cache_close(axf_hash_cache *cache);

/* Gives the hash of a regular file's content. Without a cache (NULL) the file is always read. A file that changed
 * within the last two seconds is hashed but not remembered, since its time may not show the next change. Any thread
 * may call this. */
axf_status axf_hash_file(axf_hash_cache *cache, const char *path, axf_hash128 *hash);

/* Gives a hash of the names and contents of a folder's regular files, in byte order of the names. Links are
 * followed; folders in the folder and names with a leading dot are left out. Any thread may call this. */
axf_status axf_hash_folder(axf_hash_cache *cache, const char *folder, axf_hash128 *hash);

#endif
