#include "features/store.h"

#include "core/arena.h"
#include "core/error.h"
#include "core/map.h"
#include "features/format.h"
#include "files/durable.h"
#include "files/read.h"
#include "files/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { HASH_SIZE = 16, SUM_SIZE = 8, HEADER_SIZE = AXF_FEATURES_HEADER };

struct axf_feature_store {
    char *path;
    int file;
    size_t values, record_size;
    int half;
    axf_map records;       /* hash of the image -> record, in the order of the file */
    unsigned char *buffer; /* one record, the writer's */
};

size_t axf_features_record_bytes(size_t values, int half)
{
    return HASH_SIZE + values * (half ? 2 : 4) + SUM_SIZE;
}

static axf_status write_all(const axf_feature_store *store, const void *bytes, size_t size, uint64_t offset)
{
    if (axf_write_at(store->file, offset, bytes, size) != 0) {
        return axf_fail_errno("%s: write of image features (the cache can be moved or switched off: cache.folder, "
                              "cache.features)",
                              store->path);
    }
    return AXF_OK;
}

static uint64_t record_offset(const axf_feature_store *store, int64_t record)
{
    return HEADER_SIZE + (uint64_t)record * store->record_size;
}

static uint64_t next_offset(const axf_feature_store *store)
{
    return record_offset(store, (int64_t)store->records.count);
}

/* Hashes of records that came since the last look; only whole records count. */
static axf_status refresh(axf_feature_store *store)
{
    struct stat info;
    if (fstat(store->file, &info) != 0) {
        return axf_fail_errno("%s", store->path);
    }
    const int64_t whole =
        info.st_size <= HEADER_SIZE ? 0 : (int64_t)(((uint64_t)info.st_size - HEADER_SIZE) / store->record_size);
    if (whole > UINT32_MAX / 2) {
        return axf_fail(AXF_ERR_FORMAT, "%s: %lld records", store->path, (long long)whole);
    }
    while ((int64_t)store->records.count < whole) {
        axf_hash128 hash;
        AXF_TRY(axf_read_exact(store->file, store->path, next_offset(store), &hash, sizeof hash));
        axf_map_add(&store->records, hash);
    }
    return AXF_OK;
}

static axf_status check_header(const axf_feature_store *store, const axf_features_header *head, const char *key)
{
    if (memcmp(head->magic, axf_features_magic, sizeof head->magic) != 0 || head->record_size != store->record_size ||
        strncmp(head->key, key, sizeof head->key - 1) != 0) {
        return axf_fail(AXF_ERR_FORMAT, "%s: not the feature file it should be; remove it (auxfuse cache prune --all)",
                        store->path);
    }
    return AXF_OK;
}

/* The first opener writes the header; a file without a whole header is begun anew under the lock. */
static axf_status open_file(axf_feature_store *store, const char *key)
{
    store->file = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (store->file < 0) {
        return axf_fail_errno("%s", store->path);
    }
    struct stat info;
    if (fstat(store->file, &info) != 0 || !S_ISREG(info.st_mode)) {
        return axf_fail(AXF_ERR_IO, "%s: not a regular file", store->path);
    }
    axf_features_header *head = axf_alloc_zero(1, HEADER_SIZE);
    axf_status status = AXF_OK;
    if (info.st_size < HEADER_SIZE) {
        status = axf_features_lock(store);
        memcpy(head->magic, axf_features_magic, sizeof head->magic);
        head->record_size = store->record_size;
        head->values = store->values;
        head->half = (uint64_t)store->half;
        snprintf(head->key, sizeof head->key, "%s", key);
        if (status == AXF_OK && fstat(store->file, &info) == 0 && info.st_size < HEADER_SIZE) {
            status = write_all(store, head, HEADER_SIZE, 0);
        }
        if (status == AXF_OK) {
            status = axf_features_unlock(store);
        }
    }
    if (status == AXF_OK) {
        status = axf_read_exact(store->file, store->path, 0, head, HEADER_SIZE);
    }
    if (status == AXF_OK) {
        status = check_header(store, head, key);
    }
    free(head);
    return status;
}

