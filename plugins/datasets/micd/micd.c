/* MICD, multimodal influencer content (Sanchez Villegas, Goanta and Aletras 2023): commercial or not. The published key
 * has ids and labels. Texts are added to it as a column, or are in a table of their own. */
#include "common/datasets/csv_rows.h"
#include "common/datasets/files.h"
#include "common/datasets/id_table.h"
#include "common/datasets/table.h"

enum { MISSING_ERROR = 0, MISSING_SKIP = 1, MISSING_EMPTY = 2 };
enum { TEXT_ONLY_LEAVE = 0, TEXT_ONLY_ADD = 1, TEXT_ONLY_REPLACE = 2 };

typedef struct options {
    const char *root, *key, *texts, *text_file, *images, *image_pattern;
    int32_t missing_text, text_only;
    axf_list removed_ids;
} options;

static const char *const missing_choices[] = {"error", "skip", "empty", NULL};
static const char *const text_only_choices[] = {"leave", "add", "replace", NULL};
static const axf_option rows[] = {
    AXF_PATH(options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_STRING(options, key, "data_key_mic.csv", 0,
               "Data key in it: id or tweet_id, label, split and, where texts were added, text"),
    AXF_STRING(
        options, texts, NULL, AXF_OPT_NULLABLE,
        "Table of texts in it, or an absolute path: a CSV with id or tweet_id, and text; null: the key has them"),
    AXF_ENUM(options, missing_text, "error", missing_choices, 0, "What a post without a text is"),
    AXF_ENUM(options, text_only, "leave", text_only_choices, 0,
             "The test set of posts without an image: leave it, add it to the test posts, or let it replace them"),
    AXF_STRING(options, text_file, "text_data_mic.csv", 0, "That set: id, label and, where texts were added, text"),
    AXF_STRING(options, images, "images", 0, "Folder of the images in it, or an absolute path"),
    AXF_STRING(options, image_pattern, "'{id}_1.jpg'", 0, "Name of a post's image, with {id}"),
    AXF_LIST(options, removed_ids, AXF_OPT_STRING, "[]", 1, 0, 0, "Ids of posts to leave out"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

static const char *const labels[] = {"0", "1"};
static const char *const classes[] = {"not commercial", "commercial"};
static const char *const columns[] = {"account|author_id|user_id|username", "domain", "year", "month"};

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    static const char *const names[] = {"account", "domain", "year", "month"};
    const options *o = values;
    facts->target = AXF_TARGET_CLASS;
    facts->classes = 2;
    facts->class_names = classes;
    facts->image_root = axf_dataset_path(host, o->root, o->images);
    facts->columns = 4;
    for (int i = 0; i < 4; i++) {
        facts->column[i].name = names[i];
        facts->column[i].type = i == 2 ? AXF_COLUMN_REAL : AXF_COLUMN_TEXT;
    }
    return AXF_OK;
}

/* ---- texts by id ---- */

typedef struct text_table {
    axf_id_table ids;
    int32_t id, text; /* columns */
} text_table;

static axf_status texts_header(void *context, const axf_csv_row *row)
{
    text_table *t = context;
    AXF_TRY(axf_csv_need(t->ids.host, row, "id|tweet_id", &t->id));
    return axf_csv_need(t->ids.host, row, "text", &t->text);
}

static axf_status texts_row(void *context, const axf_csv_row *row)
{
    text_table *t = context;
    const axf_host *host = t->ids.host;
    if (t->id >= row->count || t->text >= row->count) {
        return host->fail(host, AXF_ERR_FORMAT, "%s:%lld: %d fields: an id and a text are needed", row->file,
                          (long long)row->line, row->count);
    }
    axf_id_add(&t->ids, (axf_id_entry){.id = axf_id_copy(host, row->field[t->id], row->length[t->id]),
                                       .line = row->line,
                                       .text = axf_id_copy(host, row->field[t->text], row->length[t->text]),
                                       .length = row->length[t->text]});
    return AXF_OK;
}

/* ---- posts ---- */

typedef struct micd_reader {
    const axf_host *host;
    const options *o;
    const axf_post_sink *sink;
    axf_dataset_facts *facts;
    text_table texts;
    int text_only; /* 1: the file that is being read has posts without an image */
} micd_reader;

static axf_status give_text(void *context, axf_post *post, int *keep)
{
    micd_reader *r = context;
    const axf_id_entry *found = axf_id_find(&r->texts.ids, post->id);
    if (found != NULL) {
        post->text = found->text;
        post->text_length = found->length;
    }
    if (!r->text_only && r->o->text_only == TEXT_ONLY_REPLACE && post->split == AXF_SPLIT_TEST) {
        *keep = 0;
        r->sink->skip(r->sink->context, post->file, post->line, post->id, "replaced by the text-only test set");
    } else if (post->text_length == 0 && r->o->missing_text == MISSING_SKIP) {
        *keep = 0;
        r->sink->skip(r->sink->context, post->file, post->line, post->id, "no text");
    } else if (post->text_length == 0 && r->o->missing_text == MISSING_ERROR) {
        return r->host->fail(r->host, AXF_ERR_DATA,
                             "%s:%lld: post %s has no text: the published files have none; add a column 'text', name a "
                             "table of texts with data.texts, or set data.missing_text to skip or empty",
                             post->file, (long long)post->line, post->id);
    }
    return AXF_OK;
}

static axf_status read_table(micd_reader *r, const char *file)
{
    const axf_table table = {.file = axf_dataset_path(r->host, r->o->root, file),
                             .id = "id|tweet_id",
                             .text = "text",
                             .text_optional = 1,
                             .label = "label",
                             .label_number = 1,
                             .split = "split",
                             .every_split = r->text_only ? AXF_SPLIT_TEST : AXF_SPLIT_NONE,
                             .image = r->text_only ? NULL : "image",
                             .image_root = r->facts->image_root,
                             .image_pattern = r->text_only ? NULL : r->o->image_pattern,
                             .labels = labels,
                             .label_count = 2,
                             .class_names = classes,
                             .columns = columns,
                             .edit = give_text,
                             .edit_context = r};
    return axf_table_read(r->host, &table, r->sink, r->facts);
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const options *o = values;
    axf_removal removal;
    axf_removal_begin(&removal, host, sink, &o->removed_ids);
    micd_reader r = {.host = host, .o = o, .sink = &removal.sink, .facts = facts, .texts = {.ids = {.host = host}}};
    if (o->texts != NULL) {
        r.texts.ids.file = axf_dataset_path(host, o->root, o->texts);
        AXF_TRY(axf_csv_read(host, r.texts.ids.file, AXF_CSV_STANDARD, texts_header, texts_row, &r.texts));
        AXF_TRY(axf_id_sort(&r.texts.ids));
    }
    AXF_TRY(read_table(&r, o->key));
    if (o->text_only != TEXT_ONLY_LEAVE) {
        r.text_only = 1;
        AXF_TRY(read_table(&r, o->text_file));
    }
    axf_removal_end(&removal);
    return AXF_OK;
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "micd", "1", "MICD: commercial posts of influencers", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(micd, "0.1.0", "MIT", components)
