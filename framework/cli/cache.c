/* auxfuse cache: the features of frozen image encoders on disk. */
#include "cli/common.h"
#include "cli/flags.h"
#include "cli/verb.h"
#include "core/error.h"
#include "features/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct listing {
    uint64_t bytes, removed;
    int files;
    double keep_below; /* prune: bytes that may be kept */
    uint64_t total;    /* prune: bytes that are there now */
    bool all;
} listing;

static axf_status show(void *context, const axf_feature_file *file)
{
    listing *l = context;
    char when[32];
    struct tm t;
    const time_t used = (time_t)file->used;
    localtime_r(&used, &t);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M", &t);
    printf("%s  %8.1f MB  %7lld images  %s\n  %.160s\n", when, (double)file->bytes / 1e6, (long long)file->records,
           file->path, file->key);
    l->bytes += file->bytes;
    l->files++;
    return AXF_OK;
}

static axf_status count(void *context, const axf_feature_file *file)
{
    ((listing *)context)->total += file->bytes;
    return AXF_OK;
}

/* Removes the files that were unused for the longest time, until the others are small enough. */
static axf_status prune(void *context, const axf_feature_file *file)
{
    listing *l = context;
    if (!l->all && (double)l->total <= l->keep_below) {
        return AXF_OK;
    }
    if (unlink(file->path) != 0 && errno != ENOENT) {
        return axf_fail_errno("%s: remove", file->path);
    }
    printf("removed %s (%.1f MB)\n", file->path, (double)file->bytes / 1e6);
    l->total -= file->bytes;
    l->removed += file->bytes;
    l->files++;
    return AXF_OK;
}

static axf_status do_verb(const char *what, const char *folder, const char *size, listing *l)
{
    if (strcmp(what, "list") == 0) {
        AXF_TRY(axf_features_list(folder, show, l));
        printf("%d files, %.1f MB in %s\n", l->files, (double)l->bytes / 1e6, folder);
        return AXF_OK;
    }
    if (strcmp(what, "prune") != 0) {
        return axf_fail(AXF_ERR_USAGE, "expected cache list or cache prune, not cache %s", what);
    }
    char *end;
    const double gb = size != NULL ? strtod(size, &end) : 20;
    if (size != NULL && (end == size || *end != '\0' || !(gb >= 0))) {
        return axf_fail(AXF_ERR_USAGE, "--max-size: '%s' is not a number of GB", size);
    }
    l->keep_below = gb * 1e9;
    AXF_TRY(axf_features_list(folder, count, l));
    AXF_TRY(axf_features_list(folder, prune, l));
    printf("%d files removed, %.1f MB freed\n", l->files, (double)l->removed / 1e6);
    return AXF_OK;
}

static int run(int argc, char **argv)
{
    const char *given = NULL, *size = NULL;
    listing l = {0};
    char **rest;
    int rest_count;
    const axf_flag flags[] = {{.name = "folder", .value = &given},
                              {.name = "max-size", .value = &size},
                              {.name = "all", .flag = &l.all},
                              {0}};
    axf_status status = axf_flags_parse(argc, argv, flags, &rest, &rest_count);
    if (status == AXF_OK && rest_count != 1) {
        status = axf_fail(AXF_ERR_USAGE, "expected cache list or cache prune");
    }
    char *folder = given != NULL ? axf_copy(given) : axf_features_default_folder();
    if (status == AXF_OK) {
        status = do_verb(rest[0], folder, size, &l);
    }
    free(folder);
    return status == AXF_OK ? 0 : axf_cli_fail(status);
}

const axf_verb axf_verb_cache = {
    "cache", "list | prune [--max-size GB | --all]", "Lists or removes cached features of frozen image encoders", run,
    "  list              files with size, images, last use, and what they belong to\n"
    "  prune             removes the longest unused until --max-size GB are left (default 20)\n"
    "  --all             prune: removes every file\n"
    "  --folder DIR      another folder than the user's cache\n"};
