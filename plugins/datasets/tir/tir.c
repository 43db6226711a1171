/* TIR, text-image relations (Vempala and Preotiuc-Pietro 2019): the published table, quotes escaped with a backslash.
 */
#include "common/csv_rows.h"
#include "common/labels.h"

#include "auxfuse/dataset.h"

#include <stdio.h>
#include <string.h>

enum { TASK_TEXT = 0, TASK_IMAGE = 1, TASK_RELATION = 2, FIELDS = 9, BEFORE_TEXT = 2, AFTER_TEXT = 6 };

typedef struct options {
    const char *root, *file, *images, *image_pattern;
    int32_t task;
} options;

static const char *const tasks[] = {"text_is_represented", "image_adds", "relation", NULL};
static const axf_option rows[] = {
    AXF_PATH(options, root, NULL, AXF_OPT_REQUIRED, "Folder of the dataset"),
    AXF_STRING(options, file, "textimage-data.csv", 0, "The published table in it"),
    AXF_STRING(options, images, "images", 0, "Folder of the images in it"),
    AXF_STRING(options, image_pattern, "T{id}.jpg", 0, "Name of a post's image, with {id}"),
    AXF_ENUM(
        options, task, "relation", tasks, 0,
        "What is predicted: whether the text is represented in the image, whether the image adds to the text, or the "
        "relation of both (four classes)"),
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
    facts->classes = o->task == TASK_RELATION ? 4 : 2;
    facts->class_names = o->task == TASK_RELATION ? relation_classes
                         : o->task == TASK_TEXT   ? text_classes
                                                  : image_classes;
    facts->image_root = join(host, o->root, o->images);
    facts->columns = 3;
    facts->column[0].name = "image_adds";
    facts->column[1].name = "text_is_represented";
    facts->column[2].name = "relation";
    for (int i = 0; i < 3; i++) {
        facts->column[i].type = AXF_COLUMN_REAL;
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

/* A tweet that the publisher did not escape has split into several fields: what lies between the first two and the last
 * six fields is the tweet, joined with ", ". */
static const char *tweet_of(const tir_reader *r, const axf_csv_row *row, size_t *length)
{
    if (row->count == FIELDS) {
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

static axf_status give_post(void *context, const axf_csv_row *row)
{
    const tir_reader *r = context;
    if (row->count < FIELDS) {
        return r->host->fail(r->host, AXF_ERR_FORMAT, "%s:%lld: %d fields, %d expected", row->file,
                             (long long)row->line, row->count, FIELDS);
    }
    int represented = 0, adds = 0, relation = 0, set = 0;
    AXF_TRY(flag_of(r, row, 6, &represented));
    AXF_TRY(flag_of(r, row, 5, &adds));
    for (int k = 3; k >= 0; k--) { /* the lowest index wins, as argmax does */
        int flag = 0;
        AXF_TRY(flag_of(r, row, 4 - k, &flag));
        relation = flag ? k : relation;
        set += flag;
    }
    if (set != 1) {
        r->sink->skip(r->sink->context, row->file, row->line, row->field[0], "not exactly one relation");
        return AXF_OK;
    }
    axf_post post = {.struct_size = sizeof post, .id = row->field[0], .file = row->file, .line = row->line};
    post.text = tweet_of(r, row, &post.text_length);
    post.image = axf_pattern_fill(r->host, r->o->image_pattern, post.id);
    post.target = r->o->task == TASK_RELATION ? relation : r->o->task == TASK_TEXT ? represented : adds;
    post.real[0] = adds;
    post.real[1] = represented;
    post.real[2] = relation;
    return r->sink->post(r->sink->context, &post);
}

static axf_status read_posts(const axf_host *host, const void *values, const axf_post_sink *sink,
                             axf_dataset_facts *facts)
{
    (void)facts;
    const options *o = values;
    tir_reader r = {host, o, sink};
    return axf_csv_read(host, join(host, o->root, o->file), 1, check_header, give_post, &r);
}

static const axf_dataset vtable = {sizeof vtable, describe, read_posts};
static const axf_component components[] = {
    {sizeof(axf_component), AXF_KIND_DATASET, "tir", "1", "TIR: relations of text and image in tweets", &option_table,
     sizeof vtable, &vtable, NULL},
};
AXF_PLUGIN(tir, "0.1.0", "MIT", components)
