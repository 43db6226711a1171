/* MHP, "Dog Whistle 5k" (Botelho, Vidgen and Hale 2021): hateful, counter-speech, reclaimed or none. A post's text is
 * the tweet, directly followed by the text in its image. */
#include "common/datasets/csv_rows.h"
#include "common/datasets/files.h"
#include "common/datasets/id_table.h"
#include "common/datasets/table.h"

#include <string.h>

typedef struct options {
    const char *root, *key, *table, *splits, *images, *image_pattern;
    int32_t form;
    axf_list removed_ids;
} options;

static const axf_option rows[] = {
    AXF_PATH(options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_ENUM(options, form, "auto", axf_forms, 0,
             "raw: Train/dog_whistle_train.csv, Validation/dog_whistle_dev.csv and Test/dog_whistle_test.csv, or else "
             "one table and the splits; key: the data key; auto: the key if there is one"),
    AXF_STRING(options, key, "data_key_mhp.csv", 0, "Data key in it: tweet_id, text, label (0 to 3), split"),
    AXF_STRING(options, table, "Final_Dog_Whistle_5k.csv", 0,
               "raw: one table of all posts, the published one saved as CSV: image_number, tweet_text, img_text, "
               "Primary_numeric_gt"),
    AXF_STRING(options, splits, "DataSplits.csv", 0, "raw: the published ids of each split, for that table"),
    AXF_STRING(options, images, "Images", 0, "Folder of the images in it, or an absolute path"),
    AXF_STRING(options, image_pattern, "'{id}.jpg'", 0, "Name of a post's image, with {id}"),
    AXF_LIST(options, removed_ids, AXF_OPT_STRING, "[]", 1, 0, 0, "Ids of posts to leave out"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

static const char *const labels[] = {"0", "1", "2", "3"};
static const char *const classes[] = {"none", "hateful", "counter-speech", "reclaimed"};

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    const options *o = values;
    facts->target = AXF_TARGET_CLASS;
    facts->classes = 4;
    facts->class_names = classes;
    facts->image_root = axf_dataset_path(host, o->root, o->images);
    facts->columns = 1;
    facts->column[0].name = "image_text";
    facts->column[0].type = AXF_COLUMN_TEXT;
    return AXF_OK;
}

/* ---- the published splits, each a column of ids ---- */

typedef struct split_table {
    axf_id_table ids;
    int32_t column[AXF_SPLIT_TEST + 1];
} split_table;

static axf_status splits_header(void *context, const axf_csv_row *row)
{
    split_table *t = context;
    AXF_TRY(axf_csv_need(t->ids.host, row, "Train IDs", &t->column[AXF_SPLIT_TRAIN]));
    AXF_TRY(axf_csv_need(t->ids.host, row, "Dev IDs", &t->column[AXF_SPLIT_VAL]));
    return axf_csv_need(t->ids.host, row, "Test IDs", &t->column[AXF_SPLIT_TEST]);
}

static axf_status splits_row(void *context, const axf_csv_row *row)
{
    split_table *t = context;
    for (int32_t split = AXF_SPLIT_TRAIN; split <= AXF_SPLIT_TEST; split++) {
        const int32_t i = t->column[split];
        if (i < row->count && row->length[i] > 0) {
            axf_id_add(&t->ids, (axf_id_entry){.id = axf_id_copy(t->ids.host, row->field[i], row->length[i]),
                                               .line = row->line,
                                               .split = split});
        }
    }
    return AXF_OK;
}

/* ---- posts ---- */

typedef struct mhp_reader {
    const axf_host *host;
    const options *o;
    const axf_post_sink *sink;
    axf_dataset_facts *facts;
    split_table *splits; /* NULL: each table is one split */
    char *joined;        /* the text of the post that is being read */
    size_t joined_size;
} mhp_reader;

static axf_status find_split(mhp_reader *r, axf_post *post, int *keep)
{
    axf_id_entry *found = axf_id_find(&r->splits->ids, post->id);
    if (found == NULL) {
        *keep = 0;
        r->sink->skip(r->sink->context, post->file, post->line, post->id, "in none of the splits");
        return AXF_OK;
    }
    found->met = 1;
    post->split = found->split;
    return AXF_OK;
}

/* tweet_text and img_text are joined without a separator, as the labels' authors do. */
static axf_status join_texts(void *context, axf_post *post, int *keep)
{
    mhp_reader *r = context;
    const char *image_text = post->word[0];
    const size_t more = image_text != NULL ? strlen(image_text) : 0, size = post->text_length + more + 1;
    if (r->splits != NULL) {
        AXF_TRY(find_split(r, post, keep));
    }
    if (more == 0) {
        return AXF_OK;
    }
    if (size > r->joined_size) {
        r->joined_size = 2 * size;
        r->joined = r->host->allocate(r->host, r->joined_size);
    }
    memcpy(r->joined, post->text, post->text_length);
    memcpy(r->joined + post->text_length, image_text, more + 1);
    post->text = r->joined;
    post->text_length += more;
    return AXF_OK;
}

static axf_status read_table(mhp_reader *r, const char *file, int32_t split)
{
    static const char *const columns[] = {"img_text"};
    const axf_table table = {.file = axf_dataset_path(r->host, r->o->root, file),
                             .id = "image_number|tweet_id|Tweet ID",
                             .text = "tweet_text",
                             .label = "Primary_numeric_gt",
                             .label_number = 1,
                             .every_split = split,
                             .image_root = r->facts->image_root,
                             .image_pattern = r->o->image_pattern,
                             .labels = labels,
                             .label_count = 4,
                             .class_names = classes,
                             .columns = columns,
                             .edit = join_texts,
                             .edit_context = r};
    return axf_table_read(r->host, &table, r->sink, r->facts);
}

/* Reads the table, with the splits from files beside it. Ids of those files without a row in the table are reported. */
static axf_status read_one_table(mhp_reader *r)
{
    split_table *splits = r->host->allocate(r->host, sizeof *splits);
    axf_id_table *ids = &splits->ids;
    *ids = (axf_id_table){.host = r->host, .file = axf_dataset_path(r->host, r->o->root, r->o->splits)};
    AXF_TRY(axf_csv_read(r->host, ids->file, AXF_CSV_STANDARD, splits_header, splits_row, splits));
    AXF_TRY(axf_id_sort(ids));
    r->splits = splits;
    AXF_TRY(read_table(r, r->o->table, AXF_SPLIT_NONE));
    for (size_t i = 0; i < ids->count; i++) {
        if (!ids->items[i].met) {
            r->sink->skip(r->sink->context, ids->file, ids->items[i].line, ids->items[i].id,
                          "in a split, but without a row in the table");
        }
    }
    return AXF_OK;
}

static axf_status read_key(mhp_reader *r)
{
    static const char *const columns[] = {"image_text"};
    const axf_table table = {.file = axf_dataset_path(r->host, r->o->root, r->o->key),
                             .id = "tweet_id|id",
                             .text = "text",
                             .label = "label",
                             .label_number = 1,
                             .split = "split",
                             .image = "image",
                             .image_root = r->facts->image_root,
                             .image_pattern = r->o->image_pattern,
                             .labels = labels,
                             .label_count = 4,
                             .class_names = classes,
                             .columns = columns};
    return axf_table_read(r->host, &table, r->sink, r->facts);
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    static const char train[] = "Train/dog_whistle_train.csv";
    const options *o = values;
    axf_removal removal;
    axf_removal_begin(&removal, host, sink, &o->removed_ids);
    mhp_reader r = {.host = host, .o = o, .sink = &removal.sink, .facts = facts};
    if (axf_dataset_keyed(host, o->form, o->root, o->key)) {
        AXF_TRY(read_key(&r));
    } else if (axf_dataset_has(host, o->root, train)) {
        AXF_TRY(read_table(&r, train, AXF_SPLIT_TRAIN));
        AXF_TRY(read_table(&r, "Validation/dog_whistle_dev.csv", AXF_SPLIT_VAL));
        AXF_TRY(read_table(&r, "Test/dog_whistle_test.csv", AXF_SPLIT_TEST));
    } else {
        AXF_TRY(read_one_table(&r));
    }
    axf_removal_end(&removal);
    return AXF_OK;
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "mhp", "1", "MHP (Dog Whistle 5k): hateful posts, four classes",
     &option_table, sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(mhp, "0.1.0", "MIT", components)
