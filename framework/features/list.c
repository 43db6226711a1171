#include "features/list.h"

#include "core/arena.h"
#include "core/text.h"
#include "features/format.h"
#include "files/find.h"
#include "files/folder.h"
#include "files/path.h"
#include "files/read.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *axf_features_default_folder(void)
{
    char *cache = axf_cache_folder();
    char *folder = axf_path_join(cache != NULL ? cache : ".cache/auxfuse", "features");
    free(cache);
    return folder;
}

/* *ours becomes true when the file is a feature store, and *out is filled then. */
static axf_status look_at(const char *path, const struct stat *info, axf_feature_file *out, bool *ours)
{
    axf_features_header head;
    int fd;
    size_t got = 0;
    *ours = false;
    AXF_TRY(axf_open_regular(path, &fd, NULL));
    const axf_status status = axf_read_some(fd, path, 0, &head, sizeof head, &got);
    close(fd);
    AXF_TRY(status);
    if (got < sizeof head || memcmp(head.magic, axf_features_magic, sizeof head.magic) != 0 || head.record_size < 24 ||
        info->st_size < AXF_FEATURES_HEADER) {
        return AXF_OK;
    }
    *ours = true;
    *out = (axf_feature_file){.bytes = (uint64_t)info->st_size, .used = info->st_mtim.tv_sec};
    out->records = (int64_t)((out->bytes - AXF_FEATURES_HEADER) / head.record_size);
    out->path = axf_copy(path);
    memcpy(out->key, head.key, sizeof out->key - 1);
    for (char *c = out->key; *c != '\0'; c++) {
        *c = *c == '\n' ? ' ' : *c;
    }
    return AXF_OK;
}

static bool is_store(const char *name)
{
    return name[0] != '.' && axf_text_ends_with(name, ".features");
}

static int by_use(const void *a, const void *b)
{
    const axf_feature_file *x = a, *y = b;
    return x->used != y->used ? (x->used < y->used ? -1 : 1) : strcmp(x->path, y->path);
}

/* A file that is removed between listing the folder and looking at it is left out. */
static axf_status collect(const char *folder, char *const *names, size_t count, axf_feature_file *files, size_t *kept)
{
    axf_status status = AXF_OK;
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        char *path = axf_path_join(folder, names[i]);
        struct stat info;
        bool ours = false;
        const axf_found found = is_store(names[i]) ? axf_find_link(path, &info) : AXF_NOT_THERE;
        if (found == AXF_THERE && S_ISREG(info.st_mode)) {
            status = look_at(path, &info, &files[*kept], &ours);
            status = status != AXF_OK && axf_find_link(path, NULL) == AXF_NOT_THERE ? AXF_OK : status;
            *kept += ours;
        }
        status = found == AXF_CANNOT_TELL ? AXF_ERR_IO : status;
        free(path);
    }
    return status;
}

axf_status axf_features_list(const char *folder, axf_status (*each)(void *context, const axf_feature_file *file),
                             void *context)
{
    bool there;
    char **names;
    size_t names_count, count = 0;
    AXF_TRY(axf_is_there(folder, &there));
    if (!there) {
        return AXF_OK;
    }
    AXF_TRY(axf_folder_list(folder, &names, &names_count));
    axf_feature_file *files = axf_alloc_zero(names_count, sizeof *files);
    axf_status status = collect(folder, names, names_count, files, &count);
    axf_names_free(names, names_count);
    if (count > 0) {
        qsort(files, count, sizeof *files, by_use);
    }
    for (size_t i = 0; i < count && status == AXF_OK; i++) {
        status = each(context, &files[i]);
    }
    for (size_t i = 0; i < count; i++) {
        free(files[i].path);
    }
    free(files);
    return status;
}
