/* auxfuse cache: which feature stores lie in a folder, and when they were last used. */
#include "core/arena.h"
#include "core/error.h"
#include "features/features.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *axf_features_default_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    axf_arena arena = {0};
    char *folder = cache != NULL && cache[0] == '/'
                       ? axf_arena_printf(&arena, "%s/auxfuse/features", cache)
                       : axf_arena_printf(&arena, "%s/.cache/auxfuse/features", home != NULL ? home : ".");
    folder = axf_copy(folder);
    axf_arena_free(&arena);
    return folder;
}

/* Magic, record size, values, half, key: features.c writes it. */
static int read_file(const char *path, axf_feature_file *out)
{
    unsigned char head[32 + sizeof out->key];
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat info;
    int good = file >= 0 && fstat(file, &info) == 0 && S_ISREG(info.st_mode) &&
               pread(file, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp(head, "AXFF0001", 8) == 0;
    if (good) {
        uint64_t record_size;
        memcpy(&record_size, head + 8, sizeof record_size);
        *out = (axf_feature_file){.bytes = (uint64_t)info.st_size, .used = info.st_mtim.tv_sec};
        snprintf(out->path, sizeof out->path, "%s", path);
        memcpy(out->key, head + 32, sizeof out->key - 1);
        for (char *c = out->key; *c != '\0'; c++) {
            *c = *c == '\n' ? ' ' : *c;
        }
        good = record_size >= 24 && info.st_size >= 4096;
        out->records = good ? (int64_t)(((uint64_t)info.st_size - 4096) / record_size) : 0;
    }
    if (file >= 0) {
        close(file);
    }
    return good;
}

static int by_use(const void *a, const void *b)
{
    const axf_feature_file *x = a, *y = b;
    return x->used != y->used ? (x->used < y->used ? -1 : 1) : strcmp(x->path, y->path);
}

axf_status axf_features_list(const char *folder, axf_status (*each)(void *context, const axf_feature_file *file),
                             void *context)
{
    DIR *handle = opendir(folder);
    if (handle == NULL) {
        return errno == ENOENT ? AXF_OK : axf_fail_errno("%s", folder);
    }
    axf_feature_file *files = NULL;
    size_t count = 0;
    for (struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        const size_t length = strlen(entry->d_name);
        char path[4096];
        if (length < 10 || strcmp(entry->d_name + length - 9, ".features") != 0 ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) {
            continue;
        }
        files = axf_realloc(files, (count + 1) * sizeof *files);
        count += (size_t)read_file(path, &files[count]);
    }
    closedir(handle);
    if (count > 0) {
        qsort(files, count, sizeof *files, by_use);
    }
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        status = each(context, &files[i]);
    }
    free(files);
    return status;
}
