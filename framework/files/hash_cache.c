#include "files/hash_cache.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/map.h"
#include "core/strbuf.h"
#include "files/durable.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/read.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    FILE_LIMIT = 64 * 1024 * 1024,
    PIECE = 256 * 1024,
    PENDING_LIMIT = 64 * 1024, /* so much is learnt before it is saved */
    LINE = 32 + 1 + 32 + 1 + 16,
    SETTLED_SECONDS = 2,
};

struct axf_hash_cache {
    pthread_mutex_t mutex;
    char *path;          /* NULL: nothing is kept */
    axf_map keys;        /* key -> place in `values` */
    axf_hash128 *values; /* [keys.capacity] */
    axf_strbuf pending;  /* lines to append */
};

static void keep(axf_hash_cache *cache, axf_hash128 key, axf_hash128 value)
{
    int64_t place = axf_map_find(&cache->keys, key);
    if (place < 0) {
        const size_t before = cache->keys.capacity;
        place = (int64_t)axf_map_add(&cache->keys, key);
        if (cache->keys.capacity != before) {
            cache->values = axf_realloc(cache->values, cache->keys.capacity * sizeof *cache->values);
        }
    }
    cache->values[place] = value;
}

static int look_up(axf_hash_cache *cache, axf_hash128 key, axf_hash128 *value)
{
    pthread_mutex_lock(&cache->mutex);
    const int64_t place = axf_map_find(&cache->keys, key);
    if (place >= 0) {
        *value = cache->values[place];
    }
    pthread_mutex_unlock(&cache->mutex);
    return place >= 0;
}

/* ---- the file ---- */

static void make_line(axf_hash128 key, axf_hash128 value, char line[LINE + 1])
{
    axf_hash_hex(key, line);
    line[32] = ' ';
    axf_hash_hex(value, line + 33);
    snprintf(line + 65, LINE + 1 - 65, " %016llx", (unsigned long long)axf_hash_bytes(line, 65).low);
}

static void read_line(axf_hash_cache *cache, const char *line, size_t length)
{
    axf_hash128 key, value;
    char right[LINE + 1];
    if (length == LINE && axf_hash_parse(line, &key) && axf_hash_parse(line + 33, &value)) {
        make_line(key, value, right);
        if (memcmp(line, right, LINE) == 0) {
            keep(cache, key, value);
        }
    }
}

static void load(axf_hash_cache *cache)
{
    char *bytes;
    size_t length;
    struct stat info;
    const axf_found found = axf_find(cache->path, &info);
    if (found != AXF_THERE) {
        axf_error_clear(); /* whatever the reason: the hashes are computed again */
        return;
    }
    if (S_ISREG(info.st_mode) && info.st_size > FILE_LIMIT) {
        unlink(cache->path);
        return;
    }
    if (axf_read_file(cache->path, FILE_LIMIT, &bytes, &length) != AXF_OK) {
        axf_error_clear();
        return;
    }
    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        const size_t size = end != NULL ? (size_t)(end - bytes) - at : length - at;
        read_line(cache, bytes + at, size);
        at += size + 1;
    }
    free(bytes);
}

/* Writes whole lines in one write. It begins with a newline, so that a torn line before it cannot swallow one of
 * ours. */
static void save(axf_hash_cache *cache)
{
    if (cache->path == NULL || cache->pending.length == 0) {
        return;
    }
    const int fd = open(cache->path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd >= 0) {
        if (write(fd, cache->pending.data, cache->pending.length) < 0) {
            cache->pending.length = 0; /* a full disk: these will be computed again */
        }
        close(fd);
    }
    axf_strbuf_clear(&cache->pending);
}

axf_hash_cache *axf_hash_cache_open(const char *path)
{
    axf_hash_cache *cache = axf_alloc_zero(1, sizeof *cache);
    pthread_mutex_init(&cache->mutex, NULL);
    if (path != NULL) {
        cache->path = axf_copy(path);
    } else {
        char *folder = axf_cache_folder();
        cache->path = folder != NULL ? axf_path_join(folder, "hashes") : NULL;
        if (folder != NULL && axf_folder_make(folder) != AXF_OK) {
            axf_error_clear();
        }
        free(folder);
    }
    if (cache->path != NULL) {
        load(cache);
    }
    return cache;
}

