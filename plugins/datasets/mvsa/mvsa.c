/* MVSA-Single: posts of three sentiments, from the reference program's key file and a folder of images. */
#include "common/table.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
    const char *root, *key, *images;
} options;

static const axf_option rows[] = {
    AXF_PATH(options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_STRING(options, key, "data_key_mvsa.csv", 0,
               "Key file in it: tweet_id, text, label (0 to 2) and, if given, split"),
    AXF_STRING(options, images, "data", 0, "Folder of <id>.jpg in it"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

static const char *const labels[] = {"0", "1", "2"};
static const char *const classes[] = {"neutral", "positive", "negative"};

static const char *join(const axf_host *host, const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = host->allocate(host, size);
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    const options *o = values;
    facts->target = AXF_TARGET_CLASS;
    facts->classes = 3;
    facts->class_names = classes;
    facts->image_root = join(host, o->root, o->images);
    return AXF_OK;
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const options *o = values;
    const axf_table table = {.file = join(host, o->root, o->key),
                             .id = "tweet_id",
                             .text = "text",
                             .label = "label",
                             .split = "split",
                             .image_root = join(host, o->root, o->images),
                             .image_pattern = "{id}.jpg",
                             .labels = labels,
                             .label_count = 3,
                             .class_names = classes};
    return axf_table_read(host, &table, sink, facts);
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "mvsa", "1",
     "MVSA-Single: sentiment of posts (neutral, positive, negative)", &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(mvsa, "0.1.0", "MIT", components)
