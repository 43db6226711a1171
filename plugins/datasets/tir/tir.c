/* TIR, text-image relations (Vempala and Preotiuc-Pietro 2019): the published table, whose quotes are
 * escaped with a backslash. */
#include "common/datasets/csv_rows.h"
#include "common/datasets/files.h"
#include "common/datasets/labels.h"
#include "common/datasets/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TASK_TEXT = 0, TASK_IMAGE = 1, TASK_RELATION = 2, FIELDS = 9, BEFORE_TEXT = 2, AFTER_TEXT = 6 };

typedef struct options {
    const char *root, *file, *key, *images, *image_pattern;
    int32_t form, task;
    bool reference_defects;
    axf_list removed_ids;
} options;

static const char *const tasks[] = {"text_is_represented", "image_adds", "relation", NULL};
static const axf_option rows[] = {
    AXF_PATH(options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_ENUM(options, form, "auto", axf_forms, 0,
             "raw: the published table; key: the data key; auto: the key if there is one"),
    AXF_STRING(options, file, "textimage-data.csv", 0, "raw: the published table in it"),
    AXF_STRING(options, key, "data_key_imgtxt_random.csv", 0,
               "Data key in it: tweet_id, user_id, text, the labels of both questions, the four classes, split"),
    AXF_STRING(options, images, "images", 0, "Folder of the images in it, or an absolute path"),
    AXF_STRING(options, image_pattern, "T{id}.jpg", 0, "Name of a post's image, with {id}"),
    AXF_ENUM(
        options, task, "relation", tasks, 0,
        "What is predicted: whether the text is represented in the image, whether the image adds to the text, or the "
        "relation of both (four classes)"),
    AXF_BOOL(
        options, reference_defects, "false", 0,
        "raw: the table as the reference program reads it, which takes no notice of backslashes: texts with quotes "
        "keep some of them and lose others"),
    AXF_LIST(options, removed_ids, AXF_OPT_STRING, "[]", 1, 0, 0, "Ids of posts to leave out"),
};
static const axf_options option_table = AXF_OPTIONS(options, rows);

static const char *const relation_classes[] = {"image_adds_text_repr", "image_adds_text_notrepr",
                                               "image_notadds_text_repr", "image_notadds_text_notrepr"};
static const char *const text_classes[] = {"text_not_represented", "text_represented"};
static const char *const image_classes[] = {"image_does_not_add", "image_adds"};

typedef struct tir_reader {
    const axf_host *host;
    const options *o;
    const axf_post_sink *sink;
} tir_reader;

static axf_status describe(const axf_host *host, const void *values, axf_dataset_facts *facts)
{
    const options *o = values;
    facts->target = AXF_TARGET_CLASS;
    facts->classes = o->task == TASK_RELATION ? 4 : 2;
    facts->class_names = o->task == TASK_RELATION ? relation_classes
                         : o->task == TASK_TEXT   ? text_classes
                                                  : image_classes;
    facts->image_root = axf_dataset_path(host, o->root, o->images);
    facts->columns = 4;
    facts->column[0].name = "image_adds";
    facts->column[1].name = "text_is_represented";
    facts->column[2].name = "relation";
    facts->column[3].name = "account";
    for (int i = 0; i < 4; i++) {
        facts->column[i].type = i < 3 ? AXF_COLUMN_REAL : AXF_COLUMN_TEXT;
    }
    return AXF_OK;
}

static axf_status check_header(void *context, const axf_csv_row *row)
{
    static const char *const names[FIELDS] = {"tweet_id",
                                              "user_id",
                                              "tweet",
                                              "text_is_represented",
                                              "image_adds",
                                              "image_adds_text_repr",
                                              "image_adds_text_notrepr",
                                              "image_notadds_text_repr",
                                              "image_notadds_text_notrepr"};
    const tir_reader *r = context;
    for (int32_t i = 0; i < FIELDS; i++) {
        if (i >= row->count || strcmp(row->field[i], names[i]) != 0) {
            return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: column %d should be '%s', it is '%s'", row->file,
                                 (long long)row->line, i + 1, names[i], i < row->count ? row->field[i] : "missing");
        }
    }
    return AXF_OK;
}