axf_status axf_features_open(const char *folder, const char *key, size_t values, int half, axf_feature_store **out)
{
    char name[AXF_HASH_HEX];
    axf_hash_hex(axf_hash_bytes(key, strlen(key)), name);
    AXF_TRY(axf_folder_make(folder));
    axf_feature_store *store = axf_alloc_zero(1, sizeof *store);
    axf_arena arena = {0};
    store->path = axf_copy(axf_arena_printf(&arena, "%s/%s.features", folder, name));
    axf_arena_free(&arena);
    store->values = values;
    store->half = half;
    store->record_size = axf_features_record_bytes(values, half);
    store->buffer = axf_alloc(store->record_size);
    axf_status status = open_file(store, key);
    if (status == AXF_OK) {
        futimens(store->file, NULL); /* "used now", for prune; a read-only cache just keeps its times */
        status = refresh(store);
    }
    if (status != AXF_OK) {
        axf_features_close(store);
        return status;
    }
    *out = store;
    return AXF_OK;
}

void axf_features_close(axf_feature_store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->file > 0) {
        close(store->file);
    }
    free(store->path);
    axf_map_free(&store->records);
    free(store->buffer);
    free(store);
}

int64_t axf_features_find(const axf_feature_store *store, axf_hash128 image)
{
    return axf_map_find(&store->records, image);
}

axf_status axf_features_read(const axf_feature_store *store, int64_t record, float *values)
{
    unsigned char *bytes = store->buffer;
    AXF_TRY(axf_read_exact(store->file, store->path, record_offset(store, record), bytes, store->record_size));
    uint64_t sum;
    memcpy(&sum, bytes + store->record_size - SUM_SIZE, sizeof sum);
    if (sum != XXH3_64bits(bytes, store->record_size - SUM_SIZE)) {
        return axf_fail(AXF_ERR_FORMAT, "%s: record %lld is damaged; remove the file (auxfuse cache prune --all)",
                        store->path, (long long)record);
    }
    const unsigned char *payload = bytes + HASH_SIZE;
    if (!store->half) {
        memcpy(values, payload, store->values * sizeof *values);
        return AXF_OK;
    }
    for (size_t i = 0; i < store->values; i++) {
        uint16_t half;
        memcpy(&half, payload + 2 * i, sizeof half);
        const uint32_t bits = (uint32_t)half << 16;
        memcpy(&values[i], &bits, sizeof bits);
    }
    return AXF_OK;
}

axf_status axf_features_lock(axf_feature_store *store)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    while (fcntl(store->file, F_OFD_SETLKW, &lock) != 0) {
        if (errno != EINTR) {
            return axf_fail_errno("%s: lock", store->path);
        }
    }
    return AXF_OK;
}

static uint16_t to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (uint16_t)(bits >> 16 | 0x40); /* NaN stays NaN */
    }
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

axf_status axf_features_append(axf_feature_store *store, axf_hash128 image, const float *values)
{
    AXF_TRY(refresh(store));
    if (axf_features_find(store, image) >= 0) {
        return AXF_OK; /* another process was faster, or the same picture stands in two posts */
    }
    unsigned char *bytes = store->buffer;
    memcpy(bytes, &image, HASH_SIZE);
    if (store->half) {
        for (size_t i = 0; i < store->values; i++) {
            const uint16_t half = to_bf16(values[i]);
            memcpy(bytes + HASH_SIZE + 2 * i, &half, sizeof half);
        }
    } else {
        memcpy(bytes + HASH_SIZE, values, store->values * sizeof *values);
    }
    const uint64_t sum = XXH3_64bits(bytes, store->record_size - SUM_SIZE);
    memcpy(bytes + store->record_size - SUM_SIZE, &sum, sizeof sum);
    AXF_TRY(write_all(store, bytes, store->record_size, next_offset(store)));
    axf_map_add(&store->records, image);
    return AXF_OK;
}

axf_status axf_features_unlock(axf_feature_store *store)
{
    const axf_status status = fsync(store->file) == 0 ? AXF_OK : axf_fail_errno("%s: fsync", store->path);
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    fcntl(store->file, F_OFD_SETLK, &lock);
    return status;
}

const char *axf_features_path(const axf_feature_store *store)
{
    return store->path;
}
