/* Synthetic posts: drawn pictures and tweet-like texts (framework/synth), written to a folder at first use. */
#include "common/datasets/table.h"
#include "synth/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    int64_t count, seed;
    const char *folder;
} options;

static const axf_option rows[] = {
    AXF_INT(options, count, "2000", 40, AXF_SYNTH_MAX_POSTS, 0, "Posts, over all splits"),
    AXF_INT(options, seed, "0", 0, 4294967295.0, 0, "Seed of the posts"),
    AXF_PATH(options, folder, NULL, 0, "Where they are written; null: auxfuse/synthetic in the user's cache folder"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

static const char *folder_of(const axf_host *host, const options *o)
{
    if (o->folder != NULL) {
        return o->folder;
    }
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const int own = cache != NULL && cache[0] == '/';
    const char *base = own ? cache : home != NULL ? home : ".";
    const size_t size = strlen(base) + 128;
    char *folder = host->allocate(host, size);
    snprintf(folder, size, "%s%s/auxfuse/synthetic/%lld-seed%lld", base, own ? "" : "/.cache", (long long)o->count,
             (long long)o->seed);
    return folder;
}

static const char *below(const axf_host *host, const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = host->allocate(host, size);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static const char *const *class_names(const axf_host *host)
{
    const char **names = host->allocate(host, AXF_SYNTH_CLASSES * sizeof *names);
    for (uint32_t k = 0; k < AXF_SYNTH_CLASSES; k++) {
        names[k] = axf_synth_class_name(k);
    }
    return names;
}

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    facts->target = AXF_TARGET_CLASS;
    facts->classes = AXF_SYNTH_CLASSES;
    facts->class_names = class_names(host);
    facts->image_root = below(host, folder_of(host, values), "images");
    return AXF_OK;
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const options *o = values;
    const char *folder = folder_of(host, o), *file = below(host, folder, "posts.csv");
    char error[512];
    if (access(file, F_OK) != 0) {
        host->log(host, AXF_LOG_INFO, "drawing %lld synthetic posts in %s", (long long)o->count, folder);
        const axf_status status =
            axf_synth_write(folder, (uint64_t)o->count, (uint64_t)o->seed, AXF_SYNTH_TABLE, error, sizeof error);
        if (status != AXF_OK && access(file, F_OK) != 0) { /* if it exists now, another process wrote it */
            return host->fail(host, status, "%s", error);
        }
    }
    const axf_table table = {.file = file,
                             .id = "id",
                             .text = "text",
                             .label = "label",
                             .split = "split",
                             .image = "image",
                             .image_root = below(host, folder, "images"),
                             .labels = class_names(host),
                             .label_count = AXF_SYNTH_CLASSES};
    return axf_table_read(host, &table, sink, facts);
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "synthetic", "1",
     "Drawn pictures with tweet-like texts, four relations of text and image", &option_table, sizeof vtable, &vtable,
     NULL},
};
AXF_PLUGIN(synthetic, "0.1.0", "MIT", components)