/* A tweet that the publisher did not escape is split into several fields. All fields between the first two and the last
 * six belong to the tweet, and are joined with ", ". */
static const char *tweet_of(const tir_reader *r, const axf_csv_row *row, size_t *length)
{
    if (row->count <= FIELDS) {
        *length = row->length[BEFORE_TEXT];
        return row->field[BEFORE_TEXT];
    }
    size_t size = 1;
    for (int32_t i = BEFORE_TEXT; i < row->count - AFTER_TEXT; i++) {
        size += row->length[i] + 2;
    }
    char *text = r->host->allocate(r->host, size);
    *length = 0;
    for (int32_t i = BEFORE_TEXT; i < row->count - AFTER_TEXT; i++) {
        *length += (size_t)snprintf(text + *length, size - *length, "%s%s", i > BEFORE_TEXT ? ", " : "", row->field[i]);
    }
    return text;
}

static axf_status flag_of(const tir_reader *r, const axf_csv_row *row, int32_t from_end, int *flag)
{
    const char *word = row->field[row->count - from_end];
    if (strcmp(word, "0") != 0 && strcmp(word, "1") != 0) {
        return r->host->fail(r->host, AXF_ERR_DATA, "%s:%lld: post %s: label '%s' is outside the label set (0, 1)",
                             row->file, (long long)row->line, row->field[0], word);
    }
    *flag = word[0] == '1';
    return AXF_OK;
}

/* The values of the six fields of labels. In a short row the reference program lost a field when it read the row: the
 * labels are one place further to the left, and the relation is the last class, whose field is missing. */
typedef struct tir_labels {
    int represented, adds, relation, set;
} tir_labels;

static axf_status labels_of(const tir_reader *r, const axf_csv_row *row, int short_row, tir_labels *labels)
{
    const int32_t behind = AFTER_TEXT - short_row;
    *labels = (tir_labels){.relation = short_row ? 3 : 0, .set = short_row};
    AXF_TRY(flag_of(r, row, behind, &labels->represented));
    AXF_TRY(flag_of(r, row, behind - 1, &labels->adds));
    for (int k = 3; k >= 0 && !short_row; k--) { /* the lowest index wins, as argmax does */
        int flag = 0;
        AXF_TRY(flag_of(r, row, 4 - k, &flag));
        labels->relation = flag ? k : labels->relation;
        labels->set += flag;
    }
    return AXF_OK;
}

static int32_t target_of(const options *o, int represented, int adds, int relation)
{
    return o->task == TASK_RELATION ? relation : o->task == TASK_TEXT ? represented : adds;
}

/* Published tables without the accounts have 0 in that field. */
static const char *account_of(const char *user_id)
{
    return user_id != NULL && user_id[0] != '\0' && strcmp(user_id, "0") != 0 ? user_id : NULL;
}

/* With a quote too many or too few, a field contains the end of its line and the rows behind it, and posts would be
 * lost without a message. Tweets of several lines are allowed, but not where the tweet is split into several fields. */
static axf_status check_end(const tir_reader *r, const axf_csv_row *row)
{
    for (int32_t i = 0; i < row->count && !r->o->reference_defects; i++) {
        if (strchr(row->field[i], '\n') != NULL && (i != BEFORE_TEXT || row->count > FIELDS)) {
            return r->host->fail(
                r->host, AXF_ERR_FORMAT,
                "%s:%lld: field %d goes on in the next line, and the row has %d fields, %d expected: a "
                "quote is missing or one too many",
                row->file, (long long)row->line, i + 1, row->count, FIELDS);
        }
    }
    return AXF_OK;
}

