/* Any CSV or JSONL file of posts. Options name its columns, so that a data set needs no code of its own. */
#include "common/datasets/table.h"

#include <string.h>

typedef struct options {
    const char *file, *id, *text, *label, *split_column, *image, *images, *image_pattern;
    axf_list labels;
    const char *label_separator, *account;
    axf_list label_columns;
} options;

static const axf_option rows[] = {
    AXF_PATH(options, file, NULL, AXF_OPT_REQUIRED,
             "The table: .csv with a header line, or .jsonl with an object a line"),
    AXF_STRING(options, id, "id", AXF_OPT_NULLABLE, "Column of the post's id; null: posts are numbered by their line"),
    AXF_STRING(options, text, "text", AXF_OPT_NULLABLE, "Column of the text; null: none, for a model of images"),
    AXF_STRING(options, label, "label", AXF_OPT_NULLABLE, "Column of the label; null: none, as for posts to predict"),
    AXF_STRING(options, split_column, "split", AXF_OPT_NULLABLE,
               "Column of the split (train, val, test), if there is one; else splits are drawn as data.split says"),
    AXF_STRING(options, image, "image", AXF_OPT_NULLABLE,
               "Column of the image's path below `images`, if there is one; else image_pattern"),
    AXF_PATH(options, images, NULL, 0, "Folder of the images; null: the table's folder"),
    AXF_STRING(options, image_pattern, "'{id}.jpg'", 0, "Name of a post's image below `images`, with {id}"),
    AXF_LIST(options, labels, AXF_OPT_STRING, "[]", 1, 0, 0,
             "The label set, in the order of class indices; empty: the words of the column, sorted"),
    AXF_STRING(
        options, label_separator, NULL, AXF_OPT_NULLABLE,
        "Several labels a post: what stands between them in the label's column, e.g. \";\"; null: one class a post"),
    AXF_LIST(options, label_columns, AXF_OPT_STRING, "[]", 1, 0, 0,
             "Several labels a post: a column of 0 and 1 for each, instead of `label`"),
    AXF_STRING(options, account, NULL, AXF_OPT_NULLABLE,
               "Column of the account that wrote the post, for splits that keep accounts whole; null: not known"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

/* The default of image_root: the folder of the table. */
static const char *image_root(const axf_host *host, const options *o)
{
    if (o->images != NULL) {
        return o->images;
    }
    const char *slash = strrchr(o->file, '/');
    if (slash == NULL) {
        return ".";
    }
    const size_t length = (size_t)(slash - o->file);
    char *folder = host->allocate(host, length + 2);
    memcpy(folder, length > 0 ? o->file : "/", length > 0 ? length : 1);
    return folder;
}

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    const options *o = values;
    const int columns = o->label_columns.count > 0;
    if (columns && (o->label_separator != NULL || o->labels.count > 0)) {
        return host->fail(host, AXF_ERR_SPEC, "label_columns are the labels: leave out label_separator and labels");
    }
    if (o->label_separator != NULL && o->label_separator[0] == '\0') {
        return host->fail(host, AXF_ERR_SPEC, "label_separator must not be empty");
    }
    const axf_list *labels = columns ? &o->label_columns : &o->labels;
    facts->target = columns || o->label_separator != NULL ? AXF_TARGET_LABELS : AXF_TARGET_CLASS;
    facts->classes = (int32_t)labels->count;
    facts->class_names = labels->items;
    facts->image_root = image_root(host, o);
    facts->columns = o->account != NULL;
    facts->column[0].name = "account";
    facts->column[0].type = AXF_COLUMN_TEXT;
    return AXF_OK;
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const options *o = values;
    const axf_table table = {.file = o->file,
                             .id = o->id,
                             .text = o->text,
                             .label = o->label,
                             .split = o->split_column,
                             .image = o->image,
                             .image_root = image_root(host, o),
                             .image_pattern = o->image_pattern,
                             .labels = o->labels.count > 0 ? o->labels.items : NULL,
                             .label_count = (int32_t)o->labels.count,
                             .label_separator = o->label_separator,
                             .label_columns = o->label_columns.count > 0 ? o->label_columns.items : NULL,
                             .label_column_count = (int32_t)o->label_columns.count,
                             .label_optional = 1,
                             .columns = &o->account,
                             .columns_needed = 1};
    return axf_table_read(host, &table, sink, facts);
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "table", "1", "Any CSV or JSONL table of posts, columns named by options",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(table, "0.1.0", "MIT", components)