void axf_hash_cache_close(axf_hash_cache *cache)
{
    if (cache != NULL) {
        save(cache);
        pthread_mutex_destroy(&cache->mutex);
        axf_strbuf_free(&cache->pending);
        axf_map_free(&cache->keys);
        free(cache->values);
        free(cache->path);
        free(cache);
    }
}

static void remember(axf_hash_cache *cache, axf_hash128 key, axf_hash128 value)
{
    char line[LINE + 1];
    make_line(key, value, line);
    pthread_mutex_lock(&cache->mutex);
    keep(cache, key, value);
    if (cache->pending.length == 0) {
        axf_strbuf_putc(&cache->pending, '\n');
    }
    axf_strbuf_puts(&cache->pending, line);
    axf_strbuf_putc(&cache->pending, '\n');
    if (cache->pending.length > PENDING_LIMIT) {
        save(cache);
    }
    pthread_mutex_unlock(&cache->mutex);
}

/* ---- hashing ---- */

/* Returns 0 when the path has no real path, since the file was removed in between. */
static int key_of(const char *path, const struct stat *info, axf_hash128 *key)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return 0;
    }
    axf_hasher *hasher = axf_hasher_new();
    axf_hasher_add_text(hasher, real);
    axf_hasher_add_number(hasher, (uint64_t)info->st_size);
    axf_hasher_add_number(hasher, (uint64_t)info->st_mtim.tv_sec);
    axf_hasher_add_number(hasher, (uint64_t)info->st_mtim.tv_nsec);
    axf_hasher_add_number(hasher, (uint64_t)info->st_ino);
    *key = axf_hasher_result(hasher);
    axf_hasher_free(hasher);
    free(real);
    return 1;
}

static axf_status hash_content(const char *path, int fd, axf_hash128 *hash)
{
    axf_hasher *hasher = axf_hasher_new();
    char *piece = axf_alloc(PIECE);
    axf_status status = AXF_OK;
    size_t got = PIECE;
    for (uint64_t at = 0; status == AXF_OK && got == PIECE; at += got) {
        status = axf_read_some(fd, path, at, piece, PIECE, &got);
        axf_hasher_add(hasher, piece, got);
    }
    *hash = axf_hasher_result(hasher);
    axf_hasher_free(hasher);
    free(piece);
    return status;
}

/* Whether a later change of the file is sure to show in its size or time. */
static int settled(int fd, const struct stat *before)
{
    struct stat after;
    return fstat(fd, &after) == 0 && after.st_size == before->st_size &&
           after.st_mtim.tv_sec == before->st_mtim.tv_sec && after.st_mtim.tv_nsec == before->st_mtim.tv_nsec &&
           (time_t)axf_clock_wall() - after.st_mtim.tv_sec > SETTLED_SECONDS;
}

axf_status axf_hash_file(axf_hash_cache *cache, const char *path, axf_hash128 *hash)
{
    struct stat info;
    axf_hash128 key;
    const int known =
        cache != NULL && axf_find(path, &info) == AXF_THERE && S_ISREG(info.st_mode) && key_of(path, &info, &key);
    if (known && look_up(cache, key, hash)) {
        return AXF_OK;
    }
    int fd;
    AXF_TRY(axf_open_regular(path, &fd, NULL));
    struct stat opened;
    const axf_status status = hash_content(path, fd, hash);
    if (status == AXF_OK && known && fstat(fd, &opened) == 0 && opened.st_ino == info.st_ino && settled(fd, &info)) {
        remember(cache, key, *hash);
    }
    close(fd);
    return status;
}

/* ---- folders ---- */

static axf_status hash_named(axf_hash_cache *cache, const char *folder, const char *name, axf_hasher *hasher)
{
    axf_hash128 content;
    char *path = axf_path_join(folder, name);
    const axf_status status = axf_hash_file(cache, path, &content);
    free(path);
    AXF_TRY(status);
    axf_hasher_add_text(hasher, name);
    axf_hasher_add_number(hasher, content.high);
    axf_hasher_add_number(hasher, content.low);
    return AXF_OK;
}

axf_status axf_hash_folder(axf_hash_cache *cache, const char *folder, axf_hash128 *hash)
{
    char **names;
    size_t count;
    AXF_TRY(axf_folder_files(folder, &names, &count));
    axf_hasher *hasher = axf_hasher_new();
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        status = hash_named(cache, folder, names[i], hasher);
    }
    *hash = axf_hasher_result(hasher);
    axf_hasher_free(hasher);
    axf_names_free(names, count);
    return status;
}