static axf_status give_post(void *context, const axf_csv_row *row)
{
    const tir_reader *r = context;
    const int short_row = r->o->reference_defects && row->count == FIELDS - 1;
    tir_labels labels;
    if (row->count < FIELDS && !short_row) {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: %d fields, %d expected", row->file,
                             (long long)row->line, row->count, FIELDS);
    }
    AXF_TRY(check_end(r, row));
    AXF_TRY(labels_of(r, row, short_row, &labels));
    if (labels.set != 1) {
        r->sink->skip(r->sink->context, row->file, row->line, row->field[0], "not exactly one relation");
        return AXF_OK;
    }
    axf_post post = {.struct_size = sizeof post, .id = row->field[0], .file = row->file, .line = row->line};
    post.text = tweet_of(r, row, &post.text_length);
    post.image = axf_pattern_fill(r->host, r->o->image_pattern, post.id);
    post.target = target_of(r->o, labels.represented, labels.adds, labels.relation);
    post.real[0] = labels.adds;
    post.real[1] = labels.represented;
    post.real[2] = labels.relation;
    post.word[3] = account_of(row->field[1]);
    return r->sink->post(r->sink->context, &post);
}

/* ---- the data key ---- */

enum { KEY_ADDS, KEY_REPRESENTED, KEY_RELATION, KEY_ACCOUNT, KEY_CLASSES, KEY_COLUMNS = KEY_CLASSES + 4 };

static int32_t whole(double value, int32_t limit)
{
    return value >= 0 && value < limit && value == floor(value) ? (int32_t)value : -1;
}

/* The relation from a column of that name, or else from the four of its classes. */
static axf_status set_labels(void *context, axf_post *post, int *keep)
{
    const tir_reader *r = context;
    const double *real = post->real;
    int32_t relation = whole(real[KEY_RELATION], 4);
    (void)keep;
    for (int k = 3; k >= 0 && isnan(real[KEY_RELATION]); k--) {
        relation = real[KEY_CLASSES + k] == 1 ? k : relation;
    }
    post->target = target_of(r->o, whole(real[KEY_REPRESENTED], 2), whole(real[KEY_ADDS], 2), relation);
    if (post->target < 0) {
        return r->host->fail(r->host, AXF_ERR_DATA,
                             "%s:%lld: post %s has no label for the task %s: 0 or 1 in its "
                             "column, or one of the four relations",
                             post->file, (long long)post->line, post->id, tasks[r->o->task]);
    }
    post->real[KEY_RELATION] = relation;
    post->word[KEY_ACCOUNT] = account_of(post->word[KEY_ACCOUNT]);
    return AXF_OK;
}

/* The four classes are columns only while the key is read: the facts have the first four of its eight columns. */
static axf_status read_key(tir_reader *r, axf_dataset_facts *facts)
{
    static const char *const columns[KEY_COLUMNS] = {"image_adds",
                                                     "text_is_represented",
                                                     "relation",
                                                     "account|user_id",
                                                     "image_adds_text_repr",
                                                     "image_adds_text_notrepr",
                                                     "image_notadds_text_repr",
                                                     "image_notadds_text_notrepr"};
    axf_dataset_facts all = *facts;
    for (all.columns = 0; all.columns < KEY_COLUMNS; all.columns++) {
        all.column[all.columns].type = all.columns == KEY_ACCOUNT ? AXF_COLUMN_TEXT : AXF_COLUMN_REAL;
    }
    const axf_table table = {.file = axf_dataset_path(r->host, r->o->root, r->o->key),
                             .id = "tweet_id|id",
                             .text = "text",
                             .split = "split",
                             .image = "image",
                             .image_root = facts->image_root,
                             .image_pattern = r->o->image_pattern,
                             .labels = facts->class_names,
                             .label_count = facts->classes,
                             .columns = columns,
                             .edit = set_labels,
                             .edit_context = r};
    return axf_table_read(r->host, &table, r->sink, &all);
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    const options *o = values;
    axf_removal removal;
    axf_removal_begin(&removal, host, sink, &o->removed_ids);
    tir_reader r = {host, o, &removal.sink};
    if (axf_dataset_keyed(host, o->form, o->root, o->key)) {
        AXF_TRY(read_key(&r, facts));
    } else {
        AXF_TRY(axf_csv_read(host, axf_dataset_path(host, o->root, o->file),
                             o->reference_defects ? AXF_CSV_PYTHON : AXF_CSV_BACKSLASH, check_header, give_post, &r));
    }
    axf_removal_end(&removal);
    return AXF_OK;
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "tir", "1", "TIR: relations of text and image in tweets", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(tir, "0.1.0", "MIT", components)
